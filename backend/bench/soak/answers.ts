/** The parts of Argus's answers that a soak run looks at. */

export const DRIFT_SIGNALS = [
  'prediction_error_rate',
  'distribution_shift',
  'feature_drift',
  'anomaly_rate',
] as const;
export type DriftSignalName = (typeof DRIFT_SIGNALS)[number];

export interface StatusAnswer {
  readonly servers_by_mode: Readonly<Record<string, number>>;
}

export interface ModelsAnswer {
  readonly current_model: string | null;
}

export interface ReportCardAnswer {
  readonly rows: readonly {
    readonly metric: string;
    readonly horizon: string;
    readonly scored: number;
    readonly skill: number | null;
    readonly coverage: number;
  }[];
}

export interface DriftAnswer {
  readonly status: 'learning' | 'quiet' | 'drifting';
  readonly score: number | null;
  readonly profiles: readonly {
    readonly profile: string;
    readonly status: string;
    readonly score: number | null;
    readonly signals: Readonly<Record<DriftSignalName, { readonly value: number } | null>>;
  }[];
}

export interface CascadeAnswer {
  readonly cascades: readonly {
    readonly id: string;
    readonly state: string;
    readonly started_at: string;
    readonly detected_at: string;
    readonly leader: { readonly server_name: string };
    readonly common: { readonly kind: string; readonly key: string | null; readonly value: string | null };
    readonly members: readonly { readonly server_name: string }[];
  }[];
}

export interface AlertsAnswer {
  readonly alerts: readonly { readonly level: string; readonly kind?: 'server' | 'cascade' }[];
}

export interface HistoryStatusAnswer {
  readonly healthy: boolean;
  readonly days: number;
  readonly files: number;
  readonly rows_lost: number;
}

export interface TrainingStatusAnswer {
  readonly training_active: boolean;
}

export interface TrainingStatsAnswer {
  readonly trainings: readonly {
    readonly training_id: string;
    readonly trigger: string;
    readonly cause?: string | null;
    readonly started_at: string;
    readonly finished_at: string;
    readonly outcome: string;
    readonly reason: string;
    readonly model: string | null;
    readonly comparison: { readonly loss_old: number; readonly loss_new: number } | null;
  }[];
}

export interface ForecastAnswer {
  readonly targets: Readonly<
    Record<
      string,
      { readonly p10: readonly number[]; readonly p50: readonly number[]; readonly p90: readonly number[] }
    >
  >;
}

/** @returns null where there is no such route or nothing to answer yet @throws Error where nobody answers */
export async function ask<T>(rest: string, path: string): Promise<T | null> {
  const answer = await fetch(`${rest}${path}`);
  const body = await answer.text();
  return answer.ok ? (JSON.parse(body) as T) : null;
}

/** Like ask, for what has to be there. @throws Error */
export async function mustAsk<T>(rest: string, path: string): Promise<T> {
  const answer = await ask<T>(rest, path);
  if (answer === null) throw new Error(`GET ${path} gave no answer.`);
  return answer;
}
