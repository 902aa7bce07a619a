/** GET /drift: whether the servers still behave as they did when the model was made. */
import * as v from 'valibot';
import type { ArgusClient } from './client';

const maybeNumber = v.nullable(v.number());
const maybeText = v.nullable(v.string());
const status = v.picklist(['learning', 'quiet', 'drifting']);

const evidenceSchema = v.object({
  unit: v.string(),
  mean_before: maybeNumber,
  mean_now: maybeNumber,
  /** Shares by how far a value lies from what is usual at that time of day; n edges make n + 1 bins, the outer ones open. */
  histogram: v.object({
    edges: v.array(v.number()),
    before: v.array(v.number()),
    now: v.array(v.number()),
  }),
  samples_before: v.number(),
  samples_now: v.number(),
});

const rowSchema = v.object({
  profile: v.string(),
  metric: v.string(),
  prediction_error_rate: maybeNumber,
  distribution_shift: maybeNumber,
  anomaly_rate: maybeNumber,
  shifted: v.boolean(),
  evidence: evidenceSchema,
});

const profileSchema = v.object({
  profile: v.string(),
  status,
  since: maybeText,
  score: maybeNumber,
  servers: v.number(),
  /** Null: nothing to compare yet. The limit is the threshold, or more where quiet hours of the profile vary by more. */
  signals: v.record(v.string(), v.nullable(v.object({ value: v.number(), limit: v.number() }))),
});

const driftSchema = v.object({
  status,
  since: maybeText,
  /** From 0 to 1. */
  score: maybeNumber,
  message: v.string(),
  model: maybeText,
  reference: v.object({ since: maybeText, learned: maybeText, hours: v.number() }),
  window_hours: v.number(),
  fires_at: v.number(),
  ends_below: v.number(),
  hold_minutes: v.number(),
  /** The same of one profile's score. */
  profile_hold_minutes: v.optional(v.number()),
  limits: v.array(v.object({ signal: v.string(), threshold: v.number(), weight: v.number() })),
  profiles: v.array(profileSchema),
  rows: v.array(rowSchema),
});

export type Drift = v.InferOutput<typeof driftSchema>;
export type DriftStatus = Drift['status'];
export type DriftProfile = v.InferOutput<typeof profileSchema>;
export type DriftRow = v.InferOutput<typeof rowSchema>;
export type DriftHistogram = DriftRow['evidence']['histogram'];

/** @throws ArgusError `unsupported` where the backend does not watch for drift */
export function fetchDrift(client: ArgusClient, signal?: AbortSignal): Promise<Drift> {
  return client.get('/drift', driftSchema, { signal });
}
