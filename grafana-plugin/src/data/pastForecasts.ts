import { array, type InferOutput, number, object, string } from 'valibot';
import type { ArgusClient } from './client';
import { numberOrNull, series, time } from './schemas';

/** How long before its time a forecast was made. */
export const LEADS = ['30m', '1h', '2h', '4h', '8h'] as const;
export type Lead = (typeof LEADS)[number];

/** As many points as a chart of a screen's width can show. */
const MOST_POINTS = 1_500;

const pastSchema = object({
  step_seconds: number(),
  timestamps: array(time),
  series: array(
    object({
      metric: string(),
      unit: string(),
      actual: series,
      forecasts: array(
        object({
          lead: string(),
          lead_seconds: number(),
          p10: series,
          p50: series,
          p90: series,
          coverage: numberOrNull,
          mean_absolute_error: numberOrNull,
        }),
      ),
    }),
  ),
});

export type PastForecasts = InferOutput<typeof pastSchema>;

export interface PastForecastsWanted {
  readonly server: string;
  readonly metrics: readonly string[];
  /** Without it, only what was measured. */
  readonly lead: Lead | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was measured, and what had been forecast for each time `lead` before it. */
export function fetchPastForecasts(
  client: ArgusClient,
  { server, metrics, lead, fromMs, toMs }: PastForecastsWanted,
  signal?: AbortSignal,
): Promise<PastForecasts> {
  const params = {
    metric: metrics,
    lead: lead ?? 'none',
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    max_points: MOST_POINTS,
  };
  const path = `/historical/server/${encodeURIComponent(server)}/series`;
  return client.get(path, pastSchema, { params, signal });
}
