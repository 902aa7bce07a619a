/** What a replay is asked, and what it answers. */
import type { Annotation } from '../annotations/types.ts';
import type { LevelName } from '../catalog/levels.ts';
import type { ProfileName } from '../catalog/profiles.ts';
import type { RiskConfig } from '../risk/config.ts';
import type { Outcome } from './alerts/judgement.ts';

/** What is asked, whoever asks. */
export interface ReplayQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  /** Servers to replay; null: all. */
  readonly names: readonly string[] | null;
  readonly today: RiskConfig;
  readonly proposed: RiskConfig;
  /** Folder of the bundle. */
  readonly model: string;
  readonly annotations: readonly Annotation[];
}

/** The life of one alert under one configuration. */
export interface AlertLife {
  /** ISO 8601, as all times here. */
  readonly opened_at: string;
  /** Null: open at the end. */
  readonly resolved_at: string | null;
  readonly level: LevelName;
  readonly peak_level: LevelName;
  readonly peak_score: number;
  readonly cause_metric: string | null;
  readonly outcome: Outcome;
  readonly lead_seconds: number | null;
  readonly muted: boolean;
  readonly why: string;
}

export type Side = 'both' | 'proposed' | 'today';

/** An alert, and the one of the other side that stood at the same time. */
export interface ComparedAlert {
  readonly server_name: string;
  readonly profile: ProfileName;
  readonly in: Side;
  readonly proposed: AlertLife | null;
  readonly today: AlertLife | null;
}

/** What the alerts of one configuration came to; those that were muted count only as such. */
export interface Totals {
  readonly opened: number;
  readonly true: number;
  readonly late: number;
  readonly false: number;
  readonly unknown: number;
  readonly muted: number;
  /** True among true, late and false; null without any. */
  readonly precision: number | null;
  /** Median over true alerts; null without any. */
  readonly median_lead_seconds: number | null;
  /** Events that an alert came in time for. */
  readonly events_caught: number;
}

export interface ForecastFigures {
  /** Runs of the network. */
  readonly made: number;
  /** Steps from which every server could have been forecast. */
  readonly possible: number;
  /** Forecasts taken from an earlier replay. */
  readonly cached: number;
  readonly stride_minutes: number;
  readonly seconds: number;
}

/** Both sides' alerts, and what they came to. */
export interface Comparison {
  readonly proposed: Totals;
  readonly today: Totals;
  /** Breaches and failures that could have been warned of. */
  readonly events: number;
  readonly both: number;
  readonly only_proposed: number;
  readonly only_today: number;
  /** Newest first. */
  readonly alerts: readonly ComparedAlert[];
}

export interface ReplayResult extends Comparison {
  readonly summary: string;
  readonly model: string;
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly servers: number;
  readonly server_days: number;
  readonly alerts_total: number;
  /** The proposed settings as a configuration file has them. */
  readonly yaml: string;
  readonly forecasts: ForecastFigures;
  readonly warnings: readonly string[];
}

export type ReplayState = 'reading' | 'forecasting' | 'evaluating';

export interface ReplayProgress {
  readonly state: ReplayState;
  /** 0–100, of the whole. */
  readonly percent: number;
  readonly secondsLeft: number | null;
}
