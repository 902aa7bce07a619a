/**
 * Adaptive conformal correction: keeps each series' 80% band at 80%, whatever the network believes.
 *
 * Each server, target and horizon of STRETCH_STEPS has two factors, one a side, by which the distance from the median is
 * stretched. When the truth of a scored forecast arrives, a factor grows if the truth lay outside its side and shrinks a
 * little if not, so that in the long run one truth in ten lies outside each side.
 *
 * @see Gibbs & Candès 2021, Adaptive Conformal Inference Under Distribution Shift (the update)
 * @see Angelopoulos, Candès & Tibshirani 2023, Conformal PID Control (tracking a quantile of the score instead of a level)
 */

import { P10, P50, P90, QUANTILE_COUNT, QUANTILES, TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZON_STEPS } from '../catalog/time.ts';

/** Horizons with factors of their own, in steps: 30 minutes, 2 hours, 8 hours. Between them factors are interpolated. */
export const STRETCH_STEPS = [6, 24, 96] as const;
export const STRETCH_COUNT = STRETCH_STEPS.length;
const SIDES = 2;
const LOWER = 0;
const UPPER = 1;
/** Numbers of one server's factors, [TARGET_COUNT][STRETCH_COUNT][lower, upper]. */
export const STRETCH_SIZE = TARGET_COUNT * STRETCH_COUNT * SIDES;

/** Share of truths that lie outside one side of the band. */
const MISS_RATE = QUANTILES[P10];
/**
 * Step of the logarithm of a factor: one miss widens by 11%, nine hits take it back. Chosen on real machines before the
 * week they are tested on: .16 misses 80% by a little less, at bands that cost 0.7% more (Winkler).
 */
const LEARNING_RATE = 0.12;
/** A run of luck must not leave a band too narrow for the next surprise; a broken sensor must not open it for ever. */
const SMALLEST_LOG = Math.log(0.5);
const LARGEST_LOG = Math.log(8);
/** Where the network gives a band without width there is nothing to stretch; this share of the level is taken instead. */
const LEAST_WIDTH = 1e-3;
/** Share of a number by which float32 may be off. */
const ROUNDING = 2 ** -23;

/** Width below which a band, and a difference, means nothing at this level. */
export function leastWidth(median: number): number {
  return LEAST_WIDTH * Math.max(1, Math.abs(median));
}

/**
 * The factor after one truth arrived.
 * @param stretch factor so far, above 0
 * @param missed whether the truth lay outside the stretched side
 */
export function updateStretch(stretch: number, missed: boolean): number {
  const log = Math.log(stretch) + LEARNING_RATE * ((missed ? 1 : 0) - MISS_RATE);
  return Math.exp(Math.min(LARGEST_LOG, Math.max(SMALLEST_LOG, log)));
}

/**
 * Distance of a stretched quantile from the median.
 * @param width distance the network gave
 * @param least distance taken for growth where the network gave less
 */
export function stretchedWidth(width: number, stretch: number, least: number): number {
  return stretch <= 1 ? width * stretch : width + (stretch - 1) * Math.max(width, least);
}

/**
 * Scores one target's forecast against what came and updates both of its factors; a truth or forecast that is missing
 * changes nothing.
 * @param scored [P10, P50, P90] are read from `scoredOffset`
 * @param stretch [lower, upper] are updated at `stretchOffset`
 */
export function scoreForecast(
  truth: number,
  scored: Float32Array,
  scoredOffset: number,
  stretch: Float32Array,
  stretchOffset: number,
): void {
  const median = scored[scoredOffset + 1];
  if (Number.isNaN(truth) || Number.isNaN(median)) return;
  const least = leastWidth(median);
  const lower = stretchOffset + LOWER;
  const upper = stretchOffset + UPPER;
  const below = stretchedWidth(median - scored[scoredOffset], stretch[lower], least);
  const above = stretchedWidth(scored[scoredOffset + 2] - median, stretch[upper], least);
  // The last digit of a float32 is no miss. An absolute allowance would hide every miss of a machine whose traffic is
  // bytes a second, in MB/s.
  const rounding = ROUNDING * Math.max(Math.abs(median), Math.abs(truth));
  stretch[lower] = updateStretch(stretch[lower], median - truth > below + rounding);
  stretch[upper] = updateStretch(stretch[upper], truth - median > above + rounding);
}

/** Whether numbers can be factors: those of a file may be anything. */
export function isStretch(numbers: Float32Array): boolean {
  const [least, most] = [Math.exp(SMALLEST_LOG) * (1 - ROUNDING), Math.exp(LARGEST_LOG) * (1 + ROUNDING)];
  return numbers.length === STRETCH_SIZE && numbers.every((value) => value >= least && value <= most);
}

/** For each horizon step, the scored horizon before it and how far it is on the way to the next, in log time. */
const BETWEEN = Array.from({ length: HORIZON_STEPS }, (_, h) => {
  const step = h + 1;
  const last = STRETCH_COUNT - 1;
  const next = STRETCH_STEPS.findIndex((scored) => scored >= step);
  if (next < 0) return { before: last, after: last, share: 0 };
  if (next === 0) return { before: 0, after: 0, share: 0 };
  const from = Math.log(STRETCH_STEPS[next - 1]);
  const share = (Math.log(step) - from) / (Math.log(STRETCH_STEPS[next]) - from);
  return { before: next - 1, after: next, share };
});

/**
 * Stretches every quantile of one server's forecast around its median, within the target's range. Quantiles that did not
 * cross still do not.
 * @param quantiles [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] from `quantilesOffset`, changed in place
 * @param stretch [TARGET_COUNT][STRETCH_COUNT][lower, upper] from `stretchOffset`
 */
export function applyStretch(
  quantiles: Float32Array,
  quantilesOffset: number,
  stretch: Float32Array,
  stretchOffset: number,
): void {
  for (let target = 0; target < TARGET_COUNT; target++) {
    const factors = stretchOffset + target * STRETCH_COUNT * SIDES;
    if (isOne(stretch, factors)) continue;
    const { max } = TARGET_LIST[target];
    for (let h = 0; h < HORIZON_STEPS; h++) {
      const { before, after, share } = BETWEEN[h];
      const first = factors + before * SIDES;
      const second = factors + after * SIDES;
      const lower = stretch[first + LOWER] * (1 - share) + stretch[second + LOWER] * share;
      const upper = stretch[first + UPPER] * (1 - share) + stretch[second + UPPER] * share;
      stretchStep(
        quantiles,
        quantilesOffset + (target * HORIZON_STEPS + h) * QUANTILE_COUNT,
        lower,
        upper,
        max,
      );
    }
  }
}

function isOne(stretch: Float32Array, offset: number): boolean {
  for (let i = 0; i < STRETCH_COUNT * SIDES; i++) if (stretch[offset + i] !== 1) return false;
  return true;
}

function stretchStep(quantiles: Float32Array, at: number, lower: number, upper: number, max: number): void {
  const median = quantiles[at + P50];
  const least = leastWidth(median);
  for (let q = 0; q < P50; q++) {
    // The inner quantiles take their share of the least width, so that they stay in order.
    const share = (least * (P50 - q)) / (P50 - P10);
    quantiles[at + q] = Math.max(0, median - stretchedWidth(median - quantiles[at + q], lower, share));
  }
  for (let q = P50 + 1; q < QUANTILE_COUNT; q++) {
    const share = (least * (q - P50)) / (P90 - P50);
    quantiles[at + q] = Math.min(max, median + stretchedWidth(quantiles[at + q] - median, upper, share));
  }
}
