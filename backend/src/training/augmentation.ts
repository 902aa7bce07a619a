import { METRIC, METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { isMeasured } from '../forecast/finish.ts';
import type { Random } from './random.ts';

/** How training windows are changed so that the network copes with what it will meet. Shares are from 0 to 1. */
export interface Augmentation {
  /** Share of samples whose server is made unknown, so that new servers get good forecasts. */
  readonly serverDropout: number;
  /** Share of samples whose profile is made generic. */
  readonly profileDropout: number;
  /** Share of samples that keep only what any plain virtual machine measures. */
  readonly plainMachines: number;
  /** Share of the other samples that lose metrics at random, as servers of another kind do not measure them. */
  readonly metricDropout: number;
  /** Share of samples of which only the newest rows are kept, as for a server that is just warming up. */
  readonly truncation: number;
  /** Share of samples with a gap of missing rows somewhere in the window. */
  readonly gaps: number;
}

/** Shares found best in models/experiments.md. */
export const DEFAULT_AUGMENTATION: Augmentation = {
  serverDropout: 0.3,
  profileDropout: 0.15,
  plainMachines: 0.2,
  metricDropout: 0.25,
  truncation: 0.15,
  gaps: 0.1,
};

/** A truncated window keeps at least 4 hours: what a server needs to be forecast at all. */
const MIN_KEPT_ROWS = 48;
/** Longest gap that is cut: 3 hours. */
const MAX_GAP_ROWS = 36;
const PLAIN_METRICS: ReadonlySet<number> = new Set([
  METRIC.cpuIdle,
  METRIC.memUsed,
  METRIC.netIn,
  METRIC.netOut,
]);

/**
 * Changes one window and what came after it, in place. A metric that loses every value also loses its actual
 * values: nothing can be learned about a target that is not measured.
 * @param window [WINDOW_STEPS][METRIC_COUNT] from `windowOffset`
 * @param actual [TARGET_COUNT][HORIZON_STEPS] from `actualOffset`
 */
export function augmentWindow(
  settings: Augmentation,
  random: Random,
  window: Float32Array,
  windowOffset: number,
  actual: Float32Array,
  actualOffset: number,
): void {
  if (random.uniform() < settings.truncation) {
    const kept = MIN_KEPT_ROWS + random.below(WINDOW_STEPS - MIN_KEPT_ROWS);
    eraseRows(window, windowOffset, 0, WINDOW_STEPS - kept);
  }
  if (random.uniform() < settings.gaps) {
    const rows = 1 + random.below(MAX_GAP_ROWS);
    eraseRows(window, windowOffset, random.below(WINDOW_STEPS - rows), rows);
  }
  if (random.uniform() < settings.plainMachines) keepPlain(window, windowOffset);
  else if (random.uniform() < settings.metricDropout) dropMetrics(random, window, windowOffset);
  blankUnmeasured(window, windowOffset, actual, actualOffset);
}

function eraseRows(window: Float32Array, offset: number, first: number, rows: number): void {
  const start = offset + first * METRIC_COUNT;
  window.fill(Number.NaN, start, start + rows * METRIC_COUNT);
}

function keepPlain(window: Float32Array, offset: number): void {
  for (let metric = 0; metric < METRIC_COUNT; metric++) {
    if (!PLAIN_METRICS.has(metric)) eraseMetric(window, offset, metric);
  }
}

/** Keeps each metric with a chance that is itself drawn, so that anything from one metric to all occurs. */
function dropMetrics(random: Random, window: Float32Array, offset: number): void {
  const keepChance = random.uniform();
  const spared = random.below(METRIC_COUNT);
  for (let metric = 0; metric < METRIC_COUNT; metric++) {
    if (random.uniform() < keepChance || metric === spared) continue;
    eraseMetric(window, offset, metric);
  }
}

function eraseMetric(window: Float32Array, offset: number, metric: number): void {
  for (let row = 0; row < WINDOW_STEPS; row++) window[offset + row * METRIC_COUNT + metric] = Number.NaN;
}

/** Makes the actual values NaN of every target whose metric is NaN in the whole window. */
export function blankUnmeasured(
  window: Float32Array,
  windowOffset: number,
  actual: Float32Array,
  actualOffset: number,
): void {
  for (let target = 0; target < TARGET_COUNT; target++) {
    if (isMeasured(TARGET_LIST[target].metric, window, windowOffset)) continue;
    const start = actualOffset + target * HORIZON_STEPS;
    actual.fill(Number.NaN, start, start + HORIZON_STEPS);
  }
}
