import type { TimeZone } from '@grafana/data';
import { formatOffset, formatTime } from '../format';
import { type ForecastSeries, forecasterLabel, type LayerName, layerLabel, type Values } from './series';

/** What a value is drawn as. */
export type ReadingKind = 'actual' | 'yhat' | 'band' | 'past' | 'pastBand' | 'warning' | 'critical';

/** One value of a chart in words, for tooltips and screen readers. */
export interface Reading {
  readonly kind: ReadingKind;
  readonly layer: LayerName;
  readonly name: string;
  readonly value: string;
}

type Value = number | null | undefined;

/** Everything a chart has at one of its times; what is null there is left out. */
export function readingsAt(series: ForecastSeries, index: number): Reading[] {
  const { actual, yhat, lower, upper, pastYhat, pastLower, pastUpper, format } = series;
  const name = (layer: LayerName) => layerLabel(layer, series);
  const one = (value: Value) => (typeof value === 'number' ? format(value) : undefined);
  const between = (low: Value, high: Value) =>
    typeof low === 'number' && typeof high === 'number' ? `${format(low)} – ${format(high)}` : undefined;
  const all = [
    { kind: 'actual', layer: 'actual', name: name('actual'), value: one(actual[index]) },
    { kind: 'yhat', layer: 'yhat', name: name('yhat'), value: one(yhat[index]) },
    { kind: 'band', layer: 'band', name: name('band'), value: between(lower[index], upper[index]) },
    { kind: 'past', layer: 'past', name: name('past'), value: one(pastYhat[index]) },
    {
      kind: 'pastBand',
      layer: 'past',
      name: `${name('past')}, P10–P90`,
      value: between(pastLower[index], pastUpper[index]),
    },
  ] as const;
  return all.flatMap(({ value, ...reading }) => (value === undefined ? [] : [{ ...reading, value }]));
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

export function thresholdReadings({ thresholds, format }: ForecastSeries): Reading[] {
  return (['warning', 'critical'] as const).flatMap((kind) => {
    const value = thresholds?.[kind];
    if (typeof value !== 'number') return [];
    return [
      {
        kind,
        layer: 'thresholds' as const,
        name: `${kind === 'warning' ? 'Warning' : 'Critical'} from`,
        value: format(value),
      },
    ];
  });
}
