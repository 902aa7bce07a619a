/** Measurements that can be compared with what the API shows of the window. */
import assert from 'node:assert/strict';
import type { AppAddresses } from '../../src/app.ts';
import { stepStartMs } from '../../src/catalog/time.ts';
import { encodeRequest, type MetricMessage, type ResourceMessage } from '../ingest/otlp/messages.ts';
import { sendHttp } from '../ingest/otlp/receiverSupport.ts';
import { eventually, forecastOf } from './support.ts';

const GIGABYTE = 2 ** 30;

/** One measurement of memory (two series of one moment) and of load (a series that stands for itself). */
export interface Row {
  readonly server: string;
  readonly step: number;
  readonly timeMs: number;
  readonly memoryPercent: number;
  readonly load: number;
}

function metricsOf({ timeMs, memoryPercent, load }: Row): readonly MetricMessage[] {
  const share = (state: string, percent: number) => ({
    timeMs,
    value: (percent / 100) * GIGABYTE,
    attributes: { state },
  });
  return [
    {
      name: 'system.memory.usage',
      kind: 'sum',
      isMonotonic: false,
      points: [share('used', memoryPercent), share('free', 100 - memoryPercent)],
    },
    { name: 'system.cpu.load_average.1m', points: [{ timeMs, value: load }] },
  ];
}

const message = (rows: readonly Row[]): readonly ResourceMessage[] =>
  rows.map((row) => ({ resource: { 'host.name': row.server }, metrics: metricsOf(row) }));

/**
 * Sends rows as OTLP/HTTP.
 * @returns true where the request was acknowledged in full, false where nobody answered
 */
export async function send({ otlpHttp }: AppAddresses, rows: readonly Row[]): Promise<boolean> {
  const answer = await sendHttp(otlpHttp, encodeRequest(message(rows))).catch(() => undefined);
  if (answer === undefined) return false;
  assert.deepEqual([answer.status, answer.body.length], [200, 0], answer.body.toString());
  return true;
}

export interface Found {
  readonly memory: number | null;
  readonly load: number | null;
}

/** The window as the API shows it, once the first forecast is made. */
export async function windowOf(addresses: AppAddresses, server: string): Promise<(step: number) => Found> {
  const { history } = await eventually(`a forecast of ${server}`, () => forecastOf(addresses, server));
  assert.ok(history);
  const positionOf = new Map(history.timestamps.map((time, position) => [Date.parse(time), position]));
  return (step) => {
    const position = positionOf.get(stepStartMs(step)) ?? -1;
    return {
      memory: history.targets.mem_used_pct[position] ?? null,
      load: history.targets.load_average[position] ?? null,
    };
  };
}

/** Settings under which rows that come hours late do not make their servers stale. */
export const LATE_ROWS = { ARGUS_FLEET__STALE_AFTER_MINUTES: '1440', ARGUS_FLEET__REMOVE_AFTER_HOURS: '48' };
