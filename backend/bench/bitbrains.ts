/**
 * Turns the Bitbrains "Rnd" trace (GWA-T-12) into the long form that `argus evaluate` reads, one file a month. For
 * evaluation only: no shipped model is trained on it.
 *
 * node backend/bench/bitbrains.ts FOLDER_WITH_MONTHS OUTPUT_FOLDER
 */

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { STEP_SECONDS } from '../src/catalog/time.ts';

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

async function convert(input: string, output: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    // CPU use is of the cores a VM paid for; bursts above them are what a full machine shows.
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

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error('Usage: node backend/bench/bitbrains.ts FOLDER_WITH_MONTHS OUTPUT_FOLDER');
  process.exit(2);
}
await mkdir(to, { recursive: true });
const months = (await readdir(from)).filter((name) => name.endsWith('.parquet'));
for (const name of months) await convert(join(from, name), join(to, name));
console.log(JSON.stringify({ converted: months.sort() }));
