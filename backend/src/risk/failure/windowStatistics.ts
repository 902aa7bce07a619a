/** What a day of measurements says about a server without any forecast: levels, spreads, slopes, yesterday. */

import { METRICS } from '../../catalog/metrics.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../../catalog/time.ts';
import { type Day, inDeviations, lineOf, meanOf, newestOf } from './course.ts';

const HOUR = STEPS_AN_HOUR;
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
const LONGEST_HOURS = 48;

/** Names in the order in which they are written, by metric. */
export const WINDOW_STATISTICS: readonly string[] = METRICS.flatMap(({ name }) =>
  STATISTICS.map((statistic) => `${name}.${statistic}`),
);

function shareBelow(values: Float64Array, level: number, count: number): number {
  let below = 0;
  for (let row = 0; row < WINDOW_STEPS; row++) if (values[row] < level) below++;
  return below / count;
}

/** Hours until a slope takes a percentage to 100, at most LONGEST_HOURS; NaN for what is no percentage. */
export function hoursToFull(metric: number, level: number, slope: number): number {
  if (METRICS[metric].max !== FULL || Number.isNaN(slope)) return Number.NaN;
  return slope > 0 ? Math.min(LONGEST_HOURS, (FULL - level) / slope) : LONGEST_HOURS;
}

/**
 * Writes the statistics of one metric.
 * @param values [WINDOW_STEPS], NaN = not measured
 * @param day of the same values, with at least one measured row
 * @param out written from `start` + metric · statistics, in the metric's unit (slopes per hour)
 */
export function writeStatistics(
  metric: number,
  values: Float64Array,
  day: Day,
  out: Float32Array,
  start: number,
): void {
  const lastHour = meanOf(values, WINDOW_STEPS - HOUR, WINDOW_STEPS);
  const at = start + metric * COUNT;
  out[at + AT.now] = newestOf(values);
  out[at + AT.mean_1h] = lastHour;
  out[at + AT.mean_4h] = meanOf(values, WINDOW_STEPS - 4 * HOUR, WINDOW_STEPS);
  out[at + AT.mean_24h] = day.mean;
  out[at + AT.deviation_24h] = day.deviation;
  out[at + AT.highest_24h] = day.highest;
  out[at + AT.lowest_24h] = day.lowest;
  SLOPE_SPANS.forEach((span, i) => {
    const { slope, trend } = lineOf(values, span);
    out[at + FIRST_SLOPE + i] = slope;
    out[at + FIRST_TREND + i] = trend;
  });
  out[at + AT.unusual] = inDeviations(day, lastHour - day.mean);
  out[at + AT.over_yesterday] = inDeviations(day, lastHour - meanOf(values, 0, HOUR));
  out[at + AT.rank] = shareBelow(values, lastHour, day.count);
  out[at + AT.hours_to_full] = hoursToFull(metric, lastHour, out[at + AT.slope_4h]);
}
