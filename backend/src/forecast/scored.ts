/** What is kept of a forecast until its truth comes: the ends and the middle of its band at a few horizons. */

import { P10, P50, P90, QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_COUNT, HORIZON_STEPS, HORIZONS } from '../catalog/time.ts';

/** Fields of one target and horizon: the band as the forecaster gave it, then as it was widened or narrowed. */
export const RAW_LOW = 0;
export const MEDIAN = 1;
export const RAW_HIGH = 2;
export const LOW = 3;
export const HIGH = 4;
export const SCORED_FIELDS = 5;
/** Numbers of one server's forecast, [TARGET_COUNT][HORIZON_COUNT][SCORED_FIELDS]. */
export const SCORED_SIZE = TARGET_COUNT * HORIZON_COUNT * SCORED_FIELDS;

/** Copies the fields of one server's forecast that `fields` names by quantile. */
function copy(
  quantiles: Float32Array,
  quantilesOffset: number,
  scored: Float32Array,
  scoredOffset: number,
  fields: readonly (readonly [field: number, quantile: number])[],
): void {
  let to = scoredOffset;
  for (let target = 0; target < TARGET_COUNT; target++) {
    for (const { steps } of HORIZONS) {
      const from = quantilesOffset + (target * HORIZON_STEPS + steps - 1) * QUANTILE_COUNT;
      for (const [field, quantile] of fields) scored[to + field] = quantiles[from + quantile];
      to += SCORED_FIELDS;
    }
  }
}

const RAW = [
  [RAW_LOW, P10],
  [MEDIAN, P50],
  [RAW_HIGH, P90],
] as const;
const CORRECTED = [
  [LOW, P10],
  [HIGH, P90],
] as const;

/**
 * Takes the fields of a forecast before its bands are corrected.
 * @param quantiles [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] is read from `quantilesOffset`
 * @param scored [SCORED_SIZE] is written from `scoredOffset`
 */
export function copyRaw(
  quantiles: Float32Array,
  quantilesOffset: number,
  scored: Float32Array,
  scoredOffset: number,
): void {
  copy(quantiles, quantilesOffset, scored, scoredOffset, RAW);
}

/** Takes the fields of the same forecast after its bands were corrected. */
export function copyCorrected(
  quantiles: Float32Array,
  quantilesOffset: number,
  scored: Float32Array,
  scoredOffset: number,
): void {
  copy(quantiles, quantilesOffset, scored, scoredOffset, CORRECTED);
}
