/** The clock grid that windows, forecasts and history share. */

export const STEP_SECONDS = 300;
export const STEP_MS = STEP_SECONDS * 1000;
export const STEPS_AN_HOUR = 3600 / STEP_SECONDS;
export const STEPS_A_DAY = 24 * STEPS_AN_HOUR;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** A day of the calendar may be an hour longer or shorter. */
export const DAY_MS = 24 * HOUR_MS;
/** Steps in a window: 24 hours. */
export const WINDOW_STEPS = 288;
/** Steps the network reads in detail, the newest of the window: 8 hours. */
export const CONTEXT_STEPS = 96;
/** Steps forecast: 8 hours. */
export const HORIZON_STEPS = 96;

/** Horizons by which forecasts are shown and scored: names, and the steps ahead that end then. */
export const HORIZONS = [
  { name: '30m', steps: 6 },
  { name: '1h', steps: 12 },
  { name: '2h', steps: 24 },
  { name: '4h', steps: 48 },
  { name: '8h', steps: 96 },
] as const;
export type HorizonName = (typeof HORIZONS)[number]['name'];
export const HORIZON_COUNT = HORIZONS.length;

/** Number of the step (since the Unix epoch) that a time in ms falls into. */
export function stepOf(timeMs: number): number {
  return Math.floor(timeMs / STEP_MS);
}

/** Start of a step, in ms since the Unix epoch. */
export function stepStartMs(step: number): number {
  return step * STEP_MS;
}

/** A source of the present, so that tests and replays can hold it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
