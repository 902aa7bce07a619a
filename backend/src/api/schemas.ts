/** Shapes of requests and answers that several routes share. */
import type { Readable } from 'node:stream';
import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';
import { SERVER_MODES, type ServerMode } from '../catalog/levels.ts';
import { PROFILES, type ProfileName } from '../catalog/profiles.ts';
import { SCORE_PARTS } from '../catalog/targets.ts';
import { FORECASTERS, type Forecaster } from '../forecast/baselines.ts';
import { LEVEL_NAMES } from '../risk/fleetSummary.ts';
import { errorSchema } from './errorBodies.ts';

/** One of a few words; as `enum`, so that an error can name them. */
export function oneOf<Word extends string>(words: readonly Word[], options: TSchemaOptions = {}) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], ...options });
}

export function orNull<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** An answer of this shape that may be streamed: a stream is not serialised, so the schema describes it only. */
export function streamed<Schema extends TSchema>(schema: Schema) {
  return Type.Unsafe<Static<Schema> | Readable>(schema);
}

const PROFILE_NAMES: readonly ProfileName[] = PROFILES.map(({ name }) => name);

export const levelSchema = oneOf(LEVEL_NAMES);
export const profileSchema = oneOf(PROFILE_NAMES);
export const modeSchema = oneOf<ServerMode>(SERVER_MODES, {
  description:
    'Where most of the forecasts come from: the model, baselines (they are better here, or there is no model), or not yet or no longer',
});
export const timeSchema = Type.String({ examples: ['2026-01-01T00:00:00.000Z'] });
export const scoreSchema = Type.Number({ minimum: 0, maximum: 100 });
export const probabilitySchema = Type.Number({ minimum: 0, maximum: 1 });
export const seriesSchema = Type.Array(orNull(Type.Number()));

export const partsSchema = Type.Object(Object.fromEntries(SCORE_PARTS.map((part) => [part, Type.Number()])), {
  description: 'What each part adds to the score; they sum to it',
});

export const alertLabelSchema = Type.Object({
  level: oneOf([...LEVEL_NAMES, 'unknown'] as const),
  score: orNull(scoreSchema),
  color: Type.String({ examples: ['#FF0000'] }),
  emoji: Type.String(),
  label: Type.String(),
});

export const displayMetricsSchema = Type.Object(
  {
    cpu: orNull(Type.String(), { examples: ['45.2%'] }),
    memory: orNull(Type.String()),
    disk_io: Type.Null({ description: 'Not measured: disk throughput is none of the metrics' }),
    disk: orNull(Type.String(), { description: 'Space used on the fullest file system' }),
    network_in: orNull(Type.String(), { examples: ['3.2 MB/s'] }),
    network_out: orNull(Type.String()),
  },
  { description: 'Values of the newest five-minute step' },
);

export const breachSchema = Type.Object({
  metric: Type.String(),
  threshold: oneOf(['warning', 'critical']),
  seconds: Type.Number({
    description: 'From the origin of the forecast; 0 where it is past the threshold already',
  }),
  at: timeSchema,
  value: Type.Number({
    description: 'The median forecast then (or the present value), in the unit of the metric',
  }),
});

export const summarySchema = Type.Object(
  {
    total_servers: Type.Integer(),
    critical: Type.Integer(),
    warning: Type.Integer(),
    degraded: Type.Integer(),
    healthy: Type.Integer(),
    warming_up: Type.Integer({ description: 'Servers without a score yet' }),
    stale: Type.Integer({ description: 'Servers that stopped sending' }),
    fleet_health: orNull(scoreSchema, { description: '100 minus the mean risk score' }),
    prob_30m: orNull(scoreSchema, { description: 'Percent: at least one server fails within 30 minutes' }),
    prob_8h: orNull(scoreSchema, { description: 'Percent: at least one server fails within 8 hours' }),
    failure_probability_30m: orNull(probabilitySchema),
    failure_probability_8h: orNull(probabilitySchema),
  },
  { description: 'The whole fleet, whatever the filters' },
);

/** Answers of a route that looks for a server. */
export const serverUnknownResponse = { 404: errorSchema('No such server') };

export const forecasterSchema = oneOf<Forecaster>(FORECASTERS, {
  description: 'The model, or the baseline that has been better on this metric over the last day',
});

export const bandSchema = Type.Object(
  {
    unit: Type.String(),
    forecaster: forecasterSchema,
    p10: seriesSchema,
    p50: seriesSchema,
    p90: seriesSchema,
  },
  { description: 'The value stays under p10 once in ten times, under p90 nine times in ten' },
);
