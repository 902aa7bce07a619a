import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeRecord } from '../../src/risk/alertRecords.ts';
import { CRASH_ROUNDS, runAndKill } from '../crash.ts';

const WORKER = join(import.meta.dirname, 'alertWorker.ts');

interface Printed {
  readonly id?: string;
  readonly type?: string;
  readonly server?: string;
  readonly origin?: number;
}

/** Lets a worker run, kills it in the middle of its work, and gives what it printed. */
async function killedRun(dataDir: string, origin: number, runMs: number): Promise<readonly Printed[]> {
  const lines = await runAndKill(WORKER, [dataDir, String(origin)], runMs);
  return lines.map((line) => JSON.parse(line) as Printed);
}

async function storedEvents(
  folder: string,
): Promise<readonly { id: string; type: string; server: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const events: { id: string; type: string; server: string }[] = [];
  for (const name of names) {
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const record = line === '' ? null : decodeRecord(line);
      if (record === null || !('event' in record)) continue;
      const { id, type, alert } = record.event;
      events.push({ id, type, server: alert.server });
    }
  }
  return events;
}

describe('alerts under kill -9', () => {
  it(`lose no announced event in ${CRASH_ROUNDS} kills, store none twice, and keep each server in order`, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'argus-kill-'));
    t.after(() => rm(dataDir, { recursive: true }));
    let origin = 1000;
    const announced: Printed[] = [];
    for (let round = 0; round < CRASH_ROUNDS; round += 1) {
      const printed = await killedRun(dataDir, origin, 20 + 37 * (round % 4));
      announced.push(...printed.filter(({ id }) => id !== undefined));
      origin = 1 + Math.max(origin, ...printed.flatMap(({ origin: done }) => done ?? []));
    }
    const stored = await storedEvents(join(dataDir, 'alerts'));
    assert.ok(stored.length > CRASH_ROUNDS);
    const ids = new Set(stored.map(({ id }) => id));
    assert.equal(ids.size, stored.length, 'an event is stored twice');
    assert.ok(
      announced.every(({ id }) => id !== undefined && ids.has(id)),
      'an announced event is not on disk',
    );
    // All but what the last kill cut off was announced, each once or, where a kill hid the first time, once more.
    const heard = new Set(announced.map(({ id }) => id));
    const unheard = stored.filter(({ id }) => !heard.has(id));
    assert.deepEqual(unheard, stored.slice(stored.length - unheard.length));
    assert.ok(announced.length - heard.size <= CRASH_ROUNDS * 8);
    for (const server of new Set(stored.map((event) => event.server))) {
      const types = stored.filter((event) => event.server === server).map(({ type }) => type);
      assert.ok(
        types.every((type, i) => type === (i % 2 === 0 ? 'opened' : 'resolved')),
        `${server}: ${types}`,
      );
    }
  });
});
