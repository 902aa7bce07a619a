/**
 * Forecasts without a network: what every other forecast has to beat, and what serves where no model can be loaded.
 *
 * Each baseline is a point forecast; its quantiles come from the errors the same rule made at earlier origins of the
 * same history.
 */

import { P50, QUANTILE_COUNT, QUANTILES } from '../catalog/targets.ts';
import { HORIZON_STEPS, STEPS_A_DAY } from '../catalog/time.ts';

export const BASELINES = ['last_value', 'seasonal', 'blended_seasonal', 'linear_trend'] as const;
export type BaselineName = (typeof BASELINES)[number];

/** Everything a target's forecast may come from; the network is the first. */
export const FORECASTERS = ['model', ...BASELINES] as const;
export type Forecaster = (typeof FORECASTERS)[number];
/** Position of the network in FORECASTERS. */
export const NETWORK = 0;

/** Values of one target, oldest first, ending at the forecast's origin; NaN where not measured. */
export type Series = Float32Array | Float64Array;

/**
 * Writes HORIZON_STEPS values that follow `history[origin]`, reading nothing after it.
 * @returns false, with nothing of meaning written, where the history does not hold what the rule needs
 */
type PointForecast = (history: Series, origin: number, out: Float64Array) => boolean;

/** Range that predict_linear is given: 4 hours, what node_exporter's disk alert uses at the short end. */
export const TREND_STEPS = 48;
/** Steps after which the last level counts for 1/e and yesterday's shape for the rest: 2 hours. */
export const BLEND_STEPS = 24;
/** Steps between the earlier origins that errors are taken from: 2 hours, so that they are not all the same error. */
const ERROR_STRIDE = 24;
/** Horizon steps that share one set of error quantiles: 1 hour. */
const ERROR_BUCKET = 12;
const BUCKETS = HORIZON_STEPS / ERROR_BUCKET;
/** Errors below this number say nothing about a tail of 10%. */
export const ENOUGH_ERRORS = 10;

/** The newest measured value up to `history[origin]`; NaN where there is none. */
export function newestValue(history: Series, origin: number): number {
  let index = origin;
  while (index >= 0 && Number.isNaN(history[index])) index--;
  return index < 0 ? Number.NaN : history[index];
}

/** The newest measured value, for every step. */
function lastValue(history: Series, origin: number, out: Float64Array): boolean {
  const value = newestValue(history, origin);
  if (Number.isNaN(value)) return false;
  out.fill(value);
  return true;
}

/** The value at the same time yesterday; steps that were not measured are interpolated between those that were. */
function seasonal(history: Series, origin: number, out: Float64Array): boolean {
  const start = origin + 1 - STEPS_A_DAY;
  if (start < 0) return false;
  let known = -1;
  for (let h = 0; h < HORIZON_STEPS; h++) {
    const value = history[start + h];
    if (Number.isNaN(value)) continue;
    out[h] = value;
    const from = known < 0 ? value : out[known];
    for (let gap = known + 1; gap < h; gap++) {
      out[gap] = from + ((value - from) * (gap - known)) / (h - known);
    }
    known = h;
  }
  if (known < 0) return false;
  out.fill(out[known], known + 1);
  return true;
}

/** w·last + (1 − w)·yesterday with w = exp(−steps / BLEND_STEPS), steps counted from 1. */
export function blend(last: number, yesterday: number, steps: number): number {
  const weight = Math.exp(-steps / BLEND_STEPS);
  return weight * last + (1 - weight) * yesterday;
}

function blendedSeasonal(history: Series, origin: number, out: Float64Array): boolean {
  const last = newestValue(history, origin);
  if (Number.isNaN(last) || !seasonal(history, origin, out)) return false;
  for (let h = 0; h < HORIZON_STEPS; h++) out[h] = blend(last, out[h], h + 1);
  return true;
}

/**
 * Least-squares line through the measured values of the last TREND_STEPS.
 * @param line its level at the origin and its slope a step are written
 * @returns false, with nothing written, where fewer than two values were measured
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#predict_linear
 */
export function fitTrend(history: Series, origin: number, line: Float64Array): boolean {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  for (let x = Math.max(-origin, 1 - TREND_STEPS); x <= 0; x++) {
    const y = history[origin + x];
    if (Number.isNaN(y)) continue;
    count++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  if (count < 2) return false;
  const slope = (count * sumXY - sumX * sumY) / (count * sumXX - sumX * sumX);
  line[0] = (sumY - slope * sumX) / count;
  line[1] = slope;
  return true;
}

/** The line through the last TREND_STEPS, extended. */
function linearTrend(history: Series, origin: number, out: Float64Array): boolean {
  const line = new Float64Array(2);
  if (!fitTrend(history, origin, line)) return false;
  for (let h = 0; h < HORIZON_STEPS; h++) out[h] = line[0] + line[1] * (h + 1);
  return true;
}

/** The rules by name: HORIZON_STEPS values after `history[origin]`. */
export const POINT_FORECASTS: Readonly<Record<BaselineName, PointForecast>> = {
  last_value: lastValue,
  seasonal,
  blended_seasonal: blendedSeasonal,
  linear_trend: linearTrend,
};

/**
 * Quantile forecast of one baseline.
 *
 * P50 is the rule's own value. The others lie around it by the quantiles of the errors the rule made at earlier origins
 * of the history, pooled by hour of horizon. Seasonal rules need two days for errors of their own; in a window of one
 * day they take those of the last value 8 hours on. A rule that lacks what it needs gives way to the last value.
 *
 * @param history any length from 1; 288 steps when serving, more where there is more
 * @param max upper bound of the target; all targets start at 0
 * @param out [HORIZON_STEPS][QUANTILE_COUNT] is written from `offset`, in the target's unit; NaN without a measurement
 * @returns false where nothing was measured in the history
 */
export function forecastBaseline(
  name: BaselineName,
  history: Series,
  max: number,
  out: Float32Array,
  offset: number,
): boolean {
  const point = new Float64Array(HORIZON_STEPS);
  const origin = history.length - 1;
  let rule = POINT_FORECASTS[name];
  if (!rule(history, origin, point)) {
    rule = lastValue;
    if (!rule(history, origin, point)) {
      out.fill(Number.NaN, offset, offset + HORIZON_STEPS * QUANTILE_COUNT);
      return false;
    }
  }
  const spreads = errorQuantiles(rule, history);
  for (let h = 0; h < HORIZON_STEPS; h++) {
    const spread = spreads[Math.floor(h / ERROR_BUCKET)];
    for (let q = 0; q < QUANTILE_COUNT; q++) {
      out[offset + h * QUANTILE_COUNT + q] = Math.min(max, Math.max(0, point[h] + spread[q]));
    }
  }
  return true;
}

/** For each bucket of the horizon, what is to be added to the point forecast for each quantile. */
function errorQuantiles(rule: PointForecast, history: Series): readonly Float64Array[] {
  const own = errorsByBucket(rule, history);
  const pooled = own.flat();
  // Without enough errors of its own, a rule is trusted no more than the last value at the end of the horizon.
  const fallback = pooled.length >= ENOUGH_ERRORS ? pooled : errorsByBucket(lastValue, history)[BUCKETS - 1];
  return own.map((errors) => spreadOf(errors.length >= ENOUGH_ERRORS ? errors : fallback));
}

/** actual − forecast at earlier origins, by bucket of the horizon. */
function errorsByBucket(rule: PointForecast, history: Series): number[][] {
  const errors: number[][] = Array.from({ length: BUCKETS }, () => []);
  const forecast = new Float64Array(HORIZON_STEPS);
  const newest = history.length - 1;
  for (let origin = newest - ERROR_BUCKET; origin >= 0; origin -= ERROR_STRIDE) {
    if (!rule(history, origin, forecast)) continue;
    const known = Math.min(HORIZON_STEPS, newest - origin);
    for (let h = 0; h < known; h++) {
      const error = history[origin + 1 + h] - forecast[h];
      if (!Number.isNaN(error)) errors[Math.floor(h / ERROR_BUCKET)].push(error);
    }
  }
  return errors;
}

/** Quantile of numbers in ascending order, interpolated. */
function quantileOf(sorted: Float64Array, level: number): number {
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** Quantiles of errors, held on their side of 0 so that quantiles cannot cross the median. */
function spreadOf(errors: readonly number[]): Float64Array {
  const spread = new Float64Array(QUANTILE_COUNT);
  if (errors.length === 0) return spread;
  const sorted = Float64Array.from(errors).sort();
  for (let q = 0; q < QUANTILE_COUNT; q++) {
    const value = quantileOf(sorted, QUANTILES[q]);
    if (q < P50) spread[q] = Math.min(0, value);
    else if (q > P50) spread[q] = Math.max(0, value);
  }
  return spread;
}
