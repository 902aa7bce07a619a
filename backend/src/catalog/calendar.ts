/** Local time as the network sees it: eight features at the start of each patch, in a server's own time zone. */

import { CONTEXT_STEPS, DAY_MS, HORIZON_STEPS, stepOf, stepStartMs, WINDOW_STEPS } from './time.ts';

/** Names and order of the features; a bundle made with others is refused. */
export const CALENDAR_FEATURES = [
  'sin_day',
  'cos_day',
  'sin_half_day',
  'cos_half_day',
  'sin_week',
  'cos_week',
  'weekend',
  'holiday',
] as const;
export const CALENDAR_COUNT = CALENDAR_FEATURES.length;

/** Steps the network reads as one token: 40 minutes. */
export const PATCH_STEPS = 8;
/** Patches of context and horizon together. */
export const PATCH_COUNT = (CONTEXT_STEPS + HORIZON_STEPS) / PATCH_STEPS;
/** Length of one server's calendar input, [PATCH_COUNT][CALENDAR_COUNT]. */
export const CALENDAR_SIZE = PATCH_COUNT * CALENDAR_COUNT;

const SECOND_MS = 1000;
const DAYS_A_WEEK = 7;
const SATURDAY = 5;
/** 1970-01-01 was a Thursday; weeks start on Monday. */
const EPOCH_WEEKDAY = 3;
const TURN = 2 * Math.PI;
/** Two years of days a zone; a longer history starts the cache again rather than growing without end. */
const CACHED_DAYS = 800;
/** Zone names come from clients, so their number has to be bounded too; IANA has about 600. */
const CACHED_ZONES = 1024;

/** Says whether a local date, in days since 1970-01-01, is a holiday. */
export type HolidayCalendar = (localDay: number) => boolean;

export const noHolidays: HolidayCalendar = () => false;

/**
 * Holidays from a list of local dates.
 * @param dates ISO 8601 dates, `YYYY-MM-DD`
 * @throws RangeError naming the first entry that is not a date
 */
export function holidaysOn(dates: readonly string[]): HolidayCalendar {
  if (dates.length === 0) return noHolidays;
  const days = new Set(dates.map(localDayOf));
  return (localDay) => days.has(localDay);
}

/**
 * Days from 1970-01-01 to a date.
 * @param date `YYYY-MM-DD`
 * @throws RangeError for what is no date
 */
export function localDayOf(date: string): number {
  const timeMs = Date.parse(`${date}T00:00:00Z`);
  // Date.parse turns 30 February into 1 March; only a date that survives the round trip exists.
  if (!Number.isFinite(timeMs) || new Date(timeMs).toISOString().slice(0, 10) !== date) {
    throw new RangeError(`'${date}' is not a date; write holidays as YYYY-MM-DD`);
  }
  return timeMs / DAY_MS;
}

/** The date of a local day since 1970-01-01, `YYYY-MM-DD`. */
export function dateOfLocalDay(localDay: number): string {
  return new Date(localDay * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** The offset from UTC during one UTC day: it changes at most once. */
interface DayOffsets {
  readonly before: number;
  readonly after: number;
  /** Time of the change; Infinity on a day without one. */
  readonly changeMs: number;
}

/** Offsets of one zone, found once a day through Intl and kept. */
class ZoneOffsets {
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, DayOffsets>();

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  at(timeMs: number): number {
    const day = Math.floor(timeMs / DAY_MS);
    let offsets = this.#days.get(day);
    if (offsets === undefined) {
      if (this.#days.size >= CACHED_DAYS) this.#days.clear();
      offsets = this.#examine(day * DAY_MS);
      this.#days.set(day, offsets);
    }
    return timeMs < offsets.changeMs ? offsets.before : offsets.after;
  }

  #examine(dayStartMs: number): DayOffsets {
    const before = this.#lookUp(dayStartMs);
    const after = this.#lookUp(dayStartMs + DAY_MS);
    if (before === after) return { before, after, changeMs: Number.POSITIVE_INFINITY };
    let low = dayStartMs;
    let high = dayStartMs + DAY_MS;
    while (high - low > SECOND_MS) {
      const middle = low + Math.floor((high - low) / 2 / SECOND_MS) * SECOND_MS;
      if (this.#lookUp(middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, changeMs: high };
  }

  #lookUp(timeMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(timeMs)) part[type] = Number(value);
    const local = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
    return local - Math.floor(timeMs / SECOND_MS) * SECOND_MS;
  }
}

const zones = new Map<string, ZoneOffsets>();

function zoneOffsets(timeZone: string): ZoneOffsets {
  let zone = zones.get(timeZone);
  if (zone === undefined) {
    zone = new ZoneOffsets(timeZone);
    if (zones.size >= CACHED_ZONES) zones.clear();
    zones.set(timeZone, zone);
  }
  return zone;
}

/** Whether a name is a time zone this machine knows (IANA). */
export function isTimeZone(name: string): boolean {
  try {
    zoneOffsets(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * Local time minus UTC, in ms, daylight saving included.
 * @throws RangeError for a zone that is not known
 */
export function zoneOffsetMs(timeZone: string, timeMs: number): number {
  return zoneOffsets(timeZone).at(timeMs);
}

/**
 * The moment, in ms since the epoch, at which clocks in a zone show a time; of two (autumn) the earlier, where there is
 * none (spring) the moment the clock would have shown it had it not been put forward.
 * @param localMs the time shown, as if it were UTC
 * @throws RangeError for a zone that is not known
 */
export function localToUtcMs(localMs: number, timeZone: string): number {
  const before = localMs - zoneOffsetMs(timeZone, localMs - DAY_MS);
  const after = localMs - zoneOffsetMs(timeZone, localMs + DAY_MS);
  const shows = (timeMs: number) => timeMs + zoneOffsetMs(timeZone, timeMs) === localMs;
  const [early, late] = before < after ? [before, after] : [after, before];
  if (shows(early)) return early;
  return shows(late) ? late : before;
}

/** The local date of a moment, in days since 1970-01-01. @throws RangeError for a zone that is not known */
export function localDayAt(timeMs: number, timeZone: string): number {
  return Math.floor((timeMs + zoneOffsetMs(timeZone, timeMs)) / DAY_MS);
}

/**
 * The moment at which clocks in a zone showed, the day before, the time they show at `timeMs`: 24 hours earlier, or 23
 * or 25 where they were changed in between. Of a time that clocks showed twice, the one 24 hours earlier where it is
 * one of them; of one that they skipped, the moment they would have shown it had they not been put forward.
 * @throws RangeError for a zone that is not known
 */
export function sameTimeYesterdayMs(timeMs: number, timeZone: string): number {
  const dayBeforeMs = timeMs - DAY_MS;
  const change = zoneOffsetMs(timeZone, timeMs) - zoneOffsetMs(timeZone, dayBeforeMs);
  // A zone that moves over the date line skips or repeats a date; its clocks go on as before.
  return dayBeforeMs + (change - DAY_MS * Math.round(change / DAY_MS));
}

/**
 * Rows of the window that ends with `originStep` in which the time of each horizon step was seen yesterday.
 *
 * After an autumn change the first of them lie up to an hour before the window; its oldest row stands for those.
 * @returns [HORIZON_STEPS]; null where clocks are not changed in window or horizon: then they are the oldest rows as they lie
 * @throws RangeError for a zone that is not known
 */
export function yesterdayRows(originStep: number, timeZone: string): Int16Array | null {
  const windowStart = originStep - WINDOW_STEPS + 1;
  const isUnchanged =
    zoneOffsetMs(timeZone, stepStartMs(windowStart)) ===
    zoneOffsetMs(timeZone, stepStartMs(originStep + HORIZON_STEPS));
  if (isUnchanged) return null;
  return Int16Array.from({ length: HORIZON_STEPS }, (_, lead) => {
    const yesterdayMs = sameTimeYesterdayMs(stepStartMs(originStep + 1 + lead), timeZone);
    return Math.max(0, stepOf(yesterdayMs) - windowStart);
  });
}

/**
 * Day of the week of a local date.
 * @param localDay days since 1970-01-01
 * @returns 0 (Monday) to 6
 */
export function weekdayOf(localDay: number): number {
  return (((localDay + EPOCH_WEEKDAY) % DAYS_A_WEEK) + DAYS_A_WEEK) % DAYS_A_WEEK;
}

function writeFeatures(localMs: number, holidays: HolidayCalendar, out: Float32Array, offset: number): void {
  const localDay = Math.floor(localMs / DAY_MS);
  const dayShare = (localMs - localDay * DAY_MS) / DAY_MS;
  const weekday = weekdayOf(localDay);
  const weekShare = (weekday + dayShare) / DAYS_A_WEEK;
  out[offset] = Math.sin(TURN * dayShare);
  out[offset + 1] = Math.cos(TURN * dayShare);
  out[offset + 2] = Math.sin(2 * TURN * dayShare);
  out[offset + 3] = Math.cos(2 * TURN * dayShare);
  out[offset + 4] = Math.sin(TURN * weekShare);
  out[offset + 5] = Math.cos(TURN * weekShare);
  out[offset + 6] = weekday >= SATURDAY ? 1 : 0;
  out[offset + 7] = holidays(localDay) ? 1 : 0;
}

/**
 * Features of one moment, in the order of CALENDAR_FEATURES.
 * @param timeMs since the Unix epoch
 * @param out CALENDAR_COUNT values are written from `offset`
 * @throws RangeError for a zone that is not known
 */
export function writeCalendarFeatures(
  timeMs: number,
  timeZone: string,
  holidays: HolidayCalendar,
  out: Float32Array,
  offset: number,
): void {
  writeFeatures(timeMs + zoneOffsetMs(timeZone, timeMs), holidays, out, offset);
}

/**
 * The network's calendar input for a forecast: features at the start of each patch of the context, which ends with
 * `originStep`, and of the horizon, which follows it.
 * @param out [PATCH_COUNT][CALENDAR_COUNT] is written from `offset`
 * @throws RangeError for a zone that is not known
 */
export function writeCalendar(
  originStep: number,
  timeZone: string,
  holidays: HolidayCalendar,
  out: Float32Array,
  offset: number,
): void {
  const zone = zoneOffsets(timeZone);
  const firstStep = originStep - CONTEXT_STEPS + 1;
  for (let patch = 0; patch < PATCH_COUNT; patch++) {
    const timeMs = stepStartMs(firstStep + patch * PATCH_STEPS);
    writeFeatures(timeMs + zone.at(timeMs), holidays, out, offset + patch * CALENDAR_COUNT);
  }
}
