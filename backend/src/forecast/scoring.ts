/** How a P10–P50–P90 forecast is scored against what came. */

import { P10, P50, P90, QUANTILES } from '../catalog/targets.ts';

/** Share of values that lie outside a P10–P90 band. */
const BAND_MISS = QUANTILES[P10] + 1 - QUANTILES[P90];

function pinball(truth: number, forecast: number, level: number): number {
  const error = truth - forecast;
  return Math.max(level * error, (level - 1) * error);
}

/** Mean pinball loss of the three quantiles, in the unit of the target. */
export function meanPinball(truth: number, low: number, median: number, high: number): number {
  const sum =
    pinball(truth, low, QUANTILES[P10]) +
    pinball(truth, median, QUANTILES[P50]) +
    pinball(truth, high, QUANTILES[P90]);
  return sum / 3;
}

/** Width of a band plus 2/α times what the truth lies outside it (Winkler, 1972), in the unit of the target. */
export function winkler(truth: number, low: number, high: number): number {
  return high - low + (2 / BAND_MISS) * Math.max(0, low - truth, truth - high);
}
