import {
  type DataFrame,
  dateTime,
  EventBusSrv,
  FieldType,
  getDefaultTimeRange,
  LoadingState,
  type PanelData,
  type PanelProps,
  type TimeRange,
  toDataFrame,
} from '@grafana/data';
import type { ArgusFrameMeta } from '../../shared/frames';

export const ORIGIN_MS = Date.UTC(2026, 6, 5, 11);
export const STEP_MS = 300_000;
const PAST = 96;
const AHEAD = 96;

export interface ForecastFrameSpec extends Partial<ArgusFrameMeta> {
  readonly past?: readonly unknown[];
  readonly p50?: readonly unknown[];
  readonly p10?: readonly unknown[];
  readonly p90?: readonly unknown[];
  readonly pastYhat?: readonly unknown[];
}

function times(count: number, firstMs: number): number[] {
  return Array.from({ length: count }, (_, i) => firstMs + i * STEP_MS);
}

function ramp(count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / Math.max(1, count - 1));
}

/** A frame as the data source makes it: measured to the origin, forecast from there. */
export function forecastFrame(spec: ForecastFrameSpec = {}): DataFrame {
  const { past = ramp(PAST, 60, 70), p50 = ramp(AHEAD, 70, 96), pastYhat, p10, p90, ...meta } = spec;
  const nulls = (count: number) => Array.from({ length: count }, () => null);
  const ahead = p50.length;
  const shifted = (by: number) => p50.map((value) => (typeof value === 'number' ? value + by : null));
  const labels = { server: meta.server ?? 'ppdb001', metric: meta.metric ?? 'mem_used_pct' };
  const number = (name: string, values: readonly unknown[]) => ({
    name,
    type: FieldType.number,
    values: [...values],
    labels,
    config: { unit: 'percent' },
  });
  const custom: ArgusFrameMeta = {
    argus: 'forecast',
    originMs: ORIGIN_MS,
    server: 'ppdb001',
    metric: 'mem_used_pct',
    forecaster: 'model',
    thresholds: { warning: 88, critical: 95 },
    ...meta,
  };
  return toDataFrame({
    meta: { custom },
    fields: [
      {
        name: 'time',
        type: FieldType.time,
        values: times(past.length + ahead, ORIGIN_MS - past.length * STEP_MS),
      },
      number('actual', [...past, ...nulls(ahead)]),
      number('yhat', [...nulls(past.length), ...p50]),
      number('yhat_lower', [...nulls(past.length), ...(p10 ?? shifted(-2))]),
      number('yhat_upper', [...nulls(past.length), ...(p90 ?? shifted(2))]),
      ...(pastYhat === undefined ? [] : [number('past_yhat', [...pastYhat, ...nulls(ahead)])]),
    ],
  });
}

export interface FleetRow {
  readonly server: string;
  readonly profile?: string;
  readonly risk?: number | null;
  readonly level?: string | null;
  readonly mode?: string;
  readonly cause?: string | null;
  readonly reason?: string | null;
  readonly time_to_breach?: number | null;
  readonly breach_metric?: string | null;
  readonly breach_threshold?: string | null;
  readonly probability_30m?: number | null;
  readonly probability_8h?: number | null;
}

const FLEET_COLUMNS = [
  ['server', FieldType.string],
  ['profile', FieldType.string],
  ['level', FieldType.string],
  ['risk', FieldType.number],
  ['mode', FieldType.string],
  ['probability_30m', FieldType.number],
  ['probability_8h', FieldType.number],
  ['time_to_breach', FieldType.number],
  ['breach_metric', FieldType.string],
  ['breach_threshold', FieldType.string],
  ['cause', FieldType.string],
  ['reason', FieldType.string],
] as const;

export function fleetFrame(rows: readonly FleetRow[]): DataFrame {
  return toDataFrame({
    meta: { custom: { argus: 'fleet' } },
    fields: FLEET_COLUMNS.map(([name, type]) => ({
      name,
      type,
      values: rows.map(
        (row) => row[name] ?? (name === 'mode' ? 'model' : name === 'profile' ? 'database' : null),
      ),
    })),
  });
}

export function range(fromMs: number, toMs: number, raw?: TimeRange['raw']): TimeRange {
  const from = dateTime(fromMs);
  const to = dateTime(toMs);
  return { from, to, raw: raw ?? { from, to } };
}

/** The last six hours, as a dashboard asks for them. */
export const LAST_HOURS = range(ORIGIN_MS - 6 * 3_600_000, ORIGIN_MS + 120_000, {
  from: 'now-6h',
  to: 'now',
});

export function panelData(series: readonly DataFrame[], rest: Partial<PanelData> = {}): PanelData {
  return { state: LoadingState.Done, series: [...series], timeRange: getDefaultTimeRange(), ...rest };
}

/** Everything Grafana gives a panel. */
export function panelProps<Options>(
  options: Options,
  data: PanelData,
  rest: Partial<PanelProps<Options>> = {},
): PanelProps<Options> {
  return {
    id: 1,
    data,
    timeRange: LAST_HOURS,
    timeZone: 'utc',
    options,
    transparent: false,
    width: 900,
    height: 500,
    fieldConfig: { defaults: {}, overrides: [] },
    renderCounter: 0,
    title: '',
    eventBus: new EventBusSrv(),
    onOptionsChange: jest.fn(),
    onFieldConfigChange: jest.fn(),
    replaceVariables: (text) => text,
    onChangeTimeRange: jest.fn(),
    ...rest,
  };
}

/** Names a person could give a server to break something. */
export const HOSTILE_NAMES = [
  '<script>alert(1)</script>',
  'rack1/../host7',
  'quote"\'`',
  'constructor',
  '__proto__',
  '100%',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: looks like a template variable of Grafana
  '${__all}',
  'サーバー',
  'x'.repeat(255),
];
