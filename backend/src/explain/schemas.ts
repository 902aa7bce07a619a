/** Shapes of the explanation routes. The types of the answers are read off them. */
import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';
import { PROFILES } from '../catalog/profiles.ts';
import { SCORE_PARTS, TARGETS } from '../catalog/targets.ts';

export const LONGEST_WAIT_SECONDS = 30;
export const DEFAULT_WAIT_SECONDS = 10;
export const MOST_WHAT_IF_CHANGES = 10;
export const MOST_LISTED = 50;
const DEFAULT_LISTED = 20;

function oneOf<Word extends string>(words: readonly Word[], options: TSchemaOptions = {}) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], ...options });
}

function orNull<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

const levelSchema = oneOf(['healthy', 'degraded', 'warning', 'critical']);
const modeSchema = oneOf(['model', 'baseline']);
const timeSchema = Type.String({ examples: ['2026-01-01T00:00:00.000Z'] });
const scoreSchema = Type.Number({ minimum: 0, maximum: 100 });
const partsSchema = Type.Object(Object.fromEntries(SCORE_PARTS.map((part) => [part, Type.Number()])));
const profileNameSchema = oneOf(PROFILES.map(({ name }) => name));
const targetNameSchema = oneOf(TARGETS.map(({ name }) => name));
const rangeSchema = Type.Array(Type.Number(), { description: 'Lowest and highest the profile has shown' });

export const predictionSchema = Type.Object({ risk_score: scoreSchema, alert_level: levelSchema });

export const featureSchema = Type.Object({
  feature: Type.String({ examples: ['mem_used_pct (last hour)'] }),
  importance: Type.Number({ minimum: 0, maximum: 1 }),
  stars: Type.String({ examples: ['★★★★☆'] }),
});

const breachSchema = Type.Object({
  threshold: oneOf(['warning', 'critical']),
  seconds: Type.Number({ description: 'From the origin; 0 where it is past the threshold already' }),
  at: timeSchema,
  value: Type.Number(),
});

const riskSchema = Type.Object({
  score: scoreSchema,
  level: levelSchema,
  parts: Type.Unsafe<Readonly<Record<string, number>>>(partsSchema),
  targets: Type.Array(
    Type.Object({
      metric: Type.String(),
      label: Type.String(),
      part: Type.String(),
      unit: Type.String(),
      severity: Type.Number({ minimum: 0, maximum: 1 }),
      now: orNull(Type.Number()),
      warning: Type.Number(),
      critical: Type.Number(),
      forecaster: Type.String(),
      breaches: Type.Array(breachSchema),
    }),
    { description: 'Metrics with a severity, the worst first' },
  ),
  note: Type.String(),
});

const donorSchema = Type.Object({
  kind: oneOf(['own', 'profile', 'fleet']),
  server_name: Type.String(),
  from: timeSchema,
  to: timeSchema,
  risk_score: scoreSchema,
});

const groupSchema = Type.Object({
  id: Type.String({ examples: ['memory/hour'] }),
  label: Type.String(),
  family: Type.String(),
  metrics: Type.Array(Type.String()),
  window: Type.Object({
    part: oneOf(['hour', 'recent', 'context', 'before', 'day']),
    label: Type.String(),
    from: timeSchema,
    to: timeSchema,
  }),
  value: Type.Number({ description: 'Points of risk; negative where it lowers the risk' }),
  effect: oneOf(['raises', 'lowers', 'none'], { description: 'none below the resolution' }),
  share: Type.Number({ description: 'Of the sum of all magnitudes, with its sign' }),
  standard_error: orNull(Type.Number()),
  server_mean: orNull(Type.Number()),
  donors_mean: orNull(Type.Number()),
  unit: orNull(Type.String()),
});

const shapSchema = Type.Object({
  top_features: Type.Array(featureSchema),
  method: oneOf(['exact', 'sampled']),
  runs: Type.Integer({ description: 'Windows the model was run on' }),
  base_value: orNull(Type.Number(), { description: 'Mean risk of the donors' }),
  risk: Type.Number(),
  standard_error: orNull(Type.Number({ description: 'Largest of the groups, where sampled' })),
  donors: Type.Array(donorSchema),
  groups: Type.Array(groupSchema, {
    description:
      'base_value plus their values is the risk. Those with an effect first, the largest before the others',
  }),
  resolution: Type.Number({ description: 'Points of risk below which a group counts as without effect' }),
  note: Type.String(),
  reason: orNull(Type.String(), { description: 'Why there are no groups' }),
});

const heatSchema = Type.Object({
  method: oneOf(['integrated_gradients']),
  hours: Type.Array(timeSchema),
  metrics: Type.Array(Type.String()),
  values: Type.Array(Type.Array(Type.Number()), { description: 'By metric and hour, points of risk' }),
  total: Type.Number(),
  risk_difference: Type.Number(),
  note: Type.String(),
});

const attentionSchema = Type.Object({
  focus_periods: Type.Array(Type.String({ examples: ['07:40–08:20'] })),
  analysis: Type.String(),
  times: Type.Array(timeSchema),
  period_seconds: Type.Integer(),
  mean: Type.Array(Type.Number()),
  by_horizon: Type.Array(
    Type.Object({
      horizon: oneOf(['30m', '1h', '2h', '4h', '8h']),
      weights: Type.Array(Type.Number()),
      future_share: Type.Number(),
    }),
  ),
  variable_weights: Type.Array(
    Type.Object({ metric: Type.String(), label: Type.String(), weight: Type.Number() }),
  ),
  note: Type.String(),
  reason: orNull(Type.String()),
});

const number = (minimum: number, maximum: number, description: string) =>
  Type.Number({ minimum, maximum, description });
const LARGEST = 1e9;
const closed = { additionalProperties: false } as const;

/** One shape for all kinds, so that a mistake is named by its field; whatIfChanges.ts checks what a kind needs. */
export const whatIfChangeSchema = Type.Object(
  {
    kind: oneOf(['load', 'cap', 'held', 'shift', 'skip_job', 'spread']),
    percent: Type.Optional(number(-90, 400, 'load: percent more, or less, work')),
    metric: Type.Optional(targetNameSchema),
    at: Type.Optional(
      Type.Union(
        [
          number(0, LARGEST, 'cap, held: the largest value'),
          Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }),
        ],
        {
          description: 'cap, held: the largest value; skip_job: local time HH:MM',
        },
      ),
    ),
    by: Type.Optional(number(-LARGEST, LARGEST, 'shift: what is added, in the unit of the metric')),
    minutes: Type.Optional(number(5, 240, 'skip_job: how long the job takes (default 60)')),
    add: Type.Optional(
      Type.Integer({ minimum: -10, maximum: 50, description: 'spread: servers more, or less' }),
    ),
    of: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, description: 'spread: servers that share the load now' }),
    ),
  },
  closed,
);
export type WhatIfChange = Static<typeof whatIfChangeSchema>;

const counterfactualSchema = Type.Object({
  scenario: Type.String(),
  impact: Type.String(),
  recommendation: Type.String(),
  action: Type.String({ description: 'The same as the recommendation' }),
  changes: Type.Array(
    Type.Object({
      metric: Type.String(),
      label: Type.String(),
      unit: Type.String(),
      from: Type.Number(),
      to: Type.Number(),
      range: rangeSchema,
    }),
  ),
  what_if: Type.Array(whatIfChangeSchema, {
    description: 'Changes for POST /what-if, which answers with the same risk until the next forecast',
  }),
  risk_before: scoreSchema,
  risk_after: scoreSchema,
  level_before: levelSchema,
  level_after: levelSchema,
});

export const explanationSchema = Type.Object(
  {
    server_name: Type.String(),
    profile: profileNameSchema,
    mode: modeSchema,
    origin: Type.String({ description: 'End of the newest step the forecast knows' }),
    computed_at: timeSchema,
    took_ms: Type.Number({ description: 'Time to compute it, without waiting for its turn' }),
    prediction: predictionSchema,
    sentence: Type.String(),
    sentence_parts: Type.Object({
      cause: Type.String(),
      evidence: Type.String(),
      time: Type.String(),
      action: Type.String(),
    }),
    risk: riskSchema,
    shap: shapSchema,
    heat: orNull(heatSchema),
    attention: attentionSchema,
    counterfactuals: Type.Array(counterfactualSchema),
    counterfactual: Type.Object({
      scenarios: Type.Array(counterfactualSchema),
      searched: Type.Integer({ description: 'Windows the model was run on' }),
      goal: orNull(Type.Object({ level: levelSchema, below: Type.Number() })),
      reason: orNull(Type.String(), { description: 'Why there is no scenario' }),
    }),
    limits: Type.Array(Type.String(), { description: 'What has to be known to read it rightly' }),
  },
  { description: 'Why the server has its risk, when that was decided, and what would bring it down' },
);
export type ExplanationAnswer = Static<typeof explanationSchema>;
export type HeatAnswer = Static<typeof heatSchema>;
export type CounterfactualAnswer = Static<typeof counterfactualSchema>;

export const pendingSchema = Type.Object(
  {
    status: oneOf(['running', 'queued']),
    server_name: Type.String(),
    poll: Type.String(),
    retry_after_seconds: Type.Integer(),
    detail: Type.String(),
  },
  { description: 'Not done within the wait; it goes on. Ask again at `poll` after Retry-After' },
);

export const nameSchema = Type.Object({
  name: Type.String({ description: 'Name of the server, percent-encoded', examples: ['ppdb001'] }),
});

/** How Shapley values are wanted: as configured, or from every coalition however long that takes. */
export const EXPLAIN_METHODS = ['auto', 'exact'] as const;
export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

export const explainQuerySchema = Type.Object({
  method: oneOf(EXPLAIN_METHODS, {
    default: 'auto',
    description:
      'exact runs every coalition; auto samples them, with a stated error, where explain.runs does not suffice',
  }),
  wait: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: LONGEST_WAIT_SECONDS,
      description: `Seconds to wait for the answer before 202 (default ${DEFAULT_WAIT_SECONDS}); the header Prefer: wait=… means the same`,
    }),
  ),
});

export const listQuerySchema = Type.Object({
  limit: Type.Integer({ default: DEFAULT_LISTED, minimum: 1, maximum: MOST_LISTED }),
  level: oneOf(['degraded', 'warning', 'critical'], {
    default: 'degraded',
    description: 'This level and worse',
  }),
  server: Type.Optional(Type.String({ description: 'Part of the name' })),
});

export const listSchema = Type.Object(
  {
    count: Type.Integer(),
    total: Type.Integer({ description: 'Servers of the level and worse' }),
    timestamp: timeSchema,
    method: oneOf(['integrated_gradients', 'risk_parts']),
    explanations: Type.Array(
      Type.Object({
        server_name: Type.String(),
        profile: profileNameSchema,
        mode: modeSchema,
        prediction: predictionSchema,
        shap: Type.Object({
          method: oneOf(['integrated_gradients', 'risk_parts']),
          top_features: Type.Array(featureSchema),
        }),
        sentence: Type.String(),
        reason: orNull(Type.String(), { description: 'Why a coarser method was used' }),
      }),
    ),
  },
  { description: 'What drives the servers at most risk, by a fast approximation' },
);
export type ListAnswer = Static<typeof listSchema>;

export const whatIfBodySchema = Type.Object(
  {
    server: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    profile: Type.Optional(profileNameSchema),
    changes: Type.Array(whatIfChangeSchema, { minItems: 1, maxItems: MOST_WHAT_IF_CHANGES }),
  },
  closed,
);
export type WhatIfBody = Static<typeof whatIfBodySchema>;

const seriesSchema = Type.Array(orNull(Type.Number()));
const outlookSchema = Type.Object({
  risk_score: scoreSchema,
  alert_level: levelSchema,
  parts: Type.Unsafe<Readonly<Record<string, number>>>(partsSchema),
  cause: Type.String(),
  failure_probability_30m: Type.Number(),
  failure_probability_8h: Type.Number(),
  forecast: Type.Record(
    Type.String(),
    Type.Object({
      label: Type.String(),
      unit: Type.String(),
      p10: seriesSchema,
      p50: seriesSchema,
      p90: seriesSchema,
    }),
  ),
});
export type OutlookAnswer = Static<typeof outlookSchema>;

export const WARNING_CODES = [
  'outside_seen_range',
  'not_measured',
  'clipped',
  'no_job_seen',
  'beyond_horizon',
  'baseline',
] as const;

const warningSchema = Type.Object({
  code: oneOf(WARNING_CODES),
  server_name: Type.String(),
  metric: orNull(Type.String()),
  value: orNull(Type.Number()),
  range: orNull(rangeSchema),
  message: Type.String(),
});
export type WarningAnswer = Static<typeof warningSchema>;

export const whatIfSchema = Type.Object(
  {
    timestamp: timeSchema,
    origin: timeSchema,
    step_seconds: Type.Integer(),
    timestamps: Type.Array(timeSchema, { description: 'Start of each step ahead' }),
    summary: Type.String(),
    assumptions: Type.Array(Type.String()),
    warnings: Type.Array(warningSchema),
    servers: Type.Array(
      Type.Object({
        server_name: Type.String(),
        profile: profileNameSchema,
        mode: modeSchema,
        before: outlookSchema,
        after: outlookSchema,
      }),
    ),
    skipped: Type.Array(Type.Object({ server_name: Type.String(), reason: Type.String() })),
  },
  { description: 'Forecast and risk as they are and as they would be' },
);
export type WhatIfAnswer = Static<typeof whatIfSchema>;

/** The shape of an error's body. */
export function errorSchema(description: string) {
  return Type.Object({ detail: Type.String(), code: Type.String() }, { description });
}
