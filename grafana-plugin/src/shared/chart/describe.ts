import type { TimeZone } from '@grafana/data';
import { formatOffset, formatTime, NOT_KNOWN } from '../format';
import { type ForecastSeries, forecasterLabel, type Values } from './series';

/** One value of a chart in words, for tooltips and screen readers. */
export interface Reading {
  readonly name: string;
  readonly value: string;
}

/** Everything a chart has at one of its times; what is null there is left out. */
export function readingsAt(series: ForecastSeries, index: number): Reading[] {
  const { actual, yhat, lower, upper, pastYhat, pastLower, pastUpper } = series;
  return [
    one('Measured', actual[index], series),
    one('Forecast (P50)', yhat[index], series),
    between('P10–P90', lower[index], upper[index], series),
    one('Earlier forecast', pastYhat[index], series),
    between('Earlier P10–P90', pastLower[index], pastUpper[index], series),
  ].flatMap((reading) => (reading === undefined ? [] : [reading]));
}

type Value = number | null | undefined;

function one(name: string, value: Value, { format }: ForecastSeries): Reading | undefined {
  return typeof value === 'number' ? { name, value: format(value) } : undefined;
}

function between(name: string, low: Value, high: Value, { format }: ForecastSeries): Reading | undefined {
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  return { name, value: `${format(low)} – ${format(high)}` };
}

export function describeAt(series: ForecastSeries, index: number, timeZone: TimeZone): string {
  const time = series.times[index];
  if (time === undefined) return '';
  const readings = readingsAt(series, index).map(({ name, value }) => `${name} ${value}`);
  const when = series.originMs === undefined ? '' : `, ${formatOffset(time, series.originMs)}`;
  return `${formatTime(time, timeZone)}${when}: ${readings.length === 0 ? 'no value' : readings.join(', ')}`;
}

/** What a chart shows, in a sentence: what it is now, what it comes to, and when it passes a threshold. */
export function describeSeries(series: ForecastSeries, timeZone: TimeZone): string {
  const { label, server, actual, yhat, thresholds, format } = series;
  const name = server === '' ? label : `${label} of ${server}`;
  const now = last(actual);
  const end = last(yhat);
  const parts = [
    `now ${now === undefined ? 'not measured' : format(now)}`,
    end === undefined ? 'no forecast' : `forecast ${format(end)} at the end`,
    ...(['warning', 'critical'] as const).flatMap((level) => {
      const time = crossing(series, thresholds?.[level]);
      return time === undefined ? [] : [`passes the ${level} threshold at ${formatTime(time, timeZone)}`];
    }),
  ];
  const forecaster = forecasterLabel(series.forecaster);
  return `${name}: ${parts.join(', ')}${forecaster === undefined ? '' : ` (${forecaster})`}. Arrow keys read the values.`;
}

function last(values: Values): number | undefined {
  for (let i = values.length - 1; i >= 0; i -= 1) {
    const value = values[i];
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** The first time the forecast's P50 is at or above a threshold. */
function crossing({ times, yhat, originMs }: ForecastSeries, threshold: Value): number | undefined {
  if (typeof threshold !== 'number') return undefined;
  const index = times.findIndex((time, i) => time >= (originMs ?? 0) && (yhat[i] ?? -Infinity) >= threshold);
  return times[index];
}

export function thresholdText({ thresholds, format }: ForecastSeries): Reading[] {
  const { warning, critical } = thresholds ?? { warning: null, critical: null };
  return [
    { name: 'Warning from', value: warning === null ? NOT_KNOWN : format(warning) },
    { name: 'Critical from', value: critical === null ? NOT_KNOWN : format(critical) },
  ].filter(({ value }) => value !== NOT_KNOWN);
}
