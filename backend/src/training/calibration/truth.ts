import { DuckDBInstance } from '@duckdb/node-api';
import { STEP_MS } from '../../catalog/time.ts';
import { DataNotFoundError, DataUnreadableError } from '../errors.ts';

/** Steps at which each server failed, ascending. */
export type FailureSteps = ReadonlyMap<string, readonly number[]>;

/**
 * Reads the failures of a generated fleet from its truth.parquet: server_name, failed, failure_time.
 * @throws DataNotFoundError, DataUnreadableError
 */
export async function readFailures(path: string): Promise<FailureSteps> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const quoted = `'${path.replaceAll("'", "''")}'`;
    const result = await connection.runAndReadAll(
      `SELECT server_name::VARCHAR, floor(epoch_ms(failure_time) / ${STEP_MS})::INTEGER
       FROM read_parquet(${quoted}) WHERE failed ORDER BY ALL`,
    );
    const failures = new Map<string, number[]>();
    for (const [server, step] of result.getRows()) {
      const steps = failures.get(String(server)) ?? [];
      steps.push(Number(step));
      failures.set(String(server), steps);
    }
    return failures;
  } catch (error) {
    const message = (error as Error).message.split('\n')[0];
    throw message.includes('No files found')
      ? new DataNotFoundError(path)
      : new DataUnreadableError(path, message);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** True where a failure comes after `originStep` and within `steps`. */
export function failsWithin(failures: readonly number[], originStep: number, steps: number): boolean {
  return failures.some((step) => step > originStep && step <= originStep + steps);
}
