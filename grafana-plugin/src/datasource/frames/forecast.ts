import { type DataFrame, type Field, type FieldConfig, FieldType, type Labels } from '@grafana/data';
import type { PastForecasts } from '../../data/pastForecasts';
import type { ServerForecast, TargetForecast } from '../../data/server';
import { type ArgusFrameMeta, FORECAST_FIELD } from '../../shared/frames';
import { targetLabel, targetUnit } from '../../shared/metrics';
import * as show from './fieldConfigs';
import { type EarlierBand, type PastSeries, pastSeries, type Series } from './pastSeries';

const MS_PER_SECOND = 1000;

export interface ForecastFrameOptions {
  readonly refId: string;
  readonly metric: string;
  /** Put before each display name where a panel shows several series: "ppdb001 CPU used". Empty: "Expected" alone. */
  readonly prefix: string;
  /** Colour of the series, from Grafana's palette by name. */
  readonly color: string;
  /** Kept history, where the time range reaches back beyond what comes with a forecast. */
  readonly kept?: PastForecasts;
  /** Whether what was measured is shown. */
  readonly history: boolean;
}

interface NamedSeries {
  readonly name: string;
  readonly label: string;
  readonly values: Series;
  readonly config: FieldConfig;
}

/** What Grafana's own time series panel needs to draw the pieces as a line, a dashed line and a band. */
const LINE: FieldConfig = { custom: { lineWidth: 1, fillOpacity: 0, showPoints: 'never' } };
const DASHED = {
  lineWidth: 2,
  fillOpacity: 0,
  showPoints: 'never',
  lineStyle: { fill: 'dash', dash: [8, 6] },
};
const DOTTED: FieldConfig = {
  custom: { lineWidth: 1, fillOpacity: 0, showPoints: 'never', lineStyle: { fill: 'dot', dash: [2, 4] } },
};
/** The edges of a band are drawn, but the legend names the line between them only. */
const EDGE = { lineWidth: 0, showPoints: 'never', hideFrom: { legend: true, tooltip: false, viz: false } };
const BAND_OPACITY = 15;
const EARLIER_OPACITY = 8;

function nulls(count: number): null[] {
  return Array.from({ length: count }, () => null);
}

function displayName(prefix: string, label: string): string {
  return prefix === ''
    ? label
    : `${prefix} ${label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`;
}

function filledDownTo(lower: string, prefix: string, fillOpacity: number): FieldConfig {
  return { custom: { ...EDGE, fillBelowTo: displayName(prefix, lower), fillOpacity } };
}

function measuredSeries({ actual }: PastSeries, ahead: number): NamedSeries {
  return {
    name: FORECAST_FIELD.actual,
    label: 'Measured',
    values: [...actual, ...nulls(ahead)],
    config: LINE,
  };
}

function earlierSeries({ lower, median, upper }: EarlierBand, ahead: number, prefix: string): NamedSeries[] {
  const past = (values: Series) => [...values, ...nulls(ahead)];
  const fill = filledDownTo('Earlier P10', prefix, EARLIER_OPACITY);
  return [
    { name: FORECAST_FIELD.pastYhat, label: 'Forecast earlier', values: past(median), config: DOTTED },
    { name: FORECAST_FIELD.pastLower, label: 'Earlier P10', values: past(lower), config: { custom: EDGE } },
    { name: FORECAST_FIELD.pastUpper, label: 'Earlier P90', values: past(upper), config: fill },
  ];
}

function bandSeries(target: TargetForecast, before: number, prefix: string): NamedSeries[] {
  const ahead = (values: Series) => [...nulls(before), ...values];
  const thresholds = target.thresholds === null ? {} : { thresholds: show.thresholdSteps(target.thresholds) };
  const fill = filledDownTo('P10', prefix, BAND_OPACITY);
  return [
    {
      name: FORECAST_FIELD.yhat,
      label: 'Expected',
      values: ahead(target.p50),
      config: { custom: DASHED, ...thresholds },
    },
    { name: FORECAST_FIELD.lower, label: 'P10', values: ahead(target.p10), config: { custom: EDGE } },
    { name: FORECAST_FIELD.upper, label: 'P90', values: ahead(target.p90), config: fill },
  ];
}

function allSeries(
  target: TargetForecast,
  past: PastSeries | undefined,
  ahead: number,
  prefix: string,
): NamedSeries[] {
  return [
    ...(past === undefined ? [] : [measuredSeries(past, ahead)]),
    ...bandSeries(target, past?.times.length ?? 0, prefix),
    ...(past?.earlier === undefined ? [] : earlierSeries(past.earlier, ahead, prefix)),
  ];
}

function metaOf(forecast: ServerForecast, metric: string, target: TargetForecast): ArgusFrameMeta {
  return {
    argus: 'forecast',
    originMs: Date.parse(forecast.origin),
    server: forecast.server_name,
    profile: forecast.profile,
    mode: forecast.mode,
    metric,
    forecaster: target.forecaster,
    thresholds: target.thresholds,
  };
}

/**
 * One metric of one server over past and future; undefined where the metric is not forecast.
 * @see FORECAST_FIELD for the fields
 */
export function forecastFrame(
  forecast: ServerForecast,
  { refId, metric, prefix, color, kept, history }: ForecastFrameOptions,
): DataFrame | undefined {
  const target = Object.hasOwn(forecast.targets, metric) ? forecast.targets[metric] : undefined;
  if (target === undefined) return undefined;
  const labels: Labels = { server: forecast.server_name, metric };
  const past = history ? pastSeries(forecast, metric, kept) : undefined;
  const fields = allSeries(target, past, forecast.timestamps.length, prefix).map(
    ({ name, label, values, config }): Field => ({
      name,
      type: FieldType.number,
      labels,
      values: [...values],
      config: {
        unit: targetUnit(metric),
        color: { mode: 'fixed', fixedColor: color },
        ...show.SERVER_OF_SERIES,
        ...config,
        displayNameFromDS: displayName(prefix, label),
      },
    }),
  );
  const times = [...(past?.times ?? []), ...forecast.timestamps.map((time) => Date.parse(time))];
  const interval = forecast.step_seconds * MS_PER_SECOND;
  const time: Field = {
    name: FORECAST_FIELD.time,
    type: FieldType.time,
    config: { interval },
    values: times,
  };
  return {
    refId,
    name: `${forecast.server_name} ${targetLabel(metric)}`,
    fields: [time, ...fields],
    length: times.length,
    meta: { custom: { ...metaOf(forecast, metric, target) }, preferredVisualisationType: 'graph' },
  };
}
