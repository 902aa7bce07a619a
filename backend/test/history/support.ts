/** Blocks of rows and archives for tests. */
import { readdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { Value } from 'typebox/value';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { STEP_MS, STEPS_A_DAY } from '../../src/catalog/time.ts';
import { type HistoryConfig, HistoryConfigSchema } from '../../src/history/config.ts';
import { Archive, type ArchiveOptions } from '../../src/history/store/archive.ts';
import {
  type Block,
  FORECAST_NUMBERS,
  forecastColumn,
  RISK_NUMBERS,
  TABLES,
} from '../../src/history/tables.ts';
import { folderUntilExit } from '../folders.ts';

/** A step at the beginning of a day (UTC). */
export const MIDNIGHT_STEP = Math.floor(Date.UTC(2026, 2, 10) / STEP_MS);
export const LAST_OF_DAY = MIDNIGHT_STEP + STEPS_A_DAY - 1;
export const timeOf = (step: number): number => step * STEP_MS;

export function historyConfig(changes: Partial<HistoryConfig> = {}): HistoryConfig {
  return { ...(Value.Default(HistoryConfigSchema, {}) as HistoryConfig), minFreeMegabytes: 0, ...changes };
}

export function historyFolder(_t: TestContext): string {
  return folderUntilExit('argus-history-');
}

export async function openArchive(t: TestContext, options: Partial<ArchiveOptions> = {}): Promise<Archive> {
  const archive = await Archive.open({
    folder: options.folder ?? historyFolder(t),
    config: historyConfig(),
    clock: { now: () => timeOf(LAST_OF_DAY) },
    ...options,
  });
  t.after(() => archive.close());
  return archive;
}

export interface MetricRow {
  readonly server: string;
  readonly step: number;
  readonly memory: number;
  /** CPU idle; not measured where it is left out. */
  readonly idle?: number;
  readonly timeZone?: string;
  readonly country?: string;
}

export function metricBlock(rows: readonly MetricRow[]): Block {
  const numbers = new Float32Array(rows.length * METRIC_COUNT).fill(Number.NaN);
  rows.forEach(({ memory, idle }, row) => {
    numbers[row * METRIC_COUNT + METRIC.memUsed] = memory;
    if (idle !== undefined) numbers[row * METRIC_COUNT + METRIC.cpuIdle] = idle;
  });
  return {
    table: 'metrics',
    steps: Int32Array.from(rows, ({ step }) => step),
    texts: [
      rows.map(({ server }) => server),
      rows.map(() => 'generic'),
      rows.map(({ timeZone = 'UTC' }) => timeZone),
      rows.map(({ country }) => country ?? null),
    ],
    numbers,
  };
}

export interface ForecastRow {
  readonly server: string;
  readonly step: number;
  readonly score: number;
  readonly level?: string;
  /** P50 of memory an hour ahead; the band is five to each side. */
  readonly memoryIn1h?: number;
}

export function forecastBlock(rows: readonly ForecastRow[]): Block {
  const width = RISK_NUMBERS.length + FORECAST_NUMBERS.length;
  const numbers = new Float32Array(rows.length * width).fill(Number.NaN);
  const at = (band: 'p10' | 'p50' | 'p90') =>
    RISK_NUMBERS.length + FORECAST_NUMBERS.indexOf(forecastColumn('mem_used_pct', '1h', band));
  rows.forEach(({ score, memoryIn1h }, row) => {
    numbers[row * width] = score;
    if (memoryIn1h === undefined) return;
    numbers[row * width + at('p10')] = memoryIn1h - 5;
    numbers[row * width + at('p50')] = memoryIn1h;
    numbers[row * width + at('p90')] = memoryIn1h + 5;
  });
  return {
    table: 'forecasts',
    steps: Int32Array.from(rows, ({ step }) => step),
    texts: [
      rows.map(({ server }) => server),
      rows.map(() => 'generic'),
      rows.map(() => 'model'),
      rows.map(({ level = 'healthy' }) => level),
    ],
    numbers,
  };
}

export interface AlertRow {
  readonly event: string;
  readonly alert: string;
  readonly server: string;
  readonly atMs: number;
  readonly openedMs: number;
  readonly resolvedMs?: number;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly score: number;
  readonly message?: string;
}

export function alertRows(rows: readonly AlertRow[]): Block {
  const width = TABLES.alerts.numbers.length;
  const numbers = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    numbers.set([row.atMs, row.openedMs, row.resolvedMs ?? Number.NaN, row.score, 1800, 95], i * width);
  });
  return {
    table: 'alerts',
    steps: Int32Array.from(rows, ({ atMs }) => Math.floor(atMs / STEP_MS)),
    texts: [
      rows.map(({ event }) => event),
      rows.map(({ alert }) => alert),
      rows.map(({ server }) => server),
      rows.map(() => 'database'),
      rows.map(({ type }) => type),
      rows.map(({ from }) => from),
      rows.map(({ to }) => to),
      rows.map(() => 'mem_used_pct'),
      rows.map(({ message }) => message ?? 'memory fills'),
    ],
    numbers,
  };
}

/** Parquet files of the history, by their path in its folder. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();
}

/** Memory of a server by step, as the archive has it. */
export async function memoryOf(archive: Archive, server: string): Promise<ReadonlyMap<number, number>> {
  const rows = await archive.read((reading) =>
    reading.rows(
      `SELECT epoch_ms("timestamp")::DOUBLE, mem_used_pct FROM ${reading.source('metrics', 0, 8.64e12)}
       WHERE server_name = '${server}' ORDER BY 1`,
    ),
  );
  return new Map(rows.map(([timeMs, value]) => [Math.round(Number(timeMs) / STEP_MS), Number(value)]));
}
