import { dateTimeFormat } from '@grafana/data';
import { formatDuration, formatValue, isKnown, NOT_KNOWN } from '../../shared/format';
import { targetUnit } from '../../shared/metrics';

type Maybe = number | null | undefined;

/** Until an expected breach, from a forecast's origin: "now" where the threshold is passed already. */
export function formatTimeToBreach(seconds: Maybe): string {
  if (!isKnown(seconds)) return NOT_KNOWN;
  return seconds <= 0 ? 'now' : formatDuration(seconds);
}

/** A value of a forecast metric with its unit. */
export function formatMetric(metric: string, value: Maybe): string {
  return formatValue(value, targetUnit(metric));
}

/** A moment in the time zone chosen in Grafana, to the minute. */
export function formatMoment(time: string | number, timeZone?: string): string {
  return dateTimeFormat(time, { timeZone, format: 'YYYY-MM-DD HH:mm' });
}

/** Keeps a percent sign on the line of its number. */
export function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%');
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 server", "1,200 servers". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

export function percent(fraction: Maybe, decimals = 0): string {
  return isKnown(fraction) ? `${(fraction * 100).toFixed(decimals)} %` : NOT_KNOWN;
}
