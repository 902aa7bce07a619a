import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { HolidayCalendar } from '../../src/catalog/calendar.ts';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { stepOf } from '../../src/catalog/time.ts';
import { cascadeOnsets } from '../../src/simulate/cascade.ts';
import type { ScriptedIncident } from '../../src/simulate/incidents.ts';
import type { Batching } from '../../src/simulate/load.ts';
import { nameServer } from '../../src/simulate/names.ts';
import type { SimulatedStep } from '../../src/simulate/server.ts';
import { SimulatedServer } from '../../src/simulate/server.ts';
import type { ServerTraits } from '../../src/simulate/traits.ts';

/** A Monday. */
export const MONDAY_MS = Date.UTC(2026, 5, 1);
export const FIRST_STEP = stepOf(MONDAY_MS);

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'argus-simulate-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface RunOptions {
  readonly seed?: number;
  readonly regimeChangeStep?: number;
  readonly batching?: Batching;
  readonly script?: readonly ScriptedIncident[];
  readonly adjustTraits?: (traits: ServerTraits) => ServerTraits;
  readonly holidays?: HolidayCalendar;
}

export interface Run {
  readonly server: SimulatedServer;
  /** [step][metric], as measured: NaN also where nothing was measured at all. */
  readonly rows: readonly Float64Array[];
  readonly steps: readonly SimulatedStep[];
}

/** Simulates one server from FIRST_STEP on. */
export function runServer(number: number, steps: number, options: RunOptions = {}): Run {
  const { seed = 1, regimeChangeStep = Number.POSITIVE_INFINITY, ...rest } = options;
  const { name, profile } = nameServer(number);
  const server = new SimulatedServer({
    seed,
    number,
    name,
    profile,
    firstStep: FIRST_STEP,
    cascadeOnsets: cascadeOnsets(seed, number, FIRST_STEP, FIRST_STEP + steps),
    regimeChangeStep,
    ...rest,
  });
  const rows: Float64Array[] = [];
  const results: SimulatedStep[] = [];
  for (let step = 0; step < steps; step++) {
    const result = server.step(FIRST_STEP + step);
    results.push(result);
    rows.push(result.measured ? server.row.slice() : new Float64Array(METRIC_COUNT).fill(Number.NaN));
  }
  return { server, rows, steps: results };
}

/** Rows of a query over Parquet files, by a reader in its own database. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
