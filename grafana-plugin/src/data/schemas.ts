/** Shapes that several answers of the backend share. Fields we do not use may come and are dropped. */
import {
  array,
  type BaseIssue,
  type BaseSchema,
  custom,
  isoTimestamp,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  string,
  transform,
  tuple,
} from 'valibot';
import { LEVELS } from '../shared/levels';

export const LEVEL_NAMES = LEVELS.map(({ name }) => name);
export const MODES = ['model', 'baseline', 'warming_up', 'stale'] as const;
export type Mode = (typeof MODES)[number];

export const time = pipe(string(), isoTimestamp());
export const level = picklist(LEVEL_NAMES);
/** Words the backend may add to: an unknown profile or mode is shown as it is. */
export const word = string();
export const numberOrNull = nullable(number());
export const textOrNull = nullable(string());
export const series = array(numberOrNull);

export const parts = object({
  cpu: number(),
  memory: number(),
  disk: number(),
  network: number(),
  connections: number(),
  /** Absent from a backend that knows no cascades. */
  cascade: optional(number(), 0),
});

export const alertLabel = object({ level: picklist([...LEVEL_NAMES, 'unknown']), score: numberOrNull });

export const breach = object({
  metric: string(),
  threshold: picklist(['warning', 'critical']),
  seconds: number(),
  at: time,
  value: number(),
});

export const thresholds = nullable(object({ warning: number(), critical: number() }));

export const band = object({
  unit: string(),
  forecaster: string(),
  p10: series,
  p50: series,
  p90: series,
});

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The entries of an object keyed by name, as a list. A record would lose servers named like a property of every object
 * ("constructor"), and JavaScript reorders those named like a number.
 */
export function entries<T>(schema: BaseSchema<unknown, T, BaseIssue<unknown>>) {
  return pipe(
    custom<object>(isObject),
    transform((input): unknown[] => Object.entries(input)),
    array(tuple([string(), schema])),
  );
}
