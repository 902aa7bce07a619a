/** Shapes that the routes of the history share. */
import { Type } from 'typebox';
import { PROFILES } from '../../catalog/profiles.ts';
import { LEVEL_NAMES } from '../../risk/fleetSummary.ts';
import { TIME_RANGES, type TimeRange } from '../range.ts';

const MOST_WORDS = 100;
const MOST_ROWS = 10_000;
const DEFAULT_ROWS = 1000;
const LONGEST_NAME = 255;

export function oneOf<Word extends string>(words: readonly Word[], description?: string) {
  return Type.Unsafe<Word>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  });
}

export function severalOf<Word extends string>(words: readonly Word[], description: string) {
  return Type.Optional(Type.Array(oneOf(words), { maxItems: MOST_WORDS, description }));
}

export const orNull = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Number>>(
  schema: Schema,
) => Type.Union([schema, Type.Null()]);

export const time = Type.String({ examples: ['2026-01-01T00:00:00.000Z'] });
export const timeOrNull = orNull(time);
export const numberOrNull = orNull(Type.Number());
export const textOrNull = orNull(Type.String());
export const column = Type.Array(numberOrNull);
export const level = oneOf(LEVEL_NAMES);
export const profile = oneOf(PROFILES.map(({ name }) => name));

export const rangeQuery = {
  time_range: Type.Optional(oneOf<TimeRange>(TIME_RANGES, 'The time up to now; 1M is 30 days')),
  from: Type.Optional(Type.String({ description: 'Beginning (ISO 8601); goes before time_range' })),
  to: Type.Optional(Type.String({ description: 'End (ISO 8601, exclusive); now where it is left out' })),
  time_zone: Type.Optional(
    Type.String({
      maxLength: 64,
      description:
        'IANA zone that from and to are in where they name none, and that times are answered in; UTC by default',
      examples: ['Europe/Berlin'],
    }),
  ),
};

export const serversQuery = {
  server_name: Type.Optional(
    Type.Array(Type.String({ maxLength: LONGEST_NAME }), {
      maxItems: MOST_WORDS,
      description: 'Only these servers; repeat it for several',
    }),
  ),
};

export const pageQuery = {
  limit: Type.Integer({
    minimum: 1,
    maximum: MOST_ROWS,
    default: DEFAULT_ROWS,
    description: 'Most rows of an answer',
  }),
  cursor: Type.Optional(Type.String({ maxLength: 400, description: 'next_cursor of the answer before' })),
};

export const pointsQuery = {
  max_points: Type.Integer({
    minimum: 1,
    maximum: 20_000,
    default: 2000,
    description: 'Most times of an answer; more than there are become means over wider steps',
  }),
};

export const rangeAnswer = {
  success: Type.Boolean(),
  time_range: Type.String({ description: 'The word asked for, or custom' }),
  from: time,
  to: time,
};

export const pageAnswer = {
  count: Type.Integer(),
  next_cursor: textOrNull,
};

export const serverParams = Type.Object({ name: Type.String() });
