/** How the learning rate and the averaging of weights change over a run. */

/** Share of the steps in which the learning rate rises. */
const RISING_SHARE = 0.3;
/** The rate starts at peak / 25 and ends at start / 10,000 (the defaults of Smith's policy in PyTorch). */
const START_DIVISOR = 25;
const END_DIVISOR = 1e4;

/**
 * One-cycle learning rate with cosine slopes (Smith and Topin, 2018, "Super-Convergence").
 * @param step 1 … total
 */
export function oneCycleRate(step: number, total: number, peak: number): number {
  const start = peak / START_DIVISOR;
  const end = start / END_DIVISOR;
  const top = Math.max(1, RISING_SHARE * total - 1);
  const at = step - 1;
  if (at <= top) return cosine(start, peak, at / top);
  return cosine(peak, end, Math.min(1, (at - top) / Math.max(1, total - 1 - top)));
}

function cosine(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}

/**
 * Decay of the weights' exponential moving average, growing from 2/11 to `limit` so that the first, bad weights are
 * soon forgotten.
 * @param step 1-based
 */
export function averagingDecay(step: number, limit: number): number {
  return Math.min(limit, (1 + step) / (10 + step));
}

/** Moves `average` towards `weights` in place: average = decay · average + (1 − decay) · weights. */
export function moveAverage(average: Float32Array, weights: Float32Array, decay: number): void {
  const share = 1 - decay;
  for (let i = 0; i < average.length; i++) average[i] += share * (weights[i] - average[i]);
}
