import { array, type InferOutput, nullable, number, object, optional, record, string } from 'valibot';
import type { ArgusClient } from './client';
import { numberOrNull, textOrNull, time, word } from './schemas';

const scores = {
  scored: number(),
  /** Mean pinball loss of P10, P50 and P90 by forecaster, in the metric's unit. */
  pinball: record(string(), number()),
  best_baseline: string(),
  skill: numberOrNull,
  coverage: number(),
  coverage_uncorrected: number(),
  winkler: number(),
};

const reportCardSchema = object({
  model: textOrNull,
  window_hours: number(),
  since: nullable(time),
  message: textOrNull,
  rows: array(object({ metric: string(), horizon: string(), ...scores })),
  sources: array(
    object({
      metric: string(),
      servers: number(),
      baseline_share: numberOrNull,
      by_forecaster: record(string(), number()),
    }),
  ),
  server: optional(
    object({
      server_name: string(),
      mode: word,
      metrics: array(
        object({
          metric: string(),
          forecaster: textOrNull,
          since: nullable(time),
          reason: string(),
          scores: nullable(object(scores)),
        }),
      ),
    }),
  ),
  timestamp: time,
});

export type ReportCard = InferOutput<typeof reportCardSchema>;

/** What forecasts were worth over the last day; with `server`, also how that one is forecast. */
export function fetchReportCard(
  client: ArgusClient,
  server?: string,
  signal?: AbortSignal,
): Promise<ReportCard> {
  return client.get('/report-card', reportCardSchema, { params: { server }, signal });
}
