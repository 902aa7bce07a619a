import {
  type DataFrame,
  type Field,
  FieldType,
  formattedValueToString,
  type GrafanaTheme2,
  getDisplayProcessor,
  type TimeZone,
} from '@grafana/data';
import { decimalsFor } from '../format';
import { type ArgusFrameMeta, FORECAST_FIELD } from '../frames';
import { targetLabel, targetUnit } from '../metrics';
import type { ForecastSeries, Thresholds, Values } from './series';

export interface ReadContext {
  readonly theme: GrafanaTheme2;
  readonly timeZone?: TimeZone;
}

/** The series of the data source's forecast frames; frames of another kind are passed over. */
export function seriesFromArgus(frames: readonly DataFrame[], context: ReadContext): ForecastSeries[] {
  return frames.flatMap((frame, index) => {
    const series = readFrame(frame, `${index}`, context);
    return series === undefined ? [] : [series];
  });
}

export function argusMeta(frame: DataFrame): Partial<ArgusFrameMeta> {
  const custom: unknown = frame.meta?.custom;
  return typeof custom === 'object' && custom !== null ? custom : {};
}

function readFrame(frame: DataFrame, key: string, context: ReadContext): ForecastSeries | undefined {
  const time = frame.fields.find(({ type, name }) => type === FieldType.time || name === FORECAST_FIELD.time);
  const yhat = fieldNamed(frame, FORECAST_FIELD.yhat);
  if (time === undefined || yhat === undefined) return undefined;
  const actual = fieldNamed(frame, FORECAST_FIELD.actual);
  const meta = argusMeta(frame);
  const labels = yhat.labels ?? actual?.labels ?? {};
  const metric = meta.metric ?? labels.metric ?? yhat.name;
  const times = time.values.map(Number);
  const values = (name: string): Values => valuesOf(fieldNamed(frame, name), times.length);
  const read = { actual: values(FORECAST_FIELD.actual), yhat: values(FORECAST_FIELD.yhat) };
  return {
    key,
    server: meta.server ?? labels.server ?? '',
    metric,
    label: targetLabel(metric),
    times,
    ...read,
    lower: values(FORECAST_FIELD.lower),
    upper: values(FORECAST_FIELD.upper),
    pastYhat: values(FORECAST_FIELD.pastYhat),
    pastLower: values(FORECAST_FIELD.pastLower),
    pastUpper: values(FORECAST_FIELD.pastUpper),
    originMs: meta.originMs ?? firstForecast(times, read.yhat, read.actual),
    thresholds: thresholdsOf(yhat, meta),
    forecaster: meta.forecaster,
    sparse: false,
    ...scaleOf(yhat, metric),
    format: formatOf(yhat, metric, context),
  };
}

function fieldNamed(frame: DataFrame, name: string): Field | undefined {
  return frame.fields.find((field) => field.name === name);
}

/** Numbers as they are, everything else null; as many as there are times. */
export function valuesOf(field: Field | undefined, length: number): Values {
  return Array.from({ length }, (_, index) => finite(field?.values[index]));
}

export function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Where the past ends, for frames that have lost their meta data in a transformation. */
function firstForecast(times: readonly number[], yhat: Values, actual: Values): number | undefined {
  const first = yhat.findIndex((value, index) => value !== null && actual[index] === null);
  return first === -1 ? undefined : times[first];
}

function thresholdsOf(field: Field, meta: Partial<ArgusFrameMeta>): Thresholds | null {
  if (meta.thresholds !== undefined) return meta.thresholds;
  const steps = (field.config.thresholds?.steps ?? []).map(({ value }) => value).filter(Number.isFinite);
  if (steps.length === 0) return null;
  return { warning: steps.length > 1 ? (steps[0] ?? null) : null, critical: steps.at(-1) ?? null };
}

/** What the axis must keep to. */
export function scaleOf(field: Field | undefined, metric: string) {
  const unit = field?.config.unit ?? targetUnit(metric);
  return { min: field?.config.min ?? null, max: field?.config.max ?? null, percent: unit === 'percent' };
}

/** Formats values as the field's settings say, by the metric's own unit where they say nothing. */
export function formatOf(field: Field | undefined, metric: string, context: ReadContext) {
  const config = { unit: targetUnit(metric), ...withoutUndefined(field?.config ?? {}) };
  const display = getDisplayProcessor({
    field: { type: FieldType.number, config },
    theme: context.theme,
    timeZone: context.timeZone,
  });
  return (value: number) =>
    formattedValueToString(display(value, config.decimals === undefined ? decimalsFor(value) : undefined));
}

function withoutUndefined<T extends object>(config: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined && value !== ''),
  ) as Partial<T>;
}
