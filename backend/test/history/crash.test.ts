/** kill −9 of a process that writes and joins files: what was acknowledged is there, and once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TableName } from '../../src/history/tables.ts';
import { CRASH_ROUNDS, runAndKill } from '../crash.ts';
import { historyFolder, LAST_OF_DAY, openArchive } from './support.ts';

const PROGRAM = fileURLToPath(new URL('./crashWriter.ts', import.meta.url));
const LONGEST_ROUND_MS = 500;
/** Close to the end of a day, so that days are joined too. */
const FIRST_STEP = LAST_OF_DAY - 20;

/** Lets the writer run for a while. @returns the newest step it acknowledged */
async function newestAfterKill(folder: string, firstStep: number, pauseMs: number): Promise<number> {
  const lines = await runAndKill(PROGRAM, [folder, `${firstStep}`], pauseMs);
  return Number(lines.at(-1) ?? firstStep - 1);
}

test(`everything acknowledged survives ${CRASH_ROUNDS} kills, and nothing is there twice`, async (t) => {
  const folder = historyFolder(t);
  let next = FIRST_STEP;
  for (let round = 0; round < CRASH_ROUNDS; round++) {
    const newest = await newestAfterKill(folder, next, (round * 37) % LONGEST_ROUND_MS);
    next = newest + 1;
    const archive = await openArchive(t, { folder });
    const count = async (table: TableName, where: string) => {
      const [[rows, distinct]] = await archive.read((reading) => {
        const id = table === 'alerts' ? 'event_id' : `server_name || epoch_ms("timestamp")`;
        const source = reading.source(table, 0, 8.64e12);
        return reading.rows(
          `SELECT count(*)::INTEGER, count(DISTINCT ${id})::INTEGER FROM ${source}
           WHERE ${where} AND epoch_ms("timestamp") // 300000 BETWEEN ${FIRST_STEP} AND ${newest}`,
        );
      });
      assert.equal(rows, distinct, `${table} rows are there twice`);
      return rows;
    };
    const steps = newest - FIRST_STEP + 1;
    assert.equal(await count('metrics', `server_name <> 'late'`), steps * 3, `metrics, round ${round}`);
    assert.equal(await count('forecasts', 'true'), steps * 3, `forecasts, round ${round}`);
    assert.equal(await count('alerts', 'true'), steps, `alerts, round ${round}`);
    assert.deepEqual((await archive.status()).damaged, []);
    await archive.close();
  }
  t.diagnostic(`${next - FIRST_STEP} steps written`);
});
