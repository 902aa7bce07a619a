/**
 * The four signals and their score.
 *
 * Each is by how much a statistic of the newest hours exceeds what it is in quiet hours, and counts in full from its limit
 * on. The score is the weighted mean, 0–1: no signal reaches the level of detection alone.
 */

import { TARGET_COUNT } from '../../catalog/targets.ts';
import { type DistributionSummary, distributionsOf, type ScoreSummary, scoresOf } from './comparison.ts';
import { type DriftCounts, EDGES, GROUP_COUNT, type HourCounts } from './counts.ts';
import { wasserstein } from './measures.ts';
import { SIGNALS, type Signal, type SignalName, type Signals } from './types.ts';
import type { UsualRanges } from './usualRange.ts';
import { WATCHED, WATCHED_COUNT } from './watched.ts';

export const THRESHOLDS: Readonly<Record<SignalName, number>> = {
  prediction_error_rate: 0.1,
  distribution_shift: 0.2,
  feature_drift: 0.15,
  anomaly_rate: 0.05,
};
export const WEIGHTS: Readonly<Record<SignalName, number>> = {
  prediction_error_rate: 0.4,
  distribution_shift: 0.3,
  feature_drift: 0.2,
  anomaly_rate: 0.1,
};

/** What one group's newest hours are, before it is known whether that is unusual. */
export interface GroupStatistics {
  /** By WATCHED; null where nothing can be compared. */
  readonly distributions: readonly (DistributionSummary | null)[];
  /** How far the distribution moved, in usual deviations, by WATCHED; NaN where that cannot be said. */
  readonly distances: readonly number[];
  /** By TARGETS. */
  readonly scores: readonly (ScoreSummary | null)[];
}

export function statisticsOf(
  counts: DriftCounts,
  window: readonly HourCounts[],
  group: number,
): GroupStatistics {
  const distributions = WATCHED.map((_, metric) => distributionsOf(counts, window, group, metric));
  const distances = distributions.map((one) =>
    one === null ? Number.NaN : wasserstein(one.before, one.now, EDGES),
  );
  const scores = Array.from({ length: TARGET_COUNT }, (_, target) => scoresOf(counts, window, group, target));
  return { distributions, distances, scores };
}

/** Statistics whose usual range is learned, of one group: three of the whole, then those of its metrics. */
const SHIFT = 0;
const ERROR = 1;
const ANOMALIES = 2;
const DISTANCE = 3;
const TARGET_ERROR = DISTANCE + WATCHED_COUNT;
const TARGET_ANOMALIES = TARGET_ERROR + TARGET_COUNT;
const STATISTICS = TARGET_ANOMALIES + TARGET_COUNT;
/** Usual ranges that are kept. */
export const RANGE_COUNT = GROUP_COUNT * STATISTICS;

/** Relative increase of the typical loss over that of the days before. */
export function lossIncrease({ lossBefore, lossNow }: ScoreSummary): number {
  return lossNow / lossBefore - 1;
}

function listOf({ distances, scores }: GroupStatistics): Float64Array {
  const list = new Float64Array(STATISTICS).fill(Number.NaN);
  list[SHIFT] = mean(distances.slice(0, TARGET_COUNT));
  for (const [metric, distance] of distances.entries()) list[DISTANCE + metric] = distance;
  for (const [target, one] of scores.entries()) {
    if (one === null) continue;
    list[TARGET_ERROR + target] = lossIncrease(one);
    list[TARGET_ANOMALIES + target] = one.farNow - one.farBefore;
  }
  list[ERROR] = mean(list.subarray(TARGET_ERROR, TARGET_ANOMALIES));
  list[ANOMALIES] = mean(list.subarray(TARGET_ANOMALIES));
  return list;
}

/** Of those that are no NaN; NaN without any. */
function mean(values: Iterable<number>): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** Adds a quiet hour of a group to what is usual. */
export function learnUsual(ranges: UsualRanges, group: number, statistics: GroupStatistics): void {
  for (const [i, value] of listOf(statistics).entries()) {
    if (!Number.isNaN(value)) ranges.add(group * STATISTICS + i, value);
  }
}

/** By how much a statistic exceeds what is usual; null where that is not known. */
function excess(ranges: UsualRanges, statistic: number, value: number, threshold: number): Signal | null {
  if (Number.isNaN(value) || !ranges.isKnown(statistic)) return null;
  return {
    value: Math.max(0, value - ranges.meanOf(statistic)),
    limit: ranges.limitOf(statistic, threshold),
  };
}

/** What is said of one metric of a group. */
export interface MetricSignals {
  readonly error: Signal | null;
  readonly shift: Signal | null;
  readonly anomalies: Signal | null;
  readonly usualDistance: number;
}

export function metricSignals(
  ranges: UsualRanges,
  group: number,
  metric: number,
  statistics: GroupStatistics,
): MetricSignals {
  const first = group * STATISTICS;
  const list = listOf(statistics);
  const signal = (statistic: number, name: SignalName) =>
    excess(ranges, first + statistic, list[statistic], THRESHOLDS[name]);
  const { isTarget } = WATCHED[metric];
  return {
    error: isTarget ? signal(TARGET_ERROR + metric, 'prediction_error_rate') : null,
    shift: signal(DISTANCE + metric, 'distribution_shift'),
    anomalies: isTarget ? signal(TARGET_ANOMALIES + metric, 'anomaly_rate') : null,
    usualDistance: ranges.meanOf(first + DISTANCE + metric),
  };
}

/** Whether a signal is at its limit or beyond. */
export function isOver(signal: Signal | null): boolean {
  return signal !== null && signal.value >= signal.limit;
}

export function signalsOf(ranges: UsualRanges, group: number, statistics: GroupStatistics): Signals {
  const first = group * STATISTICS;
  const list = listOf(statistics);
  const signal = (statistic: number, name: SignalName) =>
    excess(ranges, first + statistic, list[statistic], THRESHOLDS[name]);
  const inputs = statistics.distances.map((distance, metric) =>
    excess(ranges, first + DISTANCE + metric, distance, THRESHOLDS.distribution_shift),
  );
  const known = inputs.filter((one) => one !== null);
  return {
    prediction_error_rate: signal(ERROR, 'prediction_error_rate'),
    distribution_shift: signal(SHIFT, 'distribution_shift'),
    feature_drift:
      known.length === 0
        ? null
        : { value: known.filter(isOver).length / known.length, limit: THRESHOLDS.feature_drift },
    anomaly_rate: signal(ANOMALIES, 'anomaly_rate'),
  };
}

/**
 * Weighted mean of the signals as shares of their limits, each at most 1. Signals that are not known are left out: without
 * a model there are no errors, and the distributions decide.
 * @returns 0–1; null without a distribution to compare
 */
export function scoreOf(signals: Signals): number | null {
  if (signals.distribution_shift === null) return null;
  let [score, weights] = [0, 0];
  for (const name of SIGNALS) {
    const signal = signals[name];
    if (signal === null) continue;
    score += WEIGHTS[name] * Math.min(1, signal.value / signal.limit);
    weights += WEIGHTS[name];
  }
  return score / weights;
}
