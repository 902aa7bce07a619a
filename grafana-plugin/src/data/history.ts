import * as v from 'valibot';
import type { ArgusClient } from './client';

const level = v.picklist(['healthy', 'degraded', 'warning', 'critical']);
const maybeNumber = v.nullable(v.number());
const series = v.array(maybeNumber);

/** The life of one alert, from opening to its end. */
const incidentSchema = v.object({
  alert_id: v.string(),
  server_name: v.string(),
  profile: v.string(),
  opened_at: v.string(),
  resolved_at: v.nullable(v.string()),
  duration_minutes: maybeNumber,
  first_level: level,
  peak_level: level,
  peak_score: v.number(),
  lead_seconds: maybeNumber,
  cause_metric: v.nullable(v.string()),
  message: v.string(),
  last_message: v.nullish(v.string()),
  events: v.number(),
});

const incidentsSchema = v.object({
  from: v.string(),
  to: v.string(),
  count: v.number(),
  next_cursor: v.nullish(v.string()),
  incidents: v.array(incidentSchema),
});

const serverRiskSchema = v.object({
  count: v.number(),
  from: v.string(),
  to: v.string(),
  step_seconds: v.number(),
  timestamps: v.array(v.string()),
  risk_score: series,
  parts: v.record(v.string(), series),
  failure_probability_30m: series,
  failure_probability_8h: series,
});

const summarySchema = v.object({
  from: v.string(),
  to: v.string(),
  total_alerts: v.number(),
  alerts_by_level: v.record(v.string(), v.number()),
  avg_resolution_time_minutes: maybeNumber,
  incidents_prevented: v.number(),
  fleet_health_avg: maybeNumber,
});

export type Incident = v.InferOutput<typeof incidentSchema>;
export type Incidents = v.InferOutput<typeof incidentsSchema>;
export type ServerRisk = v.InferOutput<typeof serverRiskSchema>;
export type HistorySummary = v.InferOutput<typeof summarySchema>;

/** Milliseconds since the epoch. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface IncidentFilter extends TimeSpan {
  readonly server?: string;
  /** Highest levels reached. */
  readonly levels?: readonly string[];
  readonly open?: boolean;
  readonly limit?: number;
}

const MOST_INCIDENTS = 1000;
const RISK_POINTS = 600;

function spanParams({ fromMs, toMs }: TimeSpan) {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/**
 * Alerts alive at any time in the span, newest first.
 * @throws ArgusError `not_found` where the backend keeps no history
 */
export function fetchIncidents(
  client: ArgusClient,
  { server, levels, open, limit = MOST_INCIDENTS, ...span }: IncidentFilter,
  signal?: AbortSignal,
): Promise<Incidents> {
  const params = { ...spanParams(span), server_name: server, level: levels, open, limit };
  return client.get('/historical/incidents', incidentsSchema, { params, signal });
}

/** A server's score, its parts and its probabilities over the span. Throws as fetchIncidents. */
export function fetchServerRisk(
  client: ArgusClient,
  { server, ...span }: TimeSpan & { readonly server: string },
  signal?: AbortSignal,
): Promise<ServerRisk> {
  const params = { ...spanParams(span), max_points: RISK_POINTS };
  const path = `/historical/server/${encodeURIComponent(server)}/risk`;
  return client.get(path, serverRiskSchema, { params, signal });
}

/** What became of the span's alerts. Throws as fetchIncidents. */
export function fetchHistorySummary(
  client: ArgusClient,
  span: TimeSpan,
  signal?: AbortSignal,
): Promise<HistorySummary> {
  return client.get('/historical/summary', summarySchema, { params: spanParams(span), signal });
}
