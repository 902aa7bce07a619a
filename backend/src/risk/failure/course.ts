/** One metric's last day, and what is read off it: means, lines, the newest value. */

import { METRIC, METRIC_COUNT } from '../../catalog/metrics.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../../catalog/time.ts';

/** A measurement older than this many steps is no longer "now". */
const CURRENT_STEPS = 6;
const FULL = 100;
/** Deviations below this share of the level are noise of the measurement. */
const LEAST_DEVIATION = 0.002;

/**
 * Copies one metric of a window; idle CPU is read as used CPU, as in every target.
 * @param window [WINDOW_STEPS][METRIC_COUNT] from `offset`
 * @param out [WINDOW_STEPS]
 */
export function readCourse(window: Float32Array, offset: number, metric: number, out: Float64Array): void {
  const isComplement = metric === METRIC.cpuIdle;
  let from = offset + metric;
  for (let row = 0; row < WINDOW_STEPS; row++) {
    out[row] = isComplement ? FULL - window[from] : window[from];
    from += METRIC_COUNT;
  }
}

/** Mean of rows from … to − 1, of those that were measured; NaN without any. */
export function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let row = from; row < to; row++) {
    if (Number.isNaN(values[row])) continue;
    sum += values[row];
    count++;
  }
  return sum / count;
}

export interface Line {
  /** Per hour. */
  readonly slope: number;
  /** Correlation with time: how much of what moved is a trend. */
  readonly trend: number;
}

/** Least squares over the newest `span` rows; NaN for fewer than half measured. */
export function lineOf(values: Float64Array, span: number): Line {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  let sumYY = 0;
  for (let x = 1 - span; x <= 0; x++) {
    const y = values[WINDOW_STEPS - 1 + x];
    if (Number.isNaN(y)) continue;
    count++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
    sumYY += y * y;
  }
  if (count < span / 2) return { slope: Number.NaN, trend: Number.NaN };
  const spreadX = count * sumXX - sumX * sumX;
  const spreadY = Math.max(0, count * sumYY - sumY * sumY);
  const both = count * sumXY - sumX * sumY;
  return {
    slope: (STEPS_AN_HOUR * both) / spreadX,
    trend: spreadY > 0 ? both / Math.sqrt(spreadX * spreadY) : 0,
  };
}

/** Newest measurement of the last half hour; NaN without one. */
export function newestOf(values: Float64Array): number {
  for (let row = WINDOW_STEPS - 1; row >= WINDOW_STEPS - CURRENT_STEPS; row--) {
    if (!Number.isNaN(values[row])) return values[row];
  }
  return Number.NaN;
}

/** What the whole day was like. */
export interface Day {
  /** Measured rows. */
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly highest: number;
  readonly lowest: number;
}

export function dayOf(values: Float64Array): Day {
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < WINDOW_STEPS; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    if (value > highest) highest = value;
    if (value < lowest) lowest = value;
    count++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  return { count, mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), highest, lowest };
}

/** A difference in the day's deviations; 0 where nothing ever moved. */
export function inDeviations({ deviation, mean }: Day, difference: number): number {
  const unit = Math.max(deviation, LEAST_DEVIATION * Math.abs(mean));
  return unit > 0 ? difference / unit : 0;
}
