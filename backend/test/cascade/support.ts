/** A small fleet whose course is written down, driven through the detector step by step. */

import { CascadeDetector } from '../../src/cascade/detector.ts';
import { LEARNING_DELAY_STEPS } from '../../src/cascade/habits.ts';
import type { Cascade, ObservedServer } from '../../src/cascade/types.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../src/catalog/time.ts';
import { RandomStream } from '../../src/simulate/random.ts';

/** Midnight, so that hours of the day begin where steps do. */
export const FIRST_STEP = WINDOW_STEPS * 20_000;
const SERVERS_A_RACK = 5;

export function serversOf(count: number, racks = true): readonly ObservedServer[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    name: `host-${String.fromCharCode(97 + (index % 7))}${String(index).padStart(3, '0')}`,
    profile: index % 3,
    attributes: new Map(racks ? [['rack', `rack-${Math.floor(index / SERVERS_A_RACK)}`]] : []),
  }));
}

/** Writes one server's row of a step over its usual one. */
export type Course = (server: ObservedServer, step: number, row: Float32Array) => void;

const noCourse: Course = () => {};

/** A day with an afternoon peak, and noise that is the same for the same seed, server and step. */
function usualRow(server: ObservedServer, step: number, seed: number): Float32Array {
  const random = new RandomStream(seed, `${server.name} ${step}`);
  const shape = Math.sin(((step % WINDOW_STEPS) / WINDOW_STEPS) * 2 * Math.PI) + 1;
  const noise = (size: number) => size * random.uniform([-1, 1]);
  const row = new Float32Array(METRIC_COUNT).fill(Number.NaN);
  row[METRIC.cpuIdle] = 80 - 15 * shape + noise(3);
  row[METRIC.memUsed] = 50 + 2 * shape + noise(1);
  row[METRIC.netIn] = 5 + 2 * shape + noise(0.5);
  row[METRIC.netOut] = 7 + 3 * shape + noise(0.5);
  row[METRIC.backCloseWait] = 4 + shape + noise(1);
  row[METRIC.loadAverage] = 1 + shape + noise(0.2);
  return row;
}

export interface Run {
  /** Every cascade seen, as it was last. */
  readonly seen: ReadonlyMap<string, Cascade>;
  readonly active: readonly Cascade[];
}

export interface RunOptions {
  readonly servers: readonly ObservedServer[];
  readonly days: number;
  readonly course?: Course;
  readonly seed?: number;
  readonly detector?: CascadeDetector;
  readonly afterStep?: (detector: CascadeDetector, step: number, active: readonly Cascade[]) => void;
}

/** Drives a fleet from FIRST_STEP on. */
export function run(options: RunOptions): Run {
  const { servers, days, course = noCourse, seed = 1, detector = new CascadeDetector() } = options;
  const seen = new Map<string, Cascade>();
  const kept: Float32Array[][] = [];
  let active: readonly Cascade[] = [];
  for (let step = FIRST_STEP; step < FIRST_STEP + days * WINDOW_STEPS; step++) {
    const rows = servers.map((server) => {
      const row = usualRow(server, step, seed);
      course(server, step, row);
      return row;
    });
    kept.push(rows);
    if (kept.length > LEARNING_DELAY_STEPS + 1) kept.shift();
    const isLong = kept.length > LEARNING_DELAY_STEPS;
    servers.forEach((server, i) => {
      const earlier = isLong ? kept[0][i] : new Float32Array(METRIC_COUNT).fill(Number.NaN);
      detector.take(server, step, rows[i], 0, earlier, 0);
    });
    const result = detector.finish(step);
    active = result.active;
    for (const cascade of [...result.active, ...result.ended]) seen.set(cascade.id, cascade);
    options.afterStep?.(detector, step, active);
  }
  return { seen, active };
}

/** Connections that pile up from a step on, and traffic that fades, on the given servers, each a lag after the other. */
export function failingTogether(
  names: readonly string[],
  startStep: number,
  lagSteps: number,
  lastSteps = 30,
): Course {
  return (server, step, row) => {
    const place = names.indexOf(server.name);
    const since = step - startStep - place * lagSteps;
    if (place < 0 || since < 0 || since >= lastSteps) return;
    const grown = Math.min(1, (since + 1) / 12);
    row[METRIC.backCloseWait] += 400 * grown;
    row[METRIC.netOut] *= 1 - 0.6 * grown;
    row[METRIC.loadAverage] += 4 * grown;
  };
}

/** Wednesday noon of the third day. */
export const NOON_OF_DAY_3 = FIRST_STEP + 2 * WINDOW_STEPS + WINDOW_STEPS / 2;
