/** When a deviation began: the change point of a series that is flat and then grows. */
import { MOST_LAG_STEPS } from './correlation.ts';
import type { Deviations } from './deviations.ts';
import { MOST_Z } from './deviations.ts';

/** Steps the change point is looked for in. */
export const SEARCHED_STEPS = 36;
/**
 * Standard error of a course around the line, in spreads, and as a share of its height: no course is quite a line. It says
 * how sharply a change point is known.
 */
const NOISE = 0.5;
const NOISE_OF_HEIGHT = 0.2;
/** A course is looked at up to here: what comes after growth, a plateau or an end, says nothing about the beginning. */
const GROWTH_ENDS_AT = 0.8 * MOST_Z;

/**
 * Probabilities of the steps at which a server began to deviate: the likelihood of a line that is 0 until a step and
 * rises from there (least squares, normal noise), over all its signals at once.
 * @param firstStep of the steps looked at; position i of the answer is step firstStep + i
 * @param signals positions in SIGNALS with the sign of the deviation
 */
export function onsetProbabilities(
  deviations: Deviations,
  slot: number,
  firstStep: number,
  lastStep: number,
  signals: readonly { readonly signal: number; readonly sign: number }[],
): Float64Array {
  const count = lastStep - firstStep + 1;
  const cost = new Float64Array(count);
  for (const { signal, sign } of signals) {
    const series = new Float64Array(count);
    for (let i = 0; i < count; i++) series[i] = deviations.at(slot, firstStep + i, signal) * sign;
    addCosts(growingPart(series), cost);
  }
  return normalized(cost);
}

/** The series up to where it has grown to its height. */
function growingPart(series: Float64Array): Float64Array {
  let highest = 0;
  for (const z of series) if (z > highest) highest = z;
  const height = Math.min(GROWTH_ENDS_AT, 0.8 * highest);
  const end = series.findIndex((z) => z >= height);
  return series.subarray(0, end < 0 ? series.length : end + 1);
}

/** Adds the squared error, in units of the noise, of a hinge at each step. */
function addCosts(series: Float64Array, cost: Float64Array): void {
  const height = series.reduce((high, z) => (z > high ? z : high), 0);
  const variance = 2 * Math.max(NOISE, NOISE_OF_HEIGHT * height) ** 2;
  for (let onset = 0; onset < cost.length; onset++) {
    let sumTZ = 0;
    let sumTT = 0;
    let sumZZ = 0;
    for (let i = 0; i < series.length; i++) {
      const z = series[i];
      if (Number.isNaN(z)) continue;
      sumZZ += z * z;
      if (i < onset) continue;
      const t = i - onset + 1;
      sumTZ += t * z;
      sumTT += t * t;
    }
    const explained = sumTT > 0 && sumTZ > 0 ? (sumTZ * sumTZ) / sumTT : 0;
    cost[onset] += (sumZZ - explained) / variance;
  }
}

function normalized(cost: Float64Array): Float64Array {
  const least = cost.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const weights = cost.map((value) => Math.exp(least - value));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Most probable step of a change point, as a position. */
export function expectedOnset(weights: Float64Array): number {
  return weights.reduce((sum, weight, i) => sum + weight * i, 0);
}

/**
 * Positions of those that began so long before all others that nobody followed them: what they have is their own.
 * @param onsets steps, or positions, of the change points
 */
export function unfollowed(onsets: readonly number[]): readonly number[] {
  const order = onsets.map((_, i) => i).sort((a, b) => onsets[a] - onsets[b]);
  const next = order.findIndex(
    (at, i) => i + 1 < order.length && onsets[order[i + 1]] - onsets[at] <= MOST_LAG_STEPS,
  );
  return order.slice(0, Math.max(0, next));
}

export interface Order {
  /** Most probable step of each, as a position. */
  readonly onsets: readonly number[];
  /** Position of the one that began first. */
  readonly first: number;
  /** Probability that none of the others began before it. */
  readonly confidence: number;
}

/** Who began first, from the probabilities of when each did, taken as independent. */
export function orderOf(distributions: readonly Float64Array[]): Order {
  const means = distributions.map(expectedOnset);
  const onsets = means.map((mean) => Math.round(mean));
  let first = 0;
  for (let i = 1; i < means.length; i++) if (means[i] < means[first]) first = i;
  const steps = distributions[first].length;
  let confidence = 0;
  const notBefore = distributions.map(() => 1);
  for (let step = 0; step < steps; step++) {
    let others = 1;
    for (let i = 0; i < distributions.length; i++) if (i !== first) others *= Math.max(0, notBefore[i]);
    confidence += distributions[first][step] * others;
    for (let i = 0; i < distributions.length; i++) notBefore[i] -= distributions[i][step];
  }
  return { onsets, first, confidence: Math.min(1, confidence) };
}
