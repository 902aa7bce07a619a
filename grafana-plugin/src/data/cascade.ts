/** GET /cascade: servers that deviate together, and who led. */
import * as v from 'valibot';
import type { ArgusClient } from './client';

const maybeNumber = v.nullable(v.number());
const maybeText = v.nullable(v.string());

const memberSchema = v.object({
  server_name: v.string(),
  profile: v.string(),
  started_at: v.string(),
  /** After the leader. */
  lag_minutes: v.number(),
  metric: v.string(),
  /** Whether it still does. */
  deviating: v.boolean(),
  risk_score: maybeNumber,
  level: maybeText,
});

const cascadeSchema = v.object({
  id: v.string(),
  state: v.string(),
  started_at: v.string(),
  ended_at: maybeText,
  level: maybeText,
  risk_score: maybeNumber,
  leader: v.object({ server_name: v.string(), lead_minutes: v.number(), confidence: v.number() }),
  common: v.object({
    kind: v.string(),
    key: v.nullish(v.string()),
    value: v.nullish(v.string()),
    inside: maybeNumber,
    outside: maybeNumber,
  }),
  metrics: v.array(v.object({ metric: v.string(), direction: v.string(), members: v.number() })),
  members: v.array(memberSchema),
  message: v.string(),
});

const cascadesSchema = v.object({
  ready: v.boolean(),
  reason: maybeText,
  active: v.number(),
  cascades: v.array(cascadeSchema),
});

export type Cascade = v.InferOutput<typeof cascadeSchema>;
export type CascadeMember = v.InferOutput<typeof memberSchema>;
export type Cascades = v.InferOutput<typeof cascadesSchema>;

export interface CascadeFilter {
  readonly state: 'active' | 'recent' | 'all';
  /** Only those it is a member of. */
  readonly server?: string;
}

/** @throws ArgusError `unsupported` where the backend does not look for cascades */
export function fetchCascades(
  client: ArgusClient,
  filter: CascadeFilter,
  signal?: AbortSignal,
): Promise<Cascades> {
  return client.get('/cascade', cascadesSchema, { params: { ...filter }, signal });
}
