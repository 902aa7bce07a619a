import {
  dateTimeFormat,
  dateTimeFormatTimeAgo,
  formattedValueToString,
  getValueFormat,
  type TimeZone,
} from '@grafana/data';
import { levelOf } from './levels';

/** What stands where a value is not known. */
export const NOT_KNOWN = '–';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

type Maybe = number | null | undefined;

export function isKnown(value: Maybe): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** A score from 0 to 100 with one digit, so that 79.6 does not read as 80 beside the word "warning". */
export function formatRisk(score: Maybe): string {
  return isKnown(score) ? score.toFixed(1) : NOT_KNOWN;
}

/** A score with its level's word: "83.4 critical". */
export function formatRiskAndLevel(score: Maybe): string {
  const level = levelOf(score);
  return level === undefined ? NOT_KNOWN : `${formatRisk(score)} ${level.label.toLowerCase()}`;
}

/** A fraction as a percentage. What is neither none nor all is never rounded to it. */
export function formatProbability(fraction: Maybe): string {
  if (!isKnown(fraction)) return NOT_KNOWN;
  const percent = fraction * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  if (percent < 100 && percent > 99.9) return '> 99.9 %';
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** A length of time in its two largest units: "2 h 35 min", "45 min", "3 d 4 h". */
export function formatDuration(seconds: Maybe): string {
  if (!isKnown(seconds)) return NOT_KNOWN;
  const rounded = Math.max(0, Math.round(seconds / MINUTE_SECONDS)) * MINUTE_SECONDS;
  if (rounded < MINUTE_SECONDS) return 'less than a minute';
  const days = Math.floor(rounded / DAY_SECONDS);
  const hours = Math.floor((rounded % DAY_SECONDS) / HOUR_SECONDS);
  const minutes = Math.floor((rounded % HOUR_SECONDS) / MINUTE_SECONDS);
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
  ] as const;
  const shown = parts.slice(parts.findIndex(([count]) => count > 0)).slice(0, 2);
  return shown
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** Time from one moment to another in words: "in 2 h 35 min", "20 min before", "now". */
export function formatOffset(timeMs: number, originMs: number): string {
  const seconds = (timeMs - originMs) / 1_000;
  if (Math.abs(seconds) < MINUTE_SECONDS) return 'now';
  return seconds > 0 ? `in ${formatDuration(seconds)}` : `${formatDuration(-seconds)} ago`;
}

export function formatTime(timeMs: number, timeZone?: TimeZone): string {
  return dateTimeFormat(timeMs, { timeZone, format: 'MMM D, HH:mm' });
}

export function formatTimeAgo(timeMs: number, timeZone?: TimeZone): string {
  return dateTimeFormatTimeAgo(timeMs, { timeZone });
}

/** A value with its unit, by a unit id of Grafana. */
export function formatValue(value: Maybe, unit: string): string {
  if (!isKnown(value)) return NOT_KNOWN;
  return formattedValueToString(getValueFormat(unit)(value, decimalsFor(value)));
}

/** Decimals that leave three digits which mean something. */
export function decimalsFor(value: number): number {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return 0;
  return size >= 10 ? 1 : 2;
}
