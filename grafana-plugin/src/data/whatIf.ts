/** POST /what-if: the forecast of a server as it would be if something changed. */
import { array, type InferOutput, nullish, number, object, optional, record, string, tuple } from 'valibot';
import type { ArgusClient } from './client';
import { numberOrNull, parts, series, textOrNull, time, word } from './schemas';

/**
 * Load in percent of what is measured; a bound that no value of a metric passes, neither measured nor forecast; or one that
 * the newest measurements have held, from which the forecast follows.
 */
export type WhatIfChange =
  | { readonly kind: 'load'; readonly percent: number }
  | { readonly kind: 'cap' | 'held'; readonly metric: string; readonly at: number };

const sideSchema = object({
  risk_score: numberOrNull,
  alert_level: optional(word),
  parts: optional(parts),
  cause: optional(textOrNull),
  failure_probability_30m: optional(numberOrNull),
  failure_probability_8h: optional(numberOrNull),
  forecast: record(
    string(),
    object({ label: string(), unit: string(), p10: series, p50: series, p90: series }),
  ),
});

const whatIfSchema = object({
  origin: time,
  timestamps: array(time),
  summary: string(),
  assumptions: optional(array(string()), []),
  warnings: optional(
    array(
      object({
        code: word,
        message: string(),
        metric: nullish(string()),
        range: nullish(tuple([number(), number()])),
      }),
    ),
    [],
  ),
  servers: array(object({ server_name: string(), before: sideSchema, after: sideSchema })),
  skipped: optional(array(object({ server_name: string(), reason: string() })), []),
});

export type WhatIfAnswer = InferOutput<typeof whatIfSchema>;
export type WhatIfSide = InferOutput<typeof sideSchema>;

/** @throws ArgusError */
export function askWhatIf(
  client: ArgusClient,
  server: string,
  changes: readonly WhatIfChange[],
  signal?: AbortSignal,
): Promise<WhatIfAnswer> {
  return client.post('/what-if', whatIfSchema, { body: { server, changes }, signal });
}
