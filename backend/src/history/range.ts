/** The time a question is about: a word for the time up to now, or a beginning and an end; and times in answers. */

import { isTimeZone, localToUtcMs, zoneOffsetMs } from '../catalog/calendar.ts';
import { InvalidInput } from '../catalog/invalidInput.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../catalog/time.ts';
import { parseTimestamp } from '../ingest/feed/timestamps.ts';

export const TIME_RANGES = ['30m', '1h', '8h', '1d', '1w', '1M'] as const;
export type TimeRange = (typeof TIME_RANGES)[number];

const LENGTH_MS: Readonly<Record<TimeRange, number>> = {
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '8h': 8 * HOUR_MS,
  '1d': DAY_MS,
  '1w': 7 * DAY_MS,
  '1M': 30 * DAY_MS,
};
/** Longest span that can be asked for: ten years, more than is ever kept. */
const LONGEST_MS = 3660 * DAY_MS;
const ENDS_IN_ZONE = /(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/;
const ONLY_DATE = /^\d{4}-\d{2}-\d{2}$/;
export const UTC = 'UTC';

export interface RangeQuery {
  readonly time_range?: TimeRange;
  readonly from?: string;
  readonly to?: string;
  readonly time_zone?: string;
}

export interface Range {
  /** The word used, or "custom". */
  readonly word: TimeRange | 'custom';
  readonly fromMs: number;
  readonly toMs: number;
  readonly timeZone: string;
}

function invalid(parameter: string, msg: string, type: string): InvalidInput {
  return new InvalidInput([{ loc: ['query', parameter], msg, type }]);
}

/** @throws InvalidInput */
export function rangeOf(query: RangeQuery, nowMs: number, byDefault: TimeRange): Range {
  const timeZone = query.time_zone ?? UTC;
  if (!isTimeZone(timeZone)) {
    throw invalid(
      'time_zone',
      `"${timeZone.slice(0, 64)}" is no time zone; use an IANA name such as Europe/Berlin`,
      'enum',
    );
  }
  if (query.from === undefined && query.to === undefined) {
    const word = query.time_range ?? byDefault;
    return { word, fromMs: nowMs - LENGTH_MS[word], toMs: nowMs, timeZone };
  }
  const toMs = query.to === undefined ? nowMs : timeOf('to', query.to, timeZone);
  const fromMs =
    query.from === undefined
      ? toMs - LENGTH_MS[query.time_range ?? byDefault]
      : timeOf('from', query.from, timeZone);
  if (fromMs >= toMs)
    throw invalid('from', 'from must lie before to (which is now where it is left out)', 'value_error');
  if (toMs - fromMs > LONGEST_MS) throw invalid('from', 'the range is longer than ten years', 'value_error');
  return { word: 'custom', fromMs, toMs, timeZone };
}

/** A date and time; without a zone of its own it is local time of `timeZone`. */
function timeOf(parameter: string, given: string, timeZone: string): number {
  const text = ONLY_DATE.test(given) ? `${given}T00:00:00` : given;
  const timeMs = parseTimestamp(text);
  if (Number.isNaN(timeMs)) {
    throw invalid(parameter, 'must be a date and time such as 2026-01-31T08:00:00Z', 'datetime_parsing');
  }
  return ENDS_IN_ZONE.test(text.slice(10)) ? timeMs : localToUtcMs(timeMs, timeZone);
}

/** ISO 8601 in a zone: `Z` in UTC, the offset elsewhere. */
export function zonedTime(timeMs: number, timeZone: string): string {
  if (timeZone === UTC) return new Date(timeMs).toISOString();
  const offsetMs = zoneOffsetMs(timeZone, timeMs);
  const minutes = Math.round(Math.abs(offsetMs) / MINUTE_MS);
  const two = (value: number) => String(value).padStart(2, '0');
  const offset = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return new Date(timeMs + offsetMs).toISOString().replace('Z', offset);
}
