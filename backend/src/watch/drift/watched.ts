/** The metrics drift is looked for in: every forecast one, then those that only go into the network. */

import { METRIC, METRICS, type MetricUnit } from '../../catalog/metrics.ts';
import { TARGET_LIST, targetValue } from '../../catalog/targets.ts';

export interface WatchedMetric {
  readonly name: string;
  readonly unit: MetricUnit;
  /** Whether it is forecast; its position in WATCHED is then the one in TARGETS. */
  readonly isTarget: boolean;
  /** Value in a window row, in the metric's unit; NaN where it was not measured. */
  read(rows: Float32Array, rowOffset: number): number;
}

/** Inputs that no target is read from. Uptime is left out: it grows by itself and a restart sets it back. */
const ONLY_INPUTS = [METRIC.cpuUser, METRIC.cpuSys, METRIC.cpuIowait, METRIC.javaCpu];

export const WATCHED: readonly WatchedMetric[] = [
  ...TARGET_LIST.map((target) => ({
    name: target.name,
    unit: target.unit,
    isTarget: true,
    read: (rows: Float32Array, rowOffset: number) => targetValue(target, rows, rowOffset),
  })),
  ...ONLY_INPUTS.map((metric) => ({
    name: METRICS[metric].name,
    unit: METRICS[metric].unit,
    isTarget: false,
    read: (rows: Float32Array, rowOffset: number) => rows[rowOffset + metric],
  })),
];
export const WATCHED_COUNT = WATCHED.length;

/**
 * A value on the scale that deviations are measured on: percentages as they are, what has no upper bound by its
 * logarithm, since traffic and connections vary by factors.
 */
export function scaled(unit: MetricUnit, value: number): number {
  return unit === '%' ? value : Math.log(value + LOG_OFFSET[unit]);
}

/** The inverse of scaled. */
export function unscaled(unit: MetricUnit, value: number): number {
  return unit === '%' ? value : Math.max(0, Math.exp(value) - LOG_OFFSET[unit]);
}

/** Amounts near which a difference means nothing any more. */
const LOG_OFFSET: Readonly<Record<MetricUnit, number>> = {
  '%': 0,
  'MB/s': 0.02,
  connections: 1,
  load: 0.1,
  days: 1,
};

/** Smallest usual deviation: what moves by less stands still. Half a point, or five percent. */
export function leastDeviation(unit: MetricUnit): number {
  return unit === '%' ? 0.5 : 0.05;
}
