import { array, boolean, type InferOutput, nullable, number, object, optional, string } from 'valibot';
import type { ArgusClient } from './client';
import type { FleetFilter } from './fleet';
import { level, numberOrNull, textOrNull, time, word } from './schemas';

const alertSchema = object({
  id: string(),
  server_name: string(),
  level,
  risk_score: number(),
  profile: word,
  message: string(),
  time_to_issue: textOrNull,
  lead_seconds: numberOrNull,
  cause_metric: textOrNull,
  opened_at: time,
  updated_at: time,
  /** Whether an annotation says that it is expected now, or maintenance. */
  muted: optional(boolean(), false),
  muted_by: optional(textOrNull, null),
  /** `cascade`: one alert in place of those of many servers; `server_name` is the one that led. */
  kind: optional(word, 'server'),
  /** The cascade it is, or is part of. */
  cascade: optional(textOrNull, null),
  /** Servers of a cascade's alert. */
  members: optional(nullable(array(string())), null),
});

const activeAlertsSchema = object({ timestamp: time, count: number(), alerts: array(alertSchema) });

export type ActiveAlert = InferOutput<typeof alertSchema>;
export type ActiveAlerts = InferOutput<typeof activeAlertsSchema>;

export interface AlertFilter extends Pick<FleetFilter, 'server' | 'level'> {
  /** Also the alerts that the alert of a cascade stands for. */
  readonly grouped?: boolean;
}

/** Alerts that are open, the most urgent first. */
export function fetchActiveAlerts(
  client: ArgusClient,
  filter: AlertFilter = {},
  signal?: AbortSignal,
): Promise<ActiveAlerts> {
  return client.get('/alerts/active', activeAlertsSchema, { params: { ...filter }, signal });
}
