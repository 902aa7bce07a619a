/** Year, month, day, hour, minute, second, fraction, zone; the time may be set off by T or a space. */

import { MINUTE_MS } from '../../catalog/time.ts';

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;
const LONGEST = 48;

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return zone.startsWith('-') ? -minutes : minutes;
}

function isOnTheClock(hour: number, minute: number, second: number): boolean {
  // 60 is a leap second.
  return hour < 24 && minute < 60 && second <= 60;
}

/**
 * Reads an ISO 8601 date and time; without a zone it is UTC.
 * @returns ms since the epoch, or NaN where the text is none
 */
export function parseTimestamp(text: string): number {
  const match = text.length <= LONGEST ? ISO_TIME.exec(text) : null;
  if (match === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // Date.UTC turns 31 April into 1 May; here it is a mistake.
  const isDate = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  if (!isDate || !isOnTheClock(hour, minute, second)) return Number.NaN;
  const ms = Number(`0.${match[7] ?? 0}`) * 1000;
  const timeMs = Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(ms);
  return timeMs - offsetMinutes(match[8]) * MINUTE_MS;
}
