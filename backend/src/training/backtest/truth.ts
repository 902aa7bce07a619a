import { stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { STEP_MS } from '../../catalog/time.ts';
import { TruthNotFoundError, TruthUnreadableError } from './errors.ts';
import type { Leads } from './leads.ts';

/** A failure that really came. */
export interface Failure {
  readonly step: number;
  /** What went wrong; 'unknown' where the truth does not say. */
  readonly kind: string;
  /** Whether anything could be seen before it; null where the truth does not say. */
  readonly hasPrecursor: boolean | null;
}

/** Failures of each server, by time. */
export type Failures = ReadonlyMap<string, readonly Failure[]>;

const NONE: readonly Failure[] = [];

export function failuresOf(failures: Failures, server: string): readonly Failure[] {
  return failures.get(server) ?? NONE;
}

/** True where one of a server's failures comes within these steps after the origin. */
export function failsAhead(failures: readonly Failure[], originStep: number, leads: Leads): boolean {
  for (const { step } of failures) {
    const ahead = step - originStep;
    if (ahead >= leads.first && ahead <= leads.last) return true;
  }
  return false;
}

/**
 * Reads a truth file: server_name, failed, failure_time; kind and has_precursor where they are there.
 * @throws TruthNotFoundError, TruthUnreadableError
 */
export async function readTruth(path: string): Promise<Failures> {
  if ((await stat(path).catch(() => undefined)) === undefined) throw new TruthNotFoundError(path);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const file = `read_parquet('${path.replaceAll("'", "''")}')`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`);
    const columns = new Set(described.getRows().map(([name]) => String(name)));
    const kind = columns.has('kind') ? "coalesce(kind::VARCHAR, 'unknown')" : "'unknown'";
    const precursor = columns.has('has_precursor') ? 'has_precursor::BOOLEAN' : 'NULL::BOOLEAN';
    const result = await connection.runAndReadAll(
      `SELECT server_name::VARCHAR, floor(epoch_ms(failure_time) / ${STEP_MS})::INTEGER AS step, ${kind}, ${precursor}
       FROM ${file} WHERE failed AND failure_time IS NOT NULL ORDER BY ALL`,
    );
    const failures = new Map<string, Failure[]>();
    for (const [server, step, name, visible] of result.getRows()) {
      const known = failures.get(String(server)) ?? [];
      known.push({
        step: Number(step),
        kind: String(name),
        hasPrecursor: typeof visible === 'boolean' ? visible : null,
      });
      failures.set(String(server), known);
    }
    return failures;
  } catch (error) {
    throw new TruthUnreadableError(path, (error as Error).message.split('\n')[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
