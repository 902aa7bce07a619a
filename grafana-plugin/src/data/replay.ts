/** The past run again through today's model under other settings: /replay. */
import * as v from 'valibot';
import type { ArgusClient } from './client';

const maybeNumber = v.nullable(v.number());
const maybeText = v.nullable(v.string());

const pairSchema = v.object({ warning: v.number(), critical: v.number() });
/** Null: the metric has no thresholds. */
const thresholdsSchema = v.record(v.string(), v.nullable(pairSchema));

/** Words this page does not edit are sent back as they came. */
const rulesSchema = v.looseObject({ thresholds: v.optional(thresholdsSchema) });

const riskSchema = v.looseObject({
  thresholds: v.optional(thresholdsSchema),
  profiles: v.optional(v.record(v.string(), rulesSchema), {}),
  alerts: v.looseObject({
    minimumLevel: v.string(),
    holdCycles: v.number(),
    hysteresisPoints: v.number(),
  }),
});

const targetSchema = v.object({
  name: v.string(),
  label: v.string(),
  unit: v.string(),
  /** Highest value there is; null: none. */
  max: maybeNumber,
});

const settingsSchema = v.object({
  risk: riskSchema,
  targets: v.array(targetSchema),
  effective: v.array(v.object({ profile: v.string(), thresholds: thresholdsSchema })),
  history: v.nullable(v.object({ from: v.string(), to: v.string() })),
  history_problem: v.nullish(v.string()),
});

const countsSchema = v.object({
  opened: v.number(),
  true: v.number(),
  late: v.number(),
  false: v.number(),
  unknown: v.number(),
  muted: v.number(),
  precision: maybeNumber,
  median_lead_seconds: maybeNumber,
  events_caught: v.number(),
});

const sideSchema = v.object({
  opened_at: v.string(),
  /** Null: still open at the end. */
  resolved_at: maybeText,
  peak_level: v.string(),
  peak_score: v.number(),
  cause_metric: maybeText,
  outcome: v.picklist(['true', 'late', 'false', 'unknown']),
  lead_seconds: maybeNumber,
  muted: v.boolean(),
  why: maybeText,
});

const alertSchema = v.object({
  server_name: v.string(),
  profile: v.string(),
  in: v.picklist(['both', 'proposed', 'today']),
  proposed: v.nullable(sideSchema),
  today: v.nullable(sideSchema),
});

const resultSchema = v.object({
  summary: v.string(),
  model: v.string(),
  days: v.number(),
  servers: v.number(),
  proposed: countsSchema,
  today: countsSchema,
  events: v.number(),
  both: v.number(),
  only_proposed: v.number(),
  only_today: v.number(),
  alerts: v.array(alertSchema),
  alerts_total: v.number(),
  yaml: v.string(),
  forecasts: v.object({ stride_minutes: v.number(), seconds: v.number() }),
  warnings: v.array(v.string()),
});

const replaySchema = v.object({
  id: v.string(),
  state: v.picklist(['reading', 'forecasting', 'evaluating', 'done', 'failed', 'cancelled']),
  progress: v.number(),
  seconds_left: maybeNumber,
  from: v.string(),
  to: v.string(),
  result: v.nullable(resultSchema),
  error: v.nullable(v.object({ code: v.string(), detail: v.string() })),
});

const cancelledSchema = v.object({ success: v.boolean() });

export type RiskSettings = v.InferOutput<typeof riskSchema>;
export type ThresholdPair = v.InferOutput<typeof pairSchema>;
export type ReplayTarget = v.InferOutput<typeof targetSchema>;
export type ReplaySettings = v.InferOutput<typeof settingsSchema>;
export type ReplayCounts = v.InferOutput<typeof countsSchema>;
export type ReplaySide = v.InferOutput<typeof sideSchema>;
export type ReplayAlert = v.InferOutput<typeof alertSchema>;
export type ReplayResult = v.InferOutput<typeof resultSchema>;
export type Replay = v.InferOutput<typeof replaySchema>;

export interface ReplayOrder {
  readonly from: string;
  readonly to: string;
  /** A whole risk section: what it leaves out has its default, not today's value. */
  readonly proposed: RiskSettings;
}

export function isOver({ state }: Pick<Replay, 'state'>): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** @throws ArgusError `unsupported` where the backend cannot replay */
export function fetchReplaySettings(client: ArgusClient, signal?: AbortSignal): Promise<ReplaySettings> {
  return client.get('/replay/settings', settingsSchema, { signal });
}

/** @throws ArgusError `busy` where another one runs, `refused` where a value is wrong or nothing was kept */
export function startReplay(client: ArgusClient, order: ReplayOrder): Promise<Replay> {
  return client.post('/replay', replaySchema, { body: order });
}

/** How far a replay is. One that nobody asks about for a minute is cancelled. */
export function fetchReplay(client: ArgusClient, id: string, signal?: AbortSignal): Promise<Replay> {
  return client.get(`/replay/${encodeURIComponent(id)}`, replaySchema, { signal });
}

export async function cancelReplay(client: ArgusClient, id: string): Promise<void> {
  await client.delete(`/replay/${encodeURIComponent(id)}`, cancelledSchema);
}
