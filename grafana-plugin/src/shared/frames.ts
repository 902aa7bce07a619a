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
