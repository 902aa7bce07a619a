import { join } from 'node:path';
import { Value } from 'typebox/value';
import { METRIC, METRIC_COUNT } from '../../../backend/src/catalog/metrics.ts';
import { STEP_MS } from '../../../backend/src/catalog/time.ts';
import { type HistoryConfig, HistoryConfigSchema } from '../../../backend/src/history/config.ts';
import { Archive } from '../../../backend/src/history/store/archive.ts';
import type { Block } from '../../../backend/src/history/tables.ts';

const SERVERS = ['old-db-1', 'old-db-2', 'old-db-3', 'old-db-4'];
const STEPS_A_DAY = 288;
/** A replay needs a day of measurements before its first forecast, and eight hours after one to judge it. */
const DAYS = 3;
const USUAL_MEMORY_PCT = 60;
const DAILY_SWING_PCT = 8;
/** The first server's memory fills in this many steps, each evening. */
const FILLING_STEPS = 48;
const FULL_PCT = 98;

/** Memory in use after a step of the day, in percent. */
function memoryAt(server: number, stepOfDay: number): number {
  const usual =
    USUAL_MEMORY_PCT + DAILY_SWING_PCT * Math.sin((2 * Math.PI * stepOfDay) / STEPS_A_DAY) + server;
  const filled = (stepOfDay - (STEPS_A_DAY - 2 * FILLING_STEPS)) / FILLING_STEPS;
  if (server > 0 || filled <= 0) return usual;
  return usual + (FULL_PCT - usual) * Math.min(1, filled);
}

function measured(steps: readonly number[]): Block {
  const rows = steps.flatMap((step) => SERVERS.map((name, server) => ({ step, name, server })));
  const numbers = new Float32Array(rows.length * METRIC_COUNT).fill(Number.NaN);
  rows.forEach(({ step, server }, row) => {
    numbers[row * METRIC_COUNT + METRIC.memUsed] = memoryAt(server, step % STEPS_A_DAY);
    numbers[row * METRIC_COUNT + METRIC.cpuIdle] = 70;
  });
  return {
    table: 'metrics',
    steps: Int32Array.from(rows, ({ step }) => step),
    texts: [
      rows.map(({ name }) => name),
      rows.map(() => 'database'),
      rows.map(() => 'UTC'),
      rows.map(() => null),
    ],
    numbers,
  };
}

/**
 * Writes some days of a small fleet into the history of a backend that has not started yet: its own past is minutes
 * long, too short for a replay.
 */
export async function writePast(dataFolder: string): Promise<void> {
  const config = Value.Default(HistoryConfigSchema, {}) as HistoryConfig;
  const folder = join(dataFolder, 'history');
  const archive = await Archive.open({ folder, config, clock: { now: Date.now } });
  const last = Math.floor(Date.now() / STEP_MS) - 1;
  const first = last - DAYS * STEPS_A_DAY + 1;
  await archive.put(measured(Array.from({ length: DAYS * STEPS_A_DAY }, (_, i) => first + i)));
  await archive.close();
}
