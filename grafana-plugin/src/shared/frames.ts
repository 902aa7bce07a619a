/**
 * Shapes of the data frames that the data source makes and the panels read. A panel finds a field by its name here, never
 * by position; `frame.meta.custom` holds `ArgusFrameMeta`.
 */

/**
 * forecast: one frame a server and metric, times ascending over past and future in steps of five minutes. `actual` is
 * what was measured (null from the origin on), the band is null before the origin. Fields carry labels {server, metric},
 * the unit, a display name and, on `yhat`, the thresholds. `past_yhat*`: what was forecast earlier for a time, where asked.
 */
export const FORECAST_FIELD = {
  time: 'time',
  actual: 'actual',
  yhat: 'yhat',
  lower: 'yhat_lower',
  upper: 'yhat_upper',
  pastYhat: 'past_yhat',
  pastLower: 'past_yhat_lower',
  pastUpper: 'past_yhat_upper',
} as const;

/** fleet: one table frame, a row a server, those at most risk first; null = not known. */
export const FLEET_FIELD = {
  server: 'server',
  profile: 'profile',
  level: 'level',
  risk: 'risk',
  mode: 'mode',
  probability30m: 'probability_30m',
  probability8h: 'probability_8h',
  /** Seconds until the soonest expected breach. */
  timeToBreach: 'time_to_breach',
  breachMetric: 'breach_metric',
  breachThreshold: 'breach_threshold',
  cause: 'cause',
  /** Why a server has no score. */
  reason: 'reason',
} as const;

/** risk over time: one frame a server, labels {server}; risk now: one table, a row a server. Parts where asked for. */
export const RISK_FIELD = {
  time: 'time',
  server: 'server',
  profile: 'profile',
  level: 'level',
  risk: 'risk',
} as const;

/** probability, as risk: over time or now; fractions. */
export const PROBABILITY_FIELD = {
  time: 'time',
  server: 'server',
  profile: 'profile',
  probability30m: 'probability_30m',
  probability8h: 'probability_8h',
} as const;

/** time_to_breach: one table, a row an expected breach, the soonest first. */
export const BREACH_FIELD = {
  /** Moment it is expected at. */
  time: 'time',
  server: 'server',
  profile: 'profile',
  metric: 'metric',
  threshold: 'threshold',
  seconds: 'seconds',
  value: 'value',
} as const;

/** alerts: one table, a row an alert, the newest first; `time_end` is null while it is open. */
export const ALERT_FIELD = {
  time: 'time',
  timeEnd: 'time_end',
  server: 'server',
  profile: 'profile',
  /** The highest it reached. */
  level: 'level',
  risk: 'risk',
  message: 'message',
  causeMetric: 'cause_metric',
  /** Seconds from opening to the expected breach. */
  lead: 'lead',
  id: 'id',
} as const;

/** report_card: one table; a row a metric and horizon of the fleet, or a row a metric of one server. */
export const REPORT_FIELD = {
  server: 'server',
  metric: 'metric',
  horizon: 'horizon',
  forecaster: 'forecaster',
  scored: 'scored',
  skill: 'skill',
  coverage: 'coverage',
  modelLoss: 'model_loss',
  bestBaseline: 'best_baseline',
  bestBaselineLoss: 'best_baseline_loss',
  winkler: 'winkler',
  reason: 'reason',
} as const;

/** explanation: one table a server, its groups by weight; the whole answer is in the frame's meta. */
export const EXPLANATION_FIELD = {
  group: 'group',
  value: 'value',
  share: 'share',
} as const;

export type ArgusFrameKind =
  | 'fleet'
  | 'forecast'
  | 'risk'
  | 'probability'
  | 'time_to_breach'
  | 'alerts'
  | 'report_card'
  | 'explanation';

export interface ArgusFrameMeta {
  readonly argus: ArgusFrameKind;
  /** End of the newest step a forecast knows, in ms since the epoch. */
  readonly originMs?: number;
  /** Moment the backend answered at, in ms since the epoch. */
  readonly asOfMs?: number;
  readonly server?: string;
  readonly profile?: string;
  readonly mode?: string;
  readonly metric?: string;
  /** Whose forecast it is: model, or the baseline that has been better. */
  readonly forecaster?: string;
  readonly thresholds?: { readonly warning: number; readonly critical: number } | null;
  /** explanation: the answer of GET /explain/{server}, as `data/explanation.ts` decodes it. */
  readonly explanation?: unknown;
}
