/** The kept tables, their columns and what makes a row the same as another. One Parquet file holds rows of one table. */
import { METRICS } from '../catalog/metrics.ts';
import { SCORE_PARTS, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZONS, type HorizonName } from '../catalog/time.ts';

export const TABLE_NAMES = ['metrics', 'forecasts', 'alerts', 'environment'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** TIME: milliseconds since the epoch on the way in, a TIMESTAMP (UTC) in the file. */
export type NumberType = 'FLOAT' | 'DOUBLE' | 'TIME';

export interface NumberColumn {
  readonly name: string;
  readonly type: NumberType;
}

export interface TableDefinition {
  readonly name: TableName;
  /** Text columns; null where not known. */
  readonly texts: readonly string[];
  /** Number columns; NaN on the way in is NULL in the file. */
  readonly numbers: readonly NumberColumn[];
  /** Columns that tell rows apart; of two equal ones the newer is kept. */
  readonly keys: readonly string[];
  /** Order of rows in a file. */
  readonly order: readonly string[];
}

export const BAND_NAMES = ['p10', 'p50', 'p90'] as const;
export type BandName = (typeof BAND_NAMES)[number];

/** Column of a forecast: what `target` will be `horizon` after the row's step. */
export function forecastColumn(target: string, horizon: HorizonName, band: BandName): string {
  return `${target}_${horizon}_${band}`;
}

export function partColumn(part: (typeof SCORE_PARTS)[number]): string {
  return `risk_${part}`;
}

const floats = (names: readonly string[]): readonly NumberColumn[] =>
  names.map((name) => ({ name, type: 'FLOAT' }));

/** Numbers of a forecast row before the forecasts themselves. */
export const RISK_NUMBERS = [
  'risk_score',
  'failure_probability_30m',
  'failure_probability_8h',
  ...SCORE_PARTS.map(partColumn),
] as const;

/** Forecast columns in the order [target][horizon][band]. */
export const FORECAST_NUMBERS: readonly string[] = TARGET_LIST.flatMap(({ name }) =>
  HORIZONS.flatMap((horizon) => BAND_NAMES.map((band) => forecastColumn(name, horizon.name, band))),
);

export const ENVIRONMENT_NUMBERS = [
  'total_servers',
  'critical_count',
  'warning_count',
  'degraded_count',
  'healthy_count',
  'warming_up_count',
  'stale_count',
  'fleet_health',
  'failure_probability_30m',
  'failure_probability_8h',
] as const;

export const ALERT_TEXTS = [
  'event_id',
  'alert_id',
  'server_name',
  'profile',
  'event_type',
  'previous_level',
  'new_level',
  'cause_metric',
  'message',
] as const;

export const TABLES: Readonly<Record<TableName, TableDefinition>> = {
  metrics: {
    name: 'metrics',
    texts: ['server_name', 'profile', 'time_zone', 'country'],
    numbers: floats(METRICS.map(({ name }) => name)),
    keys: ['server_name', 'timestamp'],
    order: ['server_name', 'timestamp'],
  },
  forecasts: {
    name: 'forecasts',
    texts: ['server_name', 'profile', 'mode', 'level'],
    numbers: floats([...RISK_NUMBERS, ...FORECAST_NUMBERS]),
    keys: ['server_name', 'timestamp'],
    order: ['server_name', 'timestamp'],
  },
  alerts: {
    name: 'alerts',
    texts: ALERT_TEXTS,
    numbers: [
      { name: 'timestamp', type: 'TIME' },
      { name: 'opened_at', type: 'TIME' },
      { name: 'resolved_at', type: 'TIME' },
      { name: 'risk_score', type: 'DOUBLE' },
      { name: 'lead_seconds', type: 'DOUBLE' },
      { name: 'critical_threshold', type: 'DOUBLE' },
    ],
    keys: ['event_id'],
    order: ['timestamp', 'event_id'],
  },
  environment: {
    name: 'environment',
    texts: [],
    numbers: ENVIRONMENT_NUMBERS.map((name) => ({ name, type: 'DOUBLE' })),
    keys: ['timestamp'],
    order: ['timestamp'],
  },
};

/** Columns of a table as SQL: name and type in the file. */
export function fileColumns({ texts, numbers }: TableDefinition): readonly (readonly [string, string])[] {
  const own = [
    ...texts.map((name) => [name, 'VARCHAR'] as const),
    ...numbers.map(({ name, type }) => [name, type === 'TIME' ? 'TIMESTAMP' : type] as const),
  ];
  return own.some(([name]) => name === 'timestamp') ? own : [['timestamp', 'TIMESTAMP'] as const, ...own];
}

/** Rows of one table on their way to a file; no two have the same keys. */
export interface Block {
  readonly table: TableName;
  /** Five-minute step of each row: what day and file it belongs to, and its `timestamp` where the table has no other. */
  readonly steps: Int32Array;
  /** [text column][row]. */
  readonly texts: readonly (readonly (string | null)[])[];
  /** [row][number column]. */
  readonly numbers: Float32Array | Float64Array;
}
