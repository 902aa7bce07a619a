/** What a day of measurements says about a server without any forecast: levels, spreads, slopes, yesterday. */

import { METRIC, METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { WINDOW_STEPS } from '../../catalog/time.ts';

/** A measurement older than this many steps is no longer "now". */
const CURRENT_STEPS = 6;
const HOUR = 12;
const HALF_DAY = 144;
const FULL = 100;
const STATISTICS = [
  'now',
  'mean_1h',
  'mean_4h',
  'mean_24h',
  'deviation_24h',
  'highest_24h',
  'lowest_24h',
  'slope_1h',
  'slope_4h',
  'slope_12h',
  /** Correlation with time: how much of what moved is a trend. */
  'trend_1h',
  'trend_4h',
  'trend_12h',
  /** The newest hour above the day's mean, and above the same hour yesterday, in the day's deviations. */
  'unusual',
  'over_yesterday',
  /** Share of the day that lay below the newest hour's mean. */
  'rank',
  /** Hours until the slope of 4 hours takes a percentage to 100. */
  'hours_to_full',
] as const;
const COUNT = STATISTICS.length;
const SLOPE_SPANS = [HOUR, 4 * HOUR, HALF_DAY] as const;
/** Position of each statistic among those of its metric. */
const AT = Object.fromEntries(STATISTICS.map((name, position) => [name, position])) as Readonly<
  Record<(typeof STATISTICS)[number], number>
>;
const FIRST_SLOPE = AT.slope_1h;
const FIRST_TREND = AT.trend_1h;
/** Deviations below this share of the level are noise of the measurement. */
const LEAST_DEVIATION = 0.002;
const LONGEST_HOURS = 48;

/** Names in the order in which they are written, by metric. */
export const WINDOW_STATISTICS: readonly string[] = METRICS.flatMap(({ name }) =>
  STATISTICS.map((statistic) => `${name}.${statistic}`),
);

/** One metric of a window; idle CPU is read as used CPU, as in every target. */
function readMetric(window: Float32Array, offset: number, metric: number, out: Float64Array): void {
  const isComplement = metric === METRIC.cpuIdle;
  let from = offset + metric;
  for (let row = 0; row < WINDOW_STEPS; row++) {
    out[row] = isComplement ? FULL - window[from] : window[from];
    from += METRIC_COUNT;
  }
}

/** Mean of rows from … to − 1, of those that were measured; NaN without any. */
function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let row = from; row < to; row++) {
    if (Number.isNaN(values[row])) continue;
    sum += values[row];
    count++;
  }
  return sum / count;
}

/** Least-squares slope per hour over the newest `span` rows, and the correlation with time; NaN for fewer than half measured. */
function lineOf(values: Float64Array, span: number): { slope: number; trend: number } {
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
  return { slope: (HOUR * both) / spreadX, trend: spreadY > 0 ? both / Math.sqrt(spreadX * spreadY) : 0 };
}

function newest(values: Float64Array): number {
  for (let row = WINDOW_STEPS - 1; row >= WINDOW_STEPS - CURRENT_STEPS; row--) {
    if (!Number.isNaN(values[row])) return values[row];
  }
  return Number.NaN;
}

const scratch = new Float64Array(WINDOW_STEPS);

interface Day {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly highest: number;
  readonly lowest: number;
}

function dayOf(values: Float64Array): Day {
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

function shareBelow(values: Float64Array, level: number, count: number): number {
  let below = 0;
  for (let row = 0; row < WINDOW_STEPS; row++) if (values[row] < level) below++;
  return below / count;
}

function hoursToFull(metric: number, level: number, slope: number): number {
  if (METRICS[metric].max !== FULL || Number.isNaN(slope)) return Number.NaN;
  return slope > 0 ? Math.min(LONGEST_HOURS, (FULL - level) / slope) : LONGEST_HOURS;
}

function writeMetric(metric: number, out: Float32Array, start: number): void {
  const day = dayOf(scratch);
  if (day.count === 0) {
    out.fill(Number.NaN, start, start + COUNT);
    return;
  }
  const lastHour = meanOf(scratch, WINDOW_STEPS - HOUR, WINDOW_STEPS);
  const unit = Math.max(day.deviation, LEAST_DEVIATION * Math.abs(day.mean));
  const inDeviations = (difference: number): number => (unit > 0 ? difference / unit : 0);
  out[start + AT.now] = newest(scratch);
  out[start + AT.mean_1h] = lastHour;
  out[start + AT.mean_4h] = meanOf(scratch, WINDOW_STEPS - 4 * HOUR, WINDOW_STEPS);
  out[start + AT.mean_24h] = day.mean;
  out[start + AT.deviation_24h] = day.deviation;
  out[start + AT.highest_24h] = day.highest;
  out[start + AT.lowest_24h] = day.lowest;
  SLOPE_SPANS.forEach((span, i) => {
    const { slope, trend } = lineOf(scratch, span);
    out[start + FIRST_SLOPE + i] = slope;
    out[start + FIRST_TREND + i] = trend;
  });
  out[start + AT.unusual] = inDeviations(lastHour - day.mean);
  out[start + AT.over_yesterday] = inDeviations(lastHour - meanOf(scratch, 0, HOUR));
  out[start + AT.rank] = shareBelow(scratch, lastHour, day.count);
  out[start + AT.hours_to_full] = hoursToFull(metric, lastHour, out[start + AT.slope_4h]);
}

/**
 * Writes WINDOW_STATISTICS of one window.
 * @param window [WINDOW_STEPS][METRIC_COUNT] from `offset`, NaN = not measured
 * @param out written from `outOffset`, in the metrics' units (slopes per hour); NaN where nothing is known
 */
export function writeWindowStatistics(
  window: Float32Array,
  offset: number,
  out: Float32Array,
  outOffset: number,
): void {
  for (let metric = 0; metric < METRIC_COUNT; metric++) {
    readMetric(window, offset, metric, scratch);
    writeMetric(metric, out, outOffset + metric * COUNT);
  }
}
