import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import type { ServerSeries } from '../../src/training/datasets/series.ts';

/** A folder that is removed when the test (or the suite, given its `after`) ends. */
export function temporaryFolder(t: { after(remove: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'argus-training-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeText(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs SQL statements, for Parquet files made to measure. */
export async function runSql(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const sql of statements) await connection.run(sql);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** First step of made-up data: 2026-03-02 00:00 UTC, a Monday. */
export const FIRST_STEP = Date.UTC(2026, 2, 2) / 300_000;

/** Parquet data of a few servers with a daily cycle, from FIRST_STEP on. */
export async function writeFleet(path: string, servers: number, days: number): Promise<void> {
  const day = '(6.283185 * epoch(ts) / 86400)';
  await runSql(`COPY (
    SELECT ts AS timestamp, 'ppdb' || lpad(s::VARCHAR, 3, '0') AS server_name, 'database' AS profile,
      60 - 20 * sin(${day} + s) + 5 * hash(s, ts)::DOUBLE / 2e19 AS cpu_idle_pct,
      50 + 10 * sin(${day}) + s AS mem_used_pct,
      5 + 3 * cos(${day} + s) AS net_in_mb_s
    FROM range(TIMESTAMP '2026-03-02', TIMESTAMP '2026-03-02' + INTERVAL ${days} DAY, INTERVAL 5 MINUTE) t(ts),
      range(${servers}) u(s)) TO '${path}' (FORMAT parquet)`);
}

/** A series whose value in every cell follows from its row and metric. */
export function seriesOf(
  steps: number,
  value: (row: number, metric: number) => number,
  name = 'ppdb001',
): ServerSeries {
  const values = new Float32Array(steps * METRIC_COUNT);
  for (let i = 0; i < values.length; i++) values[i] = value(Math.floor(i / METRIC_COUNT), i % METRIC_COUNT);
  return { name, profile: 0, timeZone: 'UTC', firstStep: FIRST_STEP, steps, values };
}
