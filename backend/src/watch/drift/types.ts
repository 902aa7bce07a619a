import type { DistributionSummary, ScoreSummary } from './comparison.ts';

/** The four signals, in the order they are shown. */
export const SIGNALS = [
  'prediction_error_rate',
  'distribution_shift',
  'feature_drift',
  'anomaly_rate',
] as const;
export type SignalName = (typeof SIGNALS)[number];

export type DriftStatus = 'learning' | 'quiet' | 'drifting';

/** A signal of a group of servers. */
export interface Signal {
  /** By how much the newest hours exceed what is usual, at least 0. */
  readonly value: number;
  /** The threshold, or more where quiet hours of this group vary by more. */
  readonly limit: number;
}

/** Null: nothing to compare yet. */
export type Signals = Readonly<Record<SignalName, Signal | null>>;

export interface GroupState {
  /** Position in GROUPS. */
  readonly group: number;
  readonly status: DriftStatus;
  /** Step at which the drift was detected; null while none is. */
  readonly sinceStep: number | null;
  /** 0–1; null while learning. */
  readonly score: number | null;
  readonly signals: Signals;
}

/** One metric of one group. */
export interface MetricState {
  /** Position in GROUPS. */
  readonly group: number;
  /** Position in WATCHED. */
  readonly metric: number;
  /** Relative increase of the loss, distance of the distributions and share of anomalies, each above what is usual. */
  readonly predictionError: number | null;
  readonly shift: number | null;
  readonly anomalies: number | null;
  readonly isShifted: boolean;
  readonly distributions: DistributionSummary;
  /** How far apart the distributions are in quiet hours, in usual deviations. */
  readonly usualDistance: number;
  /** Null where nothing was scored. */
  readonly scores: ScoreSummary | null;
}

export interface DriftState {
  readonly status: DriftStatus;
  /** Step of the oldest drift that goes on; null while there is none. */
  readonly sinceStep: number | null;
  /** Greatest of the groups; null while learning. */
  readonly score: number | null;
  /** In a sentence, with the numbers. */
  readonly message: string;
  readonly modelId: string | null;
  /** Step this reference began with; null before the first cycle. */
  readonly referenceStep: number | null;
  /** Step at which it was complete; null while it is learned. */
  readonly learnedStep: number | null;
  readonly referenceHours: number;
  /** Those with servers. */
  readonly groups: readonly GroupState[];
}

export interface DriftView {
  readonly state: DriftState;
  /** Evidence by metric; worked out when it is asked for. */
  metrics(): readonly MetricState[];
}
