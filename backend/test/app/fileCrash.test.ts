/**
 * kill −9 while every kind of file under data/ is written: what was written is there, whole. The files written all the
 * time have tests of their own: the window (fleet/), the history and the alerts.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { CRASH_ROUNDS, runAndKill } from '../crash.ts';
import { FILE_KINDS } from './fileKinds.ts';
import { temporaryFolder } from './support.ts';

const PROGRAM = join(import.meta.dirname, 'fileWriter.ts');
const LONGEST_LIFE_MS = 60;
const EARLY = 5;

const lineOf = (line: string) => JSON.parse(line) as [name: string, n: number];

test(`no kind of file is lost or damaged by ${CRASH_ROUNDS} kills`, async (t) => {
  const dataDir = temporaryFolder(t);
  const acknowledged = new Map(FILE_KINDS.map(({ name }) => [name, 0]));
  const found = new Map(acknowledged);
  for (let round = 0; round < CRASH_ROUNDS; round++) {
    // Some are killed while they open the files.
    const isUnderWay = (lines: readonly string[]) =>
      round % EARLY === 0 || new Set(lines.map((line) => lineOf(line)[0])).size === FILE_KINDS.length;
    const lines = await runAndKill(PROGRAM, [dataDir], (round * 37) % LONGEST_LIFE_MS, isUnderWay);
    for (const line of lines) {
      const [name, n] = lineOf(line);
      acknowledged.set(name, n);
    }
    for (const { name, newest } of FILE_KINDS) {
      const known = acknowledged.get(name) ?? 0;
      // What a kill cut off may have reached the disk, in this round or in one in which nothing was acknowledged.
      const least = Math.max(known, found.get(name) ?? 0);
      const n = await newest(dataDir, known);
      assert.ok(n === least || n === least + 1, `${name}, round ${round}: ${n} is there instead of ${least}`);
      found.set(name, n);
    }
  }
  for (const [name, n] of found) assert.ok(n > CRASH_ROUNDS / 2, `${name} was hardly written: ${n}`);
  t.diagnostic(JSON.stringify(Object.fromEntries(found)));
});
