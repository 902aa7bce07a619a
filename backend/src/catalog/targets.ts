import type { MetricUnit } from './metrics.ts';
import { METRIC } from './metrics.ts';

/** The parts that a server's own forecast gives a risk score. */
export const RISK_PARTS = ['cpu', 'memory', 'disk', 'network', 'connections'] as const;
export type RiskPart = (typeof RISK_PARTS)[number];
/** What a risk score splits into: the parts of a server's own forecast, and what being part of a cascade adds. */
export const SCORE_PARTS = [...RISK_PARTS, 'cascade'] as const;
export type ScorePart = (typeof SCORE_PARTS)[number];

export interface Thresholds {
  readonly warning: number;
  readonly critical: number;
}

export interface TargetDefinition {
  /** Name in forecasts, metrics and the API. */
  readonly name: string;
  readonly label: string;
  readonly unit: MetricUnit;
  /** Row position of the metric it is read from. */
  readonly metric: number;
  /** 'complement' means 100 minus the metric: cpu_used_pct is 100 minus cpu_idle_pct. */
  readonly derivation: 'same' | 'complement';
  readonly max: number;
  /** Part of the risk score it feeds; null: forecast and shown, but without a severity of its own. */
  readonly part: RiskPart | null;
  /** Default thresholds; null where no number is bad for every server (load depends on the cores). */
  readonly thresholds: Thresholds | null;
  /**
   * A stock fills up and stays full until somebody acts; a flow may run at its limit by habit, every night, and come to
   * no harm.
   */
  readonly quantity: 'stock' | 'flow';
}

/**
 * The forecast metrics, in the order of every forecast tensor.
 * Network thresholds are 72% and 88% of a gigabit interface (125 MB/s); configure them per profile where links differ.
 */
export const TARGETS = [
  {
    name: 'cpu_used_pct',
    label: 'CPU used',
    unit: '%',
    metric: METRIC.cpuIdle,
    derivation: 'complement',
    max: 100,
    part: 'cpu',
    thresholds: { warning: 85, critical: 95 },
    quantity: 'flow',
  },
  {
    name: 'mem_used_pct',
    label: 'Memory used',
    unit: '%',
    metric: METRIC.memUsed,
    derivation: 'same',
    max: 100,
    part: 'memory',
    thresholds: { warning: 88, critical: 95 },
    quantity: 'stock',
  },
  {
    name: 'swap_used_pct',
    label: 'Swap used',
    unit: '%',
    metric: METRIC.swapUsed,
    derivation: 'same',
    max: 100,
    part: 'memory',
    thresholds: { warning: 50, critical: 80 },
    quantity: 'stock',
  },
  {
    name: 'disk_usage_pct',
    label: 'Disk used',
    unit: '%',
    metric: METRIC.diskUsage,
    derivation: 'same',
    max: 100,
    part: 'disk',
    thresholds: { warning: 88, critical: 95 },
    quantity: 'stock',
  },
  {
    name: 'net_in_mb_s',
    label: 'Network in',
    unit: 'MB/s',
    metric: METRIC.netIn,
    derivation: 'same',
    max: Number.POSITIVE_INFINITY,
    part: 'network',
    thresholds: { warning: 90, critical: 110 },
    quantity: 'flow',
  },
  {
    name: 'net_out_mb_s',
    label: 'Network out',
    unit: 'MB/s',
    metric: METRIC.netOut,
    derivation: 'same',
    max: Number.POSITIVE_INFINITY,
    part: 'network',
    thresholds: { warning: 90, critical: 110 },
    quantity: 'flow',
  },
  {
    name: 'back_close_wait',
    label: 'Back-end CLOSE_WAIT',
    unit: 'connections',
    metric: METRIC.backCloseWait,
    derivation: 'same',
    max: Number.POSITIVE_INFINITY,
    part: 'connections',
    thresholds: { warning: 200, critical: 500 },
    quantity: 'stock',
  },
  {
    name: 'front_close_wait',
    label: 'Front-end CLOSE_WAIT',
    unit: 'connections',
    metric: METRIC.frontCloseWait,
    derivation: 'same',
    max: Number.POSITIVE_INFINITY,
    part: 'connections',
    thresholds: { warning: 200, critical: 500 },
    quantity: 'stock',
  },
  {
    name: 'load_average',
    label: 'Load average',
    unit: 'load',
    metric: METRIC.loadAverage,
    derivation: 'same',
    max: Number.POSITIVE_INFINITY,
    part: null,
    thresholds: null,
    quantity: 'flow',
  },
] as const satisfies readonly TargetDefinition[];

export const TARGET_COUNT = TARGETS.length;

/** The same table under its general type, for code that loops over it. */
export const TARGET_LIST: readonly TargetDefinition[] = TARGETS;

const indexByName: ReadonlyMap<string, number> = new Map(
  TARGETS.map((target, index) => [target.name, index]),
);

/** Position of a target in forecast tensors, or -1 for a name that is not forecast. */
export function targetIndex(name: string): number {
  return indexByName.get(name) ?? -1;
}

/** Value of a target in a window row; NaN where the metric was not measured. */
export function targetValue(target: TargetDefinition, rows: Float32Array, rowOffset: number): number {
  const value = rows[rowOffset + target.metric];
  return target.derivation === 'complement' ? 100 - value : value;
}

/** Quantile levels the network computes, in tensor order. */
export const QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;
export const QUANTILE_COUNT = QUANTILES.length;
/** Positions of P10, P50 and P90 in QUANTILES: the ones that are kept and shown. */
export const P10 = 0;
export const P50 = 4;
export const P90 = 8;
