/**
 * The Bitbrains "Rnd" trace (GWA-T-12; cite Shen, van Beek, Iosup, CCGrid 2015), which may be used for evaluation only: no
 * model trained on it is shipped.
 */

import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { STEP_SECONDS } from '../../src/catalog/time.ts';

const MONTHS = ['2013-08.parquet', '2013-09.parquet'];

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

/** Part of the trace that is written. */
export interface TracePart {
  /** End (exclusive), ms since the Unix epoch. */
  readonly toMs?: number;
  /** Only the machines whose number divides by it; all by default. */
  readonly everyVm?: number;
}

/**
 * Writes the trace in the long form that `argus train` and `argus evaluate` read.
 * @param input folder with 2013-08.parquet and 2013-09.parquet: ts (Unix seconds), vm, cpu_pct, mem_used_pct,
 *   net_in_mb_s, net_out_mb_s
 * @param output folder that exists
 */
export async function convertTrace(input: string, output: string, part: TracePart = {}): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const end = Math.floor((part.toMs ?? Number.MAX_SAFE_INTEGER) / 1000);
  try {
    for (const name of MONTHS) {
      // CPU use is of the cores a machine paid for; bursts above them are what a full machine shows.
      await connection.run(`COPY (
        SELECT make_timestamp((ts // ${STEP_SECONDS}) * ${STEP_SECONDS}::BIGINT * 1000000) AS timestamp,
          'vm' || lpad(vm::VARCHAR, 4, '0') AS server_name, 'generic' AS profile,
          100 - avg(least(cpu_pct, 100)) AS cpu_idle_pct, avg(least(mem_used_pct, 100)) AS mem_used_pct,
          avg(net_in_mb_s) AS net_in_mb_s, avg(net_out_mb_s) AS net_out_mb_s
        FROM read_parquet(${quoted(join(input, name))})
        WHERE ts < ${end} AND vm % ${part.everyVm ?? 1} = 0 GROUP BY ALL ORDER BY server_name, timestamp
      ) TO ${quoted(join(output, name))} (FORMAT parquet, COMPRESSION zstd)`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const SMALL_VMS = 6;

/** Writes a made-up trace in the form of the real one, for trying what reads it: a daily cycle and noise. */
export async function writeSmallTrace(folder: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run('SELECT setseed(0.5)');
    for (const name of MONTHS) {
      const first = Date.parse(`${name.slice(0, 7)}-01T00:00:00Z`) / 1000;
      const days = name.startsWith('2013-08') ? 31 : 30;
      await connection.run(`COPY (
        SELECT ts, vm, 20 + 2 * vm + 10 * sin(ts * 2 * pi() / 86400) + 3 * random() AS cpu_pct,
          40 + vm + random() AS mem_used_pct, 0.1 * vm + 0.1 * random() AS net_in_mb_s, 0.2 * random() AS net_out_mb_s
        FROM range(${first}, ${first + days * 86_400}, ${STEP_SECONDS}) AS times(ts), range(${SMALL_VMS}) AS vms(vm)
      ) TO ${quoted(join(folder, name))} (FORMAT parquet)`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
