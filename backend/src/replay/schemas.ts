/** Shapes of the requests and answers of replays. */
import { type Static, type TSchema, Type } from 'typebox';
import { LEVELS } from '../catalog/levels.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { RISK_PARTS, TARGET_LIST } from '../catalog/targets.ts';
import { OUTCOMES } from './alerts/judgement.ts';

const MOST_NAMES = 1000;
const LONGEST_NAME = 255;
const LONGEST_YAML = 262_144;
const LONGEST_WAIT_SECONDS = 30;

const oneOf = <Word extends string>(words: readonly Word[], description?: string) =>
  Type.Unsafe<Word>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  });
const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const level = oneOf(LEVELS.map(({ name }) => name));
const profile = oneOf(PROFILES.map(({ name }) => name));
const time = Type.String({ examples: ['2026-01-01T00:00:00.000Z'] });
const numberOrNull = orNull(Type.Number());
const thresholds = Type.Object({ warning: Type.Number(), critical: Type.Number() });

/** Checked by the configuration's own rules, which name each mistake. */
const anySection = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  additionalProperties: true,
});

export const requestSchema = Type.Object(
  {
    from: Type.Optional(
      Type.String({ description: 'ISO 8601; by default 30 days before `to`, or what there is' }),
    ),
    to: Type.Optional(
      Type.String({ description: 'ISO 8601; by default now. Both are taken at their full hour' }),
    ),
    proposed: Type.Optional(
      Type.Unsafe<Readonly<Record<string, unknown>>>({
        ...anySection,
        description:
          'A whole `risk` section as in a configuration file; what it leaves out has its default, not today’s value',
      }),
    ),
    yaml: Type.Optional(
      Type.String({ maxLength: LONGEST_YAML, description: 'In its place: a configuration file as text' }),
    ),
    server_names: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: LONGEST_NAME }), {
        minItems: 1,
        maxItems: MOST_NAMES,
      }),
    ),
  },
  { additionalProperties: false },
);

export type ReplayRequest = Static<typeof requestSchema>;

export const idSchema = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const waitSchema = Type.Object({
  wait: Type.Number({
    minimum: 0,
    maximum: LONGEST_WAIT_SECONDS,
    default: 0,
    description: 'Seconds to wait for the end',
  }),
});

const totals = Type.Object({
  opened: Type.Integer({ description: 'Without those that were muted' }),
  true: Type.Integer({
    description: 'What was warned of came more than 30 minutes and at most 8 hours later',
  }),
  late: Type.Integer({ description: 'It came within 30 minutes, or was there' }),
  false: Type.Integer(),
  unknown: Type.Integer({ description: 'The 8 hours after are not measured' }),
  muted: Type.Integer(),
  precision: Type.Union([Type.Number(), Type.Null()], { description: 'true / (true + late + false)' }),
  median_lead_seconds: numberOrNull,
  events_caught: Type.Integer(),
});

const life = Type.Object({
  opened_at: time,
  resolved_at: orNull(time),
  level,
  peak_level: level,
  peak_score: Type.Number(),
  cause_metric: orNull(Type.String()),
  outcome: oneOf(OUTCOMES),
  lead_seconds: numberOrNull,
  muted: Type.Boolean(),
  why: Type.String(),
});

const result = Type.Object({
  summary: Type.String(),
  model: Type.String(),
  from: time,
  to: time,
  days: Type.Number(),
  servers: Type.Integer(),
  server_days: Type.Number(),
  proposed: totals,
  today: totals,
  events: Type.Integer({ description: 'Breaches that could have been warned of' }),
  both: Type.Integer(),
  only_proposed: Type.Integer(),
  only_today: Type.Integer(),
  alerts: Type.Array(
    Type.Object({
      server_name: Type.String(),
      profile,
      in: oneOf(['both', 'proposed', 'today'] as const),
      proposed: orNull(life),
      today: orNull(life),
    }),
    { description: 'Newest first, at most 2000' },
  ),
  alerts_total: Type.Integer(),
  yaml: Type.String({ description: 'The proposed settings as a configuration file has them' }),
  forecasts: Type.Object({
    made: Type.Integer({ description: 'Runs of the network' }),
    possible: Type.Integer({ description: 'Steps from which servers could be forecast' }),
    cached: Type.Integer({ description: 'Forecasts known from an earlier replay' }),
    stride_minutes: Type.Number(),
    seconds: Type.Number(),
  }),
  warnings: Type.Array(Type.String()),
});

export const replaySchema = Type.Object({
  id: Type.String(),
  state: oneOf(['reading', 'forecasting', 'evaluating', 'done', 'failed', 'cancelled'] as const),
  progress: Type.Number({ description: 'Percent of the whole' }),
  seconds_left: numberOrNull,
  from: time,
  to: time,
  result: orNull(result),
  error: orNull(Type.Object({ code: Type.String(), detail: Type.String() })),
});

export const settingsSchema = Type.Object({
  risk: Type.Unsafe<Readonly<Record<string, unknown>>>({
    ...anySection,
    description: 'As configured: overrides only, and `alerts`; what `proposed` takes',
  }),
  targets: Type.Array(
    Type.Object({
      name: Type.String(),
      label: Type.String(),
      unit: Type.String(),
      max: numberOrNull,
      part: orNull(oneOf(RISK_PARTS)),
    }),
  ),
  effective: Type.Array(
    Type.Object({
      profile,
      thresholds: Type.Object(Object.fromEntries(TARGET_LIST.map(({ name }) => [name, orNull(thresholds)]))),
      weights: Type.Object(Object.fromEntries(RISK_PARTS.map((part) => [part, Type.Number()]))),
    }),
    { description: 'What holds for a profile; name patterns come on top' },
  ),
  yaml: Type.String(),
  history: orNull(Type.Object({ from: time, to: time })),
  history_problem: orNull(Type.String()),
  max_server_days: Type.Integer(),
});

export const errorSchema = (description: string) =>
  Type.Object({ detail: Type.String(), code: Type.String() }, { description });
