/** What is done to a forecast between the network and its readers. */

import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import { forecastTarget } from './baselineForecast.ts';
import { FORECASTERS } from './baselines.ts';
import type { ForecastBatch } from './batch.ts';
import { FORECAST_SIZE, TARGET_SIZE, WINDOW_SIZE } from './batch.ts';
import { applyStretch, STRETCH_SIZE } from './conformal.ts';
import { copyCorrected, copyRaw, SCORED_SIZE } from './scored.ts';

/** Whether a metric was measured at least once in the window that starts at `offset`. */
export function isMeasured(metric: number, windows: Float32Array, offset: number): boolean {
  // Newest first: what is measured at all is nearly always measured now.
  for (let row = WINDOW_STEPS - 1; row >= 0; row--) {
    if (!Number.isNaN(windows[offset + row * METRIC_COUNT + metric])) return true;
  }
  return false;
}

/** Whether any target can be forecast from the window that starts at `offset`. */
export function hasTarget(windows: Float32Array, offset: number): boolean {
  return TARGET_LIST.some((target) => isMeasured(target.metric, windows, offset));
}

/**
 * Finishes the forecasts of the first `count` servers in place: targets that are not measured become NaN, what is scored
 * later is set aside, bands are stretched.
 */
export function finishForecasts(batch: ForecastBatch, count: number): void {
  for (let row = 0; row < count; row++) {
    const start = row * FORECAST_SIZE;
    for (let target = 0; target < TARGET_COUNT; target++) {
      if (isMeasured(TARGET_LIST[target].metric, batch.window, row * WINDOW_SIZE)) continue;
      const from = start + target * TARGET_SIZE;
      batch.quantiles.fill(Number.NaN, from, from + TARGET_SIZE);
    }
    copyRaw(batch.quantiles, start, batch.scored, row * SCORED_SIZE);
    applyStretch(batch.quantiles, start, batch.stretch, row * STRETCH_SIZE);
    copyCorrected(batch.quantiles, start, batch.scored, row * SCORED_SIZE);
  }
}

/** Puts baselines in the place of the network's forecasts, in the first `count` servers, where they are wanted. */
export function replaceByBaselines(batch: ForecastBatch, count: number): void {
  for (let row = 0; row < count; row++) {
    for (let target = 0; target < TARGET_COUNT; target++) {
      const forecaster = FORECASTERS[batch.forecasters[row * TARGET_COUNT + target]];
      if (forecaster === 'model') continue;
      const out = row * FORECAST_SIZE + target * TARGET_SIZE;
      forecastTarget(forecaster, target, batch.window, row * WINDOW_SIZE, batch.quantiles, out);
    }
  }
}
