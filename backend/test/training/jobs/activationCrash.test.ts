/** kill −9 while a trained model is taken into service: a model serves, and each training ends once. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CRASH_ROUNDS, runAndKill } from '../../crash.ts';
import { temporaryFolder } from '../fixtures.ts';
import { managerOf, modelFolders, settled, trainingFolder } from './activation.ts';

const PROGRAM = join(import.meta.dirname, 'activationWriter.ts');
const LONGEST_LIFE_MS = 40;

test(`a model that is taken survives ${CRASH_ROUNDS} kills, and no training is forgotten or told twice`, async (t) => {
  const dataDir = temporaryFolder(t);
  const done: string[] = [];
  for (let round = 0; round < CRASH_ROUNDS; round++) {
    done.push(...(await runAndKill(PROGRAM, [dataDir], (round * 7) % LONGEST_LIFE_MS)));
    const current = await modelFolders(dataDir).currentName();
    assert.ok(current !== undefined);
    await modelFolders(dataDir).find(current);
    const { records } = await managerOf(dataDir);
    const told = records.map(({ training_id: id }) => id);
    assert.equal(new Set(told).size, told.length, `round ${round}: one is told twice`);
    for (const id of done) assert.ok(told.includes(id), `round ${round}: ${id} is forgotten`);
    assert.ok(
      records.every(
        ({ outcome, model, training_id: id }) => outcome === 'taken' && model === `trained-${id}`,
      ),
    );
  }
  const manager = await managerOf(dataDir);
  await manager.resume();
  await settled(manager);
  const ids = manager.records.map(({ training_id: id }) => id);
  assert.deepEqual(ids, ids.toSorted(), 'in the order in which they began');
  assert.deepEqual(await readdir(trainingFolder(dataDir)), ['log.jsonl'], 'nothing is left over');
  assert.equal(await modelFolders(dataDir).currentName(), `trained-${ids.at(-1)}`);
  t.diagnostic(`${ids.length} models taken`);
});
