import { type DataFrame, type Field, FieldType, type Labels } from '@grafana/data';
import { HORIZONS, targetLabel } from '../metrics';
import { finite, formatOf, type ReadContext, scaleOf } from './fromFrames';
import type { ForecastSeries, Thresholds, Values } from './series';

/** Labels of the metric argus_forecast. */
const LABEL = { server: 'server', metric: 'metric', horizon: 'horizon', quantity: 'ml_forecast' } as const;
const QUANTITIES = ['yhat', 'yhat_lower', 'yhat_upper'] as const;
type Quantity = (typeof QUANTITIES)[number];

/** Labels by which other exporters name the server. */
const SERVER_LABELS = ['server', 'host_name', 'host', 'nodename', 'instance'] as const;

interface Sample {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
  readonly field: Field;
}

export interface PrometheusContext extends ReadContext {
  readonly thresholds: Thresholds | null;
  /** A horizon's name: adds what was forecast this long before. */
  readonly pastLead: string | undefined;
}

/**
 * Reads plain Prometheus series: `argus_forecast{server,metric,horizon,ml_forecast}`, instant or range, as series or as a
 * table. The newest sample of each horizon stands at its own time plus the horizon. Other series are what was measured,
 * where their labels say of which server (and metric) or where there is only one forecast they can belong to.
 */
export function seriesFromPrometheus(
  frames: readonly DataFrame[],
  context: PrometheusContext,
): ForecastSeries[] {
  const samples = frames.flatMap(samplesOf);
  const forecasts = groupBy(samples.filter(isForecast), ({ labels }) =>
    JSON.stringify([labels[LABEL.server] ?? '', labels[LABEL.metric] ?? '']),
  );
  const measured = samples.filter((sample) => !isForecast(sample));
  return [...forecasts].map(([key, own]) =>
    build(key, own, measuredFor(own, measured, forecasts.size), context),
  );
}

function isForecast({ labels }: Sample): boolean {
  return (
    horizonMs(labels) !== undefined &&
    (QUANTITIES as readonly string[]).includes(labels[LABEL.quantity] ?? '')
  );
}

function horizonMs(labels: Labels): number | undefined {
  const horizon = HORIZONS.find(({ name }) => name === labels[LABEL.horizon]);
  return horizon === undefined ? undefined : horizon.seconds * 1_000;
}

/** Every value of a frame with its labels, which a table keeps in columns and a series on the field. */
function samplesOf(frame: DataFrame): Sample[] {
  const time = frame.fields.find(({ type }) => type === FieldType.time);
  if (time === undefined) return [];
  const columns = frame.fields.filter(({ type }) => type === FieldType.string);
  return frame.fields
    .filter(({ type }) => type === FieldType.number)
    .flatMap((field) =>
      field.values.flatMap((raw: unknown, row: number) => {
        const value = finite(raw);
        const timeMs = Number(time.values[row]);
        if (value === null || !Number.isFinite(timeMs)) return [];
        return [{ labels: { ...rowLabels(columns, row), ...field.labels }, timeMs, value, field }];
      }),
    );
}

function rowLabels(columns: readonly Field[], row: number): Labels {
  return Object.fromEntries(columns.map(({ name, values }) => [name, String(values[row] ?? '')]));
}

function measuredFor(own: readonly Sample[], measured: readonly Sample[], forecasts: number): Sample[] {
  const labels = own[0]?.labels ?? {};
  const server = labels[LABEL.server];
  const metric = labels[LABEL.metric];
  return measured.filter((sample) => {
    const name = SERVER_LABELS.map((label) => sample.labels[label]).find((value) => value !== undefined);
    if (name === undefined) return forecasts === 1;
    const ofMetric = sample.labels[LABEL.metric] ?? sample.labels.__name__?.replace(/^argus_/, '');
    return sameServer(name, server) && (forecasts === 1 || ofMetric === metric);
  });
}

/** `instance` carries a port. */
function sameServer(name: string, server: string | undefined): boolean {
  return name === server || name.replace(/:\d+$/, '') === server;
}

function build(
  key: string,
  own: readonly Sample[],
  measured: readonly Sample[],
  context: PrometheusContext,
): ForecastSeries {
  const labels = own[0]?.labels ?? {};
  const metric = labels[LABEL.metric] ?? '';
  const newestMs = own.reduce((newest, { timeMs }) => Math.max(newest, timeMs), 0);
  const points = new Points();
  for (const { timeMs, value } of measured) points.set(timeMs, 'actual', value);
  for (const { quantity, timeMs, value } of newestAhead(own)) points.set(timeMs, quantity, value);
  for (const { quantity, timeMs, value } of earlier(own, context.pastLead, newestMs))
    points.set(timeMs, `past_${quantity}`, value);
  const field = measured[0]?.field ?? own[0]?.field;
  return {
    key,
    server: labels[LABEL.server] ?? '',
    metric,
    label: targetLabel(metric),
    ...points.columns(),
    originMs: newestMs,
    thresholds: context.thresholds,
    forecaster: undefined,
    sparse: true,
    ...scaleOf(field, metric),
    format: formatOf(field, metric, context),
  };
}

interface Placed {
  readonly quantity: Quantity;
  readonly timeMs: number;
  readonly value: number;
}

/** The newest sample of each horizon and quantity, at the time it is a forecast of. */
function newestAhead(own: readonly Sample[]): Placed[] {
  const newest = new Map<string, Sample>();
  for (const sample of own) {
    const id = `${sample.labels[LABEL.horizon]} ${sample.labels[LABEL.quantity]}`;
    const before = newest.get(id);
    if (before === undefined || before.timeMs <= sample.timeMs) newest.set(id, sample);
  }
  return [...newest.values()].map(placed);
}

/** What one horizon said of times that have come. */
function earlier(own: readonly Sample[], lead: string | undefined, newestMs: number): Placed[] {
  if (lead === undefined || lead === '') return [];
  const ofLead = own.filter(({ labels }) => labels[LABEL.horizon] === lead);
  return ofLead.map(placed).filter(({ timeMs }) => timeMs <= newestMs);
}

function placed({ labels, timeMs, value }: Sample): Placed {
  const quantity = QUANTITIES.find((name) => name === labels[LABEL.quantity]) ?? 'yhat';
  return { quantity, timeMs: timeMs + (horizonMs(labels) ?? 0), value };
}

type Column = 'actual' | Quantity | `past_${Quantity}`;

/** Values by time and column, gathered in any order. */
class Points {
  readonly #rows = new Map<number, Partial<Record<Column, number>>>();

  set(timeMs: number, column: Column, value: number): void {
    const row = this.#rows.get(timeMs) ?? {};
    row[column] = value;
    this.#rows.set(timeMs, row);
  }

  columns() {
    const times = [...this.#rows.keys()].sort((a, b) => a - b);
    const column = (name: Column): Values => times.map((time) => this.#rows.get(time)?.[name] ?? null);
    return {
      times,
      actual: column('actual'),
      yhat: column('yhat'),
      lower: column('yhat_lower'),
      upper: column('yhat_upper'),
      pastYhat: column('past_yhat'),
      pastLower: column('past_yhat_lower'),
      pastUpper: column('past_yhat_upper'),
    };
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
