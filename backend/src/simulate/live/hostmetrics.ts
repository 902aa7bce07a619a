/** Builds what a Collector's hostmetrics receiver would report about one machine (names and attributes of v0.160). */

import type { Attributes, HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { DataPoint, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { METRIC } from '../../catalog/metrics.ts';
import type { HostCounters } from './counters.ts';

const SCOPE = { name: 'argus-simulate/hostmetrics' };
const GIB = 2 ** 30;
const SECONDS_PER_DAY = 86_400;
/** Ordinary shares of what memory holds besides what is used. */
const CACHED_SHARE = 0.6;
const BUFFERED_SHARE = 0.08;
const SLAB_SHARE = 0.07;
/** ext4 keeps this share of a file system for root. */
const RESERVED_SHARE = 0.05;
/** The second file system is always emptier than the one that counts. */
const OTHER_MOUNT_SHARE = 0.4;

/** Sizes of a machine, which never change. */
export interface HostHardware {
  readonly cores: number;
  readonly memoryBytes: number;
  /** 0 where there is no swap space. */
  readonly swapBytes: number;
  readonly diskBytes: number;
  readonly hasJava: boolean;
}

export function hardwareOf(cores: number, hasSwap: boolean, hasJava: boolean): HostHardware {
  return {
    cores,
    memoryBytes: cores * 4 * GIB,
    swapBytes: hasSwap ? 8 * GIB : 0,
    diskBytes: Math.max(50, cores * 30) * GIB,
    hasJava,
  };
}

const toHrTime = (timeMs: number): HrTime => [Math.floor(timeMs / 1000), (timeMs % 1000) * 1e6];

interface MetricKind {
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'counter';
}

const KINDS: Readonly<Record<string, MetricKind>> = {
  'system.cpu.time': { unit: 's', kind: 'counter' },
  'system.cpu.logical.count': { unit: '{cpu}', kind: 'sum' },
  'system.cpu.load_average.1m': { unit: '{thread}', kind: 'gauge' },
  'system.memory.usage': { unit: 'By', kind: 'sum' },
  'system.paging.usage': { unit: 'By', kind: 'sum' },
  'system.filesystem.usage': { unit: 'By', kind: 'sum' },
  'system.network.io': { unit: 'By', kind: 'counter' },
  'system.network.connections': { unit: '{connections}', kind: 'sum' },
  'system.uptime': { unit: 's', kind: 'gauge' },
  'process.cpu.time': { unit: 's', kind: 'counter' },
};

/** Collects data points of one machine at one or several times into one export. */
export class HostReport {
  readonly #hardware: HostHardware;
  readonly #points = new Map<string, DataPoint<number>[]>();
  #startTime: HrTime = [0, 0];
  #endTime: HrTime = [0, 0];
  #count = 0;

  constructor(hardware: HostHardware) {
    this.#hardware = hardware;
  }

  /** Number of data points. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds everything a scrape at one time would see.
   * @param row the 14 metrics in catalog order
   */
  add(timeMs: number, row: Float64Array, counters: HostCounters): void {
    this.#startTime = toHrTime(counters.bootMs);
    this.#endTime = toHrTime(timeMs);
    this.#processor(row, counters);
    this.#memory(row);
    this.#filesystems(row[METRIC.diskUsage]);
    this.#network(row, counters);
    this.#point('system.uptime', {}, Math.round(row[METRIC.uptimeDays] * SECONDS_PER_DAY));
  }

  #point(metric: string, attributes: Attributes, value: number): void {
    let points = this.#points.get(metric);
    if (points === undefined) {
      points = [];
      this.#points.set(metric, points);
    }
    points.push({ startTime: this.#startTime, endTime: this.#endTime, attributes, value });
    this.#count++;
  }

  #processor(row: Float64Array, counters: HostCounters): void {
    for (const [state, seconds] of Object.entries(counters.cpu))
      this.#point('system.cpu.time', { state }, seconds);
    this.#point('system.cpu.logical.count', {}, this.#hardware.cores);
    this.#point('system.cpu.load_average.1m', {}, row[METRIC.loadAverage]);
    if (!this.#hardware.hasJava) return;
    for (const [state, seconds] of Object.entries(counters.java)) {
      this.#point('process.cpu.time', { state, 'process.executable.name': 'java' }, seconds);
    }
  }

  #memory(row: Float64Array): void {
    const { memoryBytes, swapBytes } = this.#hardware;
    const used = (memoryBytes * row[METRIC.memUsed]) / 100;
    const rest = memoryBytes - used;
    const states = {
      used,
      cached: rest * CACHED_SHARE,
      buffered: rest * BUFFERED_SHARE,
      slab_reclaimable: rest * SLAB_SHARE,
      slab_unreclaimable: rest * SLAB_SHARE,
      free: rest * (1 - CACHED_SHARE - BUFFERED_SHARE - 2 * SLAB_SHARE),
    };
    for (const [state, bytes] of Object.entries(states)) {
      this.#point('system.memory.usage', { state }, Math.round(bytes));
    }
    if (swapBytes === 0) return;
    const swapped = Math.round((swapBytes * row[METRIC.swapUsed]) / 100);
    this.#point('system.paging.usage', { device: '/dev/sda2', state: 'used' }, swapped);
    this.#point('system.paging.usage', { device: '/dev/sda2', state: 'free' }, swapBytes - swapped);
  }

  #filesystems(diskPct: number): void {
    const { diskBytes } = this.#hardware;
    this.#filesystem({ device: '/dev/sdb1', mountpoint: '/data', type: 'ext4' }, diskBytes, diskPct);
    this.#filesystem(
      { device: '/dev/sda1', mountpoint: '/', type: 'ext4' },
      30 * GIB,
      diskPct * OTHER_MOUNT_SHARE,
    );
    this.#filesystem({ device: 'tmpfs', mountpoint: '/run', type: 'tmpfs' }, GIB, 99);
  }

  #filesystem(mount: Attributes, bytes: number, usedPct: number): void {
    const reserved = Math.round(bytes * RESERVED_SHARE);
    const used = Math.round(((bytes - reserved) * usedPct) / 100);
    const states = { used, free: bytes - reserved - used, reserved };
    for (const [state, value] of Object.entries(states)) {
      this.#point('system.filesystem.usage', { ...mount, mode: 'rw', state }, value);
    }
  }

  #network(row: Float64Array, counters: HostCounters): void {
    const { received, transmitted, loopback } = counters.network;
    const io = (device: string, direction: string, bytes: number) =>
      this.#point('system.network.io', { device, direction }, Math.round(bytes));
    io('eth0', 'receive', received);
    io('eth0', 'transmit', transmitted);
    io('lo', 'receive', loopback);
    io('lo', 'transmit', loopback);
    const connections = (state: string, count: number, side: Attributes = {}) =>
      this.#point('system.network.connections', { protocol: 'tcp', state, ...side }, Math.round(count));
    connections('CLOSE_WAIT', row[METRIC.frontCloseWait]);
    connections('CLOSE_WAIT', row[METRIC.backCloseWait], { 'argus.side': 'back' });
    connections('ESTABLISHED', 20 + row[METRIC.loadAverage] * 3);
    connections('LISTEN', 12);
  }

  /** Everything collected so far as one export of the SDK. */
  toResourceMetrics(resource: Resource): ResourceMetrics {
    const metrics = [...this.#points].map(([name, dataPoints]): MetricData => {
      const { unit, kind } = KINDS[name];
      const common = {
        descriptor: { name, description: '', unit, valueType: ValueType.DOUBLE },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPoints,
      };
      if (kind === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE };
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic: kind === 'counter' };
    });
    return { resource, scopeMetrics: [{ scope: SCOPE, metrics }] };
  }
}
