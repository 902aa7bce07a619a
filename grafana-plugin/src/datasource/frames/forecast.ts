import { type DataFrame, type Field, type FieldConfig, FieldType, type Labels } from '@grafana/data';
import type { ServerForecast, TargetForecast } from '../../data/server';
import { type ArgusFrameMeta, FORECAST_FIELD } from '../../shared/frames';
import { targetLabel, targetUnit } from '../../shared/metrics';
import * as show from './fieldConfigs';

const MS_PER_SECOND = 1000;

type Series = readonly (number | null)[];

export interface ForecastFrameOptions {
  readonly refId: string;
  readonly metric: string;
  /** Put before each display name where a panel shows several series: "ppdb001 CPU used". Empty: "Expected" alone. */
  readonly prefix: string;
  /** Colour of the series, from Grafana's palette by name. */
  readonly color: string;
}

interface NamedSeries {
  readonly name: string;
  readonly label: string;
  readonly values: Series;
  readonly config?: FieldConfig;
}

/** What Grafana's own time series panel needs to draw the pieces as a line, a dashed line and a band. */
const LINE = { custom: { lineWidth: 1, fillOpacity: 0, showPoints: 'never' } };
const DASHED = {
  custom: { lineWidth: 2, fillOpacity: 0, showPoints: 'never', lineStyle: { fill: 'dash', dash: [8, 6] } },
};
const EDGE = { lineWidth: 0, showPoints: 'never' };

function nulls(count: number): null[] {
  return Array.from({ length: count }, () => null);
}

function joined(prefix: string, label: string): string {
  return prefix === '' ? label : `${prefix} ${label.toLowerCase().replace(/^p(\d)/, 'P$1')}`;
}

function thresholdsConfig({ thresholds }: TargetForecast): FieldConfig {
  return thresholds === null ? {} : { thresholds: show.thresholdSteps(thresholds) };
}

function seriesOf(
  target: TargetForecast,
  past: Series | undefined,
  ahead: number,
  prefix: string,
): NamedSeries[] {
  const before = past?.length ?? 0;
  const forecast = (values: Series): Series => [...nulls(before), ...values];
  const measured: NamedSeries[] =
    past === undefined
      ? []
      : [
          {
            name: FORECAST_FIELD.actual,
            label: 'Measured',
            values: [...past, ...nulls(ahead)],
            config: LINE,
          },
        ];
  const lower = joined(prefix, 'P10');
  return [
    ...measured,
    {
      name: FORECAST_FIELD.yhat,
      label: 'Expected',
      values: forecast(target.p50),
      config: { ...DASHED, ...thresholdsConfig(target) },
    },
    {
      name: FORECAST_FIELD.lower,
      label: 'P10',
      values: forecast(target.p10),
      config: { custom: EDGE },
    },
    {
      name: FORECAST_FIELD.upper,
      label: 'P90',
      values: forecast(target.p90),
      config: { custom: { ...EDGE, fillBelowTo: lower, fillOpacity: 15 } },
    },
  ];
}

/** Steps of a forecast: the end of the newest known one, and where each lies. */
function timesOf({ history, timestamps }: ServerForecast): number[] {
  return [...(history?.timestamps ?? []), ...timestamps].map((time) => Date.parse(time));
}

/**
 * One metric of one server over past and future; undefined where the metric is not forecast.
 * @see FORECAST_FIELD for the fields
 */
export function forecastFrame(
  forecast: ServerForecast,
  { refId, metric, prefix, color }: ForecastFrameOptions,
): DataFrame | undefined {
  const target = Object.hasOwn(forecast.targets, metric) ? forecast.targets[metric] : undefined;
  if (target === undefined) return undefined;
  const labels: Labels = { server: forecast.server_name, metric };
  const shared: FieldConfig = {
    unit: targetUnit(metric),
    color: { mode: 'fixed', fixedColor: color },
    ...show.SERVER_OF_SERIES,
  };
  const past = pastOf(forecast, metric);
  const fields = seriesOf(target, past, forecast.timestamps.length, prefix).map(
    ({ name, label, values, config }): Field => ({
      name,
      type: FieldType.number,
      labels,
      values: [...values],
      config: { ...shared, ...config, displayNameFromDS: joined(prefix, label) },
    }),
  );
  const times = timesOf(forecast);
  const argus: ArgusFrameMeta = {
    argus: 'forecast',
    originMs: Date.parse(forecast.origin),
    server: forecast.server_name,
    profile: forecast.profile,
    mode: forecast.mode,
    metric,
    forecaster: target.forecaster,
    thresholds: target.thresholds,
  };
  const time: Field = {
    name: FORECAST_FIELD.time,
    type: FieldType.time,
    config: { interval: forecast.step_seconds * MS_PER_SECOND },
    values: times,
  };
  return {
    refId,
    name: `${forecast.server_name} ${targetLabel(metric)}`,
    fields: [time, ...fields],
    length: times.length,
    meta: { custom: { ...argus }, preferredVisualisationType: 'graph' },
  };
}

/** Measured values beside the history's times; where the metric has none, all of them are null. */
function pastOf({ history }: ServerForecast, metric: string): Series | undefined {
  if (history === undefined) return undefined;
  const values = Object.hasOwn(history.targets, metric) ? history.targets[metric] : [];
  return history.timestamps.map((_, i) => values?.[i] ?? null);
}
