/** Forecasts of whole servers without a network. */

import { METRIC_COUNT } from '../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST, targetValue } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import type { BaselineName, Series } from './baselines.ts';
import { FORECASTERS, forecastBaseline, POINT_FORECASTS } from './baselines.ts';

/** Steps a trend is held against what came: an hour, as far as a trend is likely to hold. */
const TRIAL_STEPS = 12;
/** A trend is a bold claim: it is followed only where it would have erred clearly less than standing still. */
const TREND_ADVANTAGE = 0.7;

/** Writes the values of a target in a window, oldest first, NaN where not measured, and returns them. */
export function seriesOf(
  target: number,
  windows: Float32Array,
  offset: number,
  out = new Float64Array(WINDOW_STEPS),
): Float64Array {
  const definition = TARGET_LIST[target];
  for (let row = 0; row < WINDOW_STEPS; row++) {
    out[row] = targetValue(definition, windows, offset + row * METRIC_COUNT);
  }
  return out;
}

/** Mean absolute error a rule would have made over the last day, in trials one after the other; NaN without any. */
function trialError(rule: BaselineName, series: Series): number {
  const forecast = new Float64Array(HORIZON_STEPS);
  let sum = 0;
  let count = 0;
  for (let origin = series.length - 1 - TRIAL_STEPS; origin >= 0; origin -= TRIAL_STEPS) {
    if (!POINT_FORECASTS[rule](series, origin, forecast)) continue;
    for (let h = 0; h < TRIAL_STEPS; h++) {
      const error = Math.abs(series[origin + 1 + h] - forecast[h]);
      if (Number.isNaN(error)) continue;
      sum += error;
      count++;
    }
  }
  return sum / count;
}

/**
 * The baseline for a series of one day: a trend where it has been clearly better than standing still, such as on a disk
 * that fills, else yesterday's shape blended with the last level.
 */
export function chooseBaseline(series: Series): BaselineName {
  const still = trialError('last_value', series);
  const trend = trialError('linear_trend', series);
  return trend < TREND_ADVANTAGE * still ? 'linear_trend' : 'blended_seasonal';
}

/**
 * Forecasts one target of one server.
 * @param windows [WINDOW_STEPS][METRIC_COUNT] is read from `windowOffset`
 * @param quantiles [HORIZON_STEPS][QUANTILE_COUNT] is written from `offset`; NaN where nothing was measured
 */
export function forecastTarget(
  name: BaselineName,
  target: number,
  windows: Float32Array,
  windowOffset: number,
  quantiles: Float32Array,
  offset: number,
): void {
  const series = seriesOf(target, windows, windowOffset);
  forecastBaseline(name, series, TARGET_LIST[target].max, quantiles, offset);
}

/**
 * Forecasts all targets of one server: by the baselines that are wanted, else by those that suit its last day.
 * @param windows [WINDOW_STEPS][METRIC_COUNT] is read from `windowOffset`
 * @param quantiles [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] is written from `offset`; NaN for unmeasured targets
 * @param forecasters [TARGET_COUNT], positions in FORECASTERS: what is wanted is read, what was used is written
 */
export function forecastServer(
  windows: Float32Array,
  windowOffset: number,
  quantiles: Float32Array,
  offset: number,
  forecasters: Uint8Array,
  forecastersOffset: number,
): void {
  for (let target = 0; target < TARGET_COUNT; target++) {
    const series = seriesOf(target, windows, windowOffset);
    const wanted = FORECASTERS[forecasters[forecastersOffset + target]];
    const name = wanted === 'model' ? chooseBaseline(series) : wanted;
    const out = offset + target * HORIZON_STEPS * QUANTILE_COUNT;
    forecastBaseline(name, series, TARGET_LIST[target].max, quantiles, out);
    forecasters[forecastersOffset + target] = FORECASTERS.indexOf(name);
  }
}
