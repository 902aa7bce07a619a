/**
 * Scores a bundle, without any training on it, on real virtual machines: the Bitbrains "Rnd" trace (GWA-T-12; cite Shen,
 * van Beek, Iosup, CCGrid 2015), which may be used for evaluation only.
 *
 * ARGUS_BITBRAINS=FOLDER npm run bench bitbrains, where FOLDER holds 2013-08.parquet and 2013-09.parquet with ts (Unix
 * seconds), vm, cpu_pct, mem_used_pct, net_in_mb_s and net_out_mb_s. ARGUS_BITBRAINS_FROM and _TO choose another span,
 * ARGUS_MODEL another bundle.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { STEP_SECONDS } from '../src/catalog/time.ts';
import { evaluateModel } from '../src/training/evaluation/evaluate.ts';
import { evaluationTable } from '../src/training/evaluation/table.ts';

const MONTHS = ['2013-08.parquet', '2013-09.parquet'];
/** The last week of the trace. */
const FROM = '2013-09-23T00:00:00Z';
const TO = '2013-09-30T00:00:00Z';
const STRIDE = 24;

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

/** Writes one month in the long form that `argus evaluate` reads. */
async function convert(input: string, output: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    // CPU use is of the cores a machine paid for; bursts above them are what a full machine shows.
    await connection.run(`COPY (
      SELECT make_timestamp((ts // ${STEP_SECONDS}) * ${STEP_SECONDS}::BIGINT * 1000000) AS timestamp,
        'vm' || lpad(vm::VARCHAR, 4, '0') AS server_name, 'generic' AS profile,
        100 - avg(least(cpu_pct, 100)) AS cpu_idle_pct, avg(least(mem_used_pct, 100)) AS mem_used_pct,
        avg(net_in_mb_s) AS net_in_mb_s, avg(net_out_mb_s) AS net_out_mb_s
      FROM read_parquet(${quoted(input)}) GROUP BY ALL ORDER BY server_name, timestamp
    ) TO ${quoted(output)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function measure(folder: string): Promise<Record<string, unknown>> {
  const scratch = await mkdtemp(join(tmpdir(), 'argus-bitbrains-'));
  try {
    for (const name of MONTHS) await convert(join(folder, name), join(scratch, name));
    const report = await evaluateModel({
      data: scratch,
      model: process.env.ARGUS_MODEL ?? join(import.meta.dirname, '../../models/bundles/default'),
      fromMs: Date.parse(process.env.ARGUS_BITBRAINS_FROM ?? FROM),
      toMs: Date.parse(process.env.ARGUS_BITBRAINS_TO ?? TO),
      stride: STRIDE,
    });
    process.stderr.write(evaluationTable(report));
    const { model, servers, forecasts, from, to, mean } = report;
    return { bench: 'bitbrains', model, servers, forecasts, from, to, ...mean };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const folder = process.env.ARGUS_BITBRAINS;
const skipped = { bench: 'bitbrains', skipped: 'set ARGUS_BITBRAINS to the folder of the trace' };
console.log(JSON.stringify(folder === undefined ? skipped : await measure(folder)));
