import { stat } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { STEP_MS } from '../../catalog/time.ts';
import { HAZARD_FILE } from '../datasets/files.ts';
import { HazardUnreadableError } from './errors.ts';
import type { OriginTable } from './origins.ts';

/**
 * Reads the probability that only the generator knew: of a failure 30 minutes to 8 hours after each origin.
 * @param path hazard.parquet: server_name, timestamp, failure_probability
 * @returns a column for each table, 0 where the file has no row; null where there is no file
 * @throws HazardUnreadableError, also where it has rows for none of the origins
 */
export async function readHazard(
  path: string,
  tables: readonly [OriginTable, ...OriginTable[]],
): Promise<readonly Float32Array[] | null> {
  if ((await stat(path).catch(() => undefined)) === undefined) return null;
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GB' });
  try {
    const connection = await instance.connect();
    try {
      const columns = tables.map(({ steps }) => new Float32Array(steps.length));
      const placers = tables.map((table, i) => placerOf(table, columns[i]));
      let placed = 0;
      for await (const [server, step, value] of hazardRows(connection, path, tables[0].stride)) {
        for (const place of placers) if (place(server, step, value)) placed++;
      }
      if (placed === 0)
        throw new HazardUnreadableError(path, `it has no row for any origin (${HAZARD_FILE})`);
      return columns;
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    if (error instanceof HazardUnreadableError) throw error;
    throw new HazardUnreadableError(path, (error as Error).message.split('\n')[0]);
  } finally {
    instance.closeSync();
  }
}

async function* hazardRows(
  connection: DuckDBConnection,
  path: string,
  stride: number,
): AsyncGenerator<readonly [server: string, step: number, value: number]> {
  const result = await connection.stream(
    `SELECT server_name::VARCHAR, floor(epoch_ms("timestamp") / ${STEP_MS})::INTEGER AS step,
       failure_probability::DOUBLE
     FROM read_parquet('${path.replaceAll("'", "''")}') WHERE step % ${stride} = 0`,
  );
  for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
    if (chunk.rowCount === 0) break;
    const [names, steps, values] = [0, 1, 2].map((column) => chunk.getColumnValues(column));
    for (let i = 0; i < chunk.rowCount; i++) {
      yield [String(names[i]), Number(steps[i]), Number(values[i] ?? 0)];
    }
  }
}

function placerOf(
  table: OriginTable,
  column: Float32Array,
): (server: string, step: number, value: number) => boolean {
  const positions = new Map(table.servers.map(({ name }, server) => [name, server]));
  return (name, step, value) => {
    const server = positions.get(name);
    const row = server === undefined ? -1 : rowOf(table, server, step);
    if (row >= 0) column[row] = value;
    return row >= 0;
  };
}

/** Row of a server's origin, by halving; −1 where the step is none. */
function rowOf({ steps, starts }: OriginTable, server: number, step: number): number {
  let low = starts[server];
  let high = starts[server + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] < step) low = middle + 1;
    else high = middle;
  }
  return low < starts[server + 1] && steps[low] === step ? low : -1;
}
