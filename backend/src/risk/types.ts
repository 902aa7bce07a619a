import type { Cascade, Membership } from '../cascade/types.ts';
import type { LevelName } from '../catalog/levels.ts';
import type { ScorePart } from '../catalog/targets.ts';

/** Earliest time a forecast passes a threshold of a target. */
export interface Breach {
  /** Position in TARGETS. */
  readonly target: number;
  readonly threshold: 'warning' | 'critical';
  /** Seconds from the forecast's origin; 0 where it is past the threshold already. */
  readonly seconds: number;
  readonly value: number;
}

/** One server's risk after a cycle. */
export interface RiskAssessment {
  readonly server: string;
  readonly profile: number;
  /** Step the forecast started from. */
  readonly originStep: number;
  /** 0–100, unrounded; equals the sum of `parts`. */
  readonly score: number;
  readonly level: LevelName;
  readonly parts: Readonly<Record<ScorePart, number>>;
  /** Severity 0–1 of each target; NaN where it is not measured or has no thresholds. */
  readonly severities: Float64Array;
  readonly breaches: readonly Breach[];
  /** The target that contributes most, or -1 for a server without any severity. */
  readonly causeTarget: number;
  /** The cause in plain words, with numbers: "memory used reaches 95 % in 40 minutes". */
  readonly cause: string;
  /** The cascade it is part of, or null. */
  readonly cascade: Membership | null;
  /** Calibrated probability of failure. */
  readonly failureProbability30m: number;
  readonly failureProbability3h: number;
  readonly failureProbability8h: number;
}

export type AlertEventType = 'opened' | 'escalated' | 'deescalated' | 'resolved';

/** About a server, or about servers that deviate together. */
export type AlertKind = 'server' | 'cascade';

export interface Alert {
  readonly id: string;
  readonly kind: AlertKind;
  /** The server; of a cascade, the one that led. */
  readonly server: string;
  readonly profile: number;
  readonly level: LevelName;
  readonly score: number;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly message: string;
  /** Seconds until the expected breach; null where none is in sight. */
  readonly leadSeconds: number | null;
  readonly causeTarget: number;
  /** Id of the cascade a server's alert is part of, or that the alert is about; null for neither. */
  readonly cascade: string | null;
  /** What an alert about a cascade is about, so that it can be followed after a restart; null for a server's. */
  readonly group: Cascade | null;
}

/**
 * Whether a cascade's alert speaks for this one: it is kept and can be asked for, but is not announced on its own. A
 * critical alert always is.
 */
export function isGrouped({ kind, cascade, level }: Alert): boolean {
  return kind === 'server' && cascade !== null && level !== 'critical';
}

export interface AlertEvent {
  /** The same on disk, in every announcement and after a restart: what to drop a repeated announcement by. */
  readonly id: string;
  readonly type: AlertEventType;
  readonly atMs: number;
  readonly previousLevel: LevelName;
  readonly alert: Alert;
}

export interface RiskView {
  assessmentOf(server: string): RiskAssessment | undefined;
  assessments(): Iterable<RiskAssessment>;
  activeAlerts(): readonly Alert[];
}
