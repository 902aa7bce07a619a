import { array, boolean, type InferOutput, number, object, optional, string } from 'valibot';
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
});

const activeAlertsSchema = object({ timestamp: time, count: number(), alerts: array(alertSchema) });

export type ActiveAlert = InferOutput<typeof alertSchema>;
export type ActiveAlerts = InferOutput<typeof activeAlertsSchema>;

/** Alerts that are open, the most urgent first. */
export function fetchActiveAlerts(
  client: ArgusClient,
  filter: Pick<FleetFilter, 'server' | 'level'> = {},
  signal?: AbortSignal,
): Promise<ActiveAlerts> {
  return client.get('/alerts/active', activeAlertsSchema, { params: { ...filter }, signal });
}
