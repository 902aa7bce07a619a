/** Distances between two histograms on the same edges. */

/**
 * Share that an empty bin is taken to have: one sample in a thousand. Without it one value in a bin that was empty before
 * would make the index infinite.
 */
const LEAST_SHARE = 1e-3;

/**
 * Population stability index: the symmetric Kullback–Leibler divergence (Jeffreys, 1946) of two binned distributions,
 * Σ (p − q) ln(p / q). By convention below 0.1 is no change, above 0.2–0.25 a significant one.
 *
 * @see Siddiqi 2006, Credit Risk Scorecards, ch. 8 (the index and its convention)
 * @see Yurdakul & Naranjo 2020, Statistical properties of the population stability index (its distribution by chance)
 * @param before shares that sum to 1
 * @param now shares on the same edges
 * @returns 0 for equal shares, no upper bound that matters
 */
export function stabilityIndex(before: ArrayLike<number>, now: ArrayLike<number>): number {
  let index = 0;
  for (let bin = 0; bin < before.length; bin++) {
    const p = Math.max(LEAST_SHARE, now[bin]);
    const q = Math.max(LEAST_SHARE, before[bin]);
    index += (p - q) * Math.log(p / q);
  }
  return index;
}

/**
 * Kolmogorov–Smirnov distance at the edges: the greatest difference of the cumulative shares, 0–1. A lower bound of the
 * distance of the values themselves.
 */
export function kolmogorovSmirnov(before: ArrayLike<number>, now: ArrayLike<number>): number {
  let [difference, greatest] = [0, 0];
  for (let bin = 0; bin < before.length; bin++) {
    difference += now[bin] - before[bin];
    greatest = Math.max(greatest, Math.abs(difference));
  }
  return greatest;
}

/**
 * Wasserstein-1 (earth mover's) distance: the area between the cumulative shares, in the unit of the edges. A distribution
 * that moves as a whole is as far away as it moved. Between edges the shares are taken to rise evenly; what moves within
 * the open bins at the ends is not seen, so that a few values far out do not outweigh all others.
 *
 * @see Vallender 1974, Calculation of the Wasserstein distance between probability distributions on the line
 * @param edges one fewer than there are bins, rising
 */
export function wasserstein(
  before: ArrayLike<number>,
  now: ArrayLike<number>,
  edges: readonly number[],
): number {
  let area = 0;
  let left = now[0] - before[0];
  for (let edge = 1; edge < edges.length; edge++) {
    const right = left + now[edge] - before[edge];
    area += areaBetween(left, right) * (edges[edge] - edges[edge - 1]);
    left = right;
  }
  return area;
}

/** Mean of the absolute value of a line from one end to the other. */
function areaBetween(left: number, right: number): number {
  if (left * right >= 0) return (Math.abs(left) + Math.abs(right)) / 2;
  return (left * left + right * right) / (2 * (Math.abs(left) + Math.abs(right)));
}
