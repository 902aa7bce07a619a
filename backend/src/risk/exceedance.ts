import { QUANTILE_COUNT, QUANTILES } from '../catalog/targets.ts';

const OUTER_PROBABILITY = QUANTILES[0];
const QUANTILE_STEP = QUANTILES[1] - QUANTILES[0];
const LAST = QUANTILE_COUNT - 1;

/**
 * Length over which the tail beyond the outer quantiles falls by a factor e: a quarter of the way from warning to
 * critical, but at most a twentieth of the warning threshold, so that a value near 0 is not thought able to jump. It is
 * tied to the thresholds and not to the spacing of the quantiles, because a tail that shortens when the 8th quantile
 * rises towards the 9th would make a worse forecast look safer.
 */
const TAIL_LENGTHS_BETWEEN_THRESHOLDS = 4;
const TAIL_LENGTHS_TO_WARNING = 20;

/** Tail length for a pair of thresholds, in target units. */
export function tailLength(warning: number, critical: number): number {
  return Math.min((critical - warning) / TAIL_LENGTHS_BETWEEN_THRESHOLDS, warning / TAIL_LENGTHS_TO_WARNING);
}

/**
 * Probability that a value is at or above a threshold, from its nine quantiles: the distribution function is linear
 * between quantiles and has exponential tails beyond P10 and P90. Never falls when any quantile rises.
 * @param quantiles target units, not crossing, QUANTILE_COUNT of them from `offset`
 * @param tail tail length in target units, above 0
 * @returns 0–1
 */
export function exceedance(quantiles: Float32Array, offset: number, threshold: number, tail: number): number {
  const highest = quantiles[offset + LAST];
  if (threshold > highest) return OUTER_PROBABILITY * Math.exp((highest - threshold) / tail);
  const lowest = quantiles[offset];
  if (threshold <= lowest) return 1 - OUTER_PROBABILITY * Math.exp((threshold - lowest) / tail);
  let upper = 1;
  while (quantiles[offset + upper] < threshold) upper += 1;
  const below = quantiles[offset + upper - 1];
  const share = (threshold - below) / (quantiles[offset + upper] - below);
  return 1 - QUANTILES[upper - 1] - QUANTILE_STEP * share;
}
