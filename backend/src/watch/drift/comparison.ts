/** What the newest hours are against the same hours of the days before: one group of servers, one metric. */

import {
  BINS,
  type DriftCounts,
  FAR,
  type HourCounts,
  LOG_LOSS,
  metricAt,
  SCORED,
  targetAt,
  USUALS,
  VALUES,
} from './counts.ts';

/** Samples of either side without which nothing is compared; five servers have given so many in three hours. */
const ENOUGH = 15;

/** Distributions of a metric, each over the same hours of the day. */
export interface DistributionSummary {
  /** Shares by bin, which sum to 1. */
  readonly before: Float64Array;
  readonly now: Float64Array;
  readonly samplesBefore: number;
  readonly samplesNow: number;
  /** Mean of the values that were usual at these hours, and of those that came, in the metric's unit. */
  readonly meanBefore: number;
  readonly meanNow: number;
}

/** What forecasts of a target were worth. */
export interface ScoreSummary {
  /** Geometric mean of the losses over what is usual for the server, target and horizon. */
  readonly lossBefore: number;
  readonly lossNow: number;
  /** Share of truths far outside the band. */
  readonly farBefore: number;
  readonly farNow: number;
  readonly scoredBefore: number;
  readonly scoredNow: number;
}

/**
 * Compares hour by hour: an hour of the day weighs among those before as much as it does now, so that a window that
 * reaches over a daily peak is compared with windows that do.
 * @returns null where too little can be compared
 */
export function distributionsOf(
  counts: DriftCounts,
  window: readonly HourCounts[],
  group: number,
  metric: number,
): DistributionSummary | null {
  const at = metricAt(group, metric);
  const [before, now] = [new Float64Array(BINS), new Float64Array(BINS)];
  let [samplesBefore, samplesNow, values, usuals] = [0, 0, 0, 0];
  for (const { hour, counts: newest } of window) {
    const reference = counts.referenceOf(hour);
    const [m, n] = [sum(reference, at, BINS), sum(newest, at, BINS)];
    if (m === 0 || n === 0) continue;
    for (let bin = 0; bin < BINS; bin++) {
      before[bin] += (reference[at + bin] / m) * n;
      now[bin] += newest[at + bin];
    }
    samplesBefore += m;
    samplesNow += n;
    values += newest[at + VALUES];
    usuals += newest[at + USUALS];
  }
  if (samplesBefore < ENOUGH || samplesNow < ENOUGH) return null;
  for (let bin = 0; bin < BINS; bin++) {
    before[bin] /= samplesNow;
    now[bin] /= samplesNow;
  }
  const [meanBefore, meanNow] = [usuals / samplesNow, values / samplesNow];
  return { before, now, samplesBefore, samplesNow, meanBefore, meanNow };
}

/** @returns null where too little can be compared */
export function scoresOf(
  counts: DriftCounts,
  window: readonly HourCounts[],
  group: number,
  target: number,
): ScoreSummary | null {
  const at = targetAt(group, target);
  let [lossBefore, lossNow, farBefore, farNow, scoredBefore, scoredNow] = [0, 0, 0, 0, 0, 0];
  for (const { hour, counts: newest } of window) {
    const reference = counts.referenceOf(hour);
    const [m, n] = [reference[at + SCORED], newest[at + SCORED]];
    if (m === 0 || n === 0) continue;
    lossBefore += (reference[at + LOG_LOSS] / m) * n;
    farBefore += (reference[at + FAR] / m) * n;
    lossNow += newest[at + LOG_LOSS];
    farNow += newest[at + FAR];
    scoredBefore += m;
    scoredNow += n;
  }
  if (scoredBefore < ENOUGH || scoredNow < ENOUGH) return null;
  return {
    lossBefore: Math.exp(lossBefore / scoredNow),
    lossNow: Math.exp(lossNow / scoredNow),
    farBefore: farBefore / scoredNow,
    farNow: farNow / scoredNow,
    scoredBefore,
    scoredNow,
  };
}

function sum(numbers: Float64Array, from: number, count: number): number {
  let total = 0;
  for (let i = from; i < from + count; i++) total += numbers[i];
  return total;
}
