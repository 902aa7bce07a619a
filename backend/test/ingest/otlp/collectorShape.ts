/** Messages with the metrics, attributes and kinds that the Collector's hostmetrics receiver sends. */
import type { MetricMessage, Point, ResourceMessage } from './messages.ts';

const CPU_STATES = ['user', 'system', 'idle', 'interrupt', 'nice', 'softirq', 'steal', 'wait'];
const CPU_SECONDS_PER_SECOND = [1.2, 0.4, 2.0, 0.02, 0.1, 0.04, 0.04, 0.2];
const MEMORY_STATES = ['used', 'free', 'buffered', 'cached', 'slab_reclaimable', 'slab_unreclaimable'];
const GIBIBYTE = 2 ** 30;
const CONNECTION_STATES = [
  'CLOSE',
  'CLOSE_WAIT',
  'CLOSING',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'LAST_ACK',
  'LISTEN',
  'SYN_RECEIVED',
  'SYN_SENT',
  'TIME_WAIT',
];

export interface HostShape {
  readonly name: string;
  readonly cpus: number;
  readonly devices: number;
  readonly mounts: number;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const byteCount = (value: number): bigint => BigInt(Math.round(value));

function cpuTime(host: HostShape, startMs: number, timeMs: number): MetricMessage {
  const seconds = (timeMs - startMs) / 1000;
  return {
    name: 'system.cpu.time',
    kind: 'sum',
    points: range(host.cpus).flatMap((cpu) =>
      CPU_STATES.map((state, index) => ({
        startMs,
        timeMs,
        value: (CPU_SECONDS_PER_SECOND[index] * seconds) / 4,
        attributes: { cpu: `cpu${cpu}`, state },
      })),
    ),
  };
}

function network(host: HostShape, startMs: number, timeMs: number): readonly MetricMessage[] {
  const seconds = (timeMs - startMs) / 1000;
  const points = ['lo', ...range(host.devices).map((index) => `eth${index}`)].flatMap((device) =>
    ['receive', 'transmit'].map((direction) => ({
      startMs,
      timeMs,
      asInt: byteCount(seconds * (direction === 'receive' ? 2e6 : 1e6)),
      attributes: { device, direction },
    })),
  );
  return ['io', 'packets', 'dropped', 'errors'].map((suffix) => ({
    name: `system.network.${suffix}`,
    kind: 'sum',
    points,
  }));
}

function filesystem(host: HostShape, startMs: number, timeMs: number): MetricMessage {
  const mount = (device: string, mountpoint: string, type: string, usedGib: number): readonly Point[] =>
    [
      { state: 'used', gib: usedGib },
      { state: 'free', gib: 100 - usedGib },
      { state: 'reserved', gib: 5 },
    ].map(({ state, gib }) => ({
      startMs,
      timeMs,
      asInt: byteCount(gib * GIBIBYTE),
      attributes: { device, mode: 'rw', mountpoint, state, type },
    }));
  return {
    name: 'system.filesystem.usage',
    kind: 'sum',
    isMonotonic: false,
    points: [
      ...range(host.mounts).flatMap((index) =>
        mount(`/dev/sd${index}`, index === 0 ? '/' : `/data${index}`, 'ext4', 20 + index),
      ),
      ...mount('tmpfs', '/run', 'tmpfs', 99),
    ],
  };
}

/** One request's worth of a host: each scraper's metrics as a ResourceMetrics of its own, as the Collector sends. */
export function collectorHost(host: HostShape, startMs: number, timeMs: number): readonly ResourceMessage[] {
  const resource = { 'host.name': host.name, 'os.type': 'linux' };
  const gauge = (name: string, value: number): MetricMessage => ({ name, points: [{ timeMs, value }] });
  const scrapers: readonly (readonly MetricMessage[])[] = [
    [
      cpuTime(host, startMs, timeMs),
      { name: 'system.cpu.logical.count', kind: 'sum', isMonotonic: false, points: [{ timeMs, asInt: 4n }] },
    ],
    [
      gauge('system.cpu.load_average.15m', 1),
      gauge('system.cpu.load_average.1m', 1.5),
      gauge('system.cpu.load_average.5m', 1),
    ],
    [
      {
        name: 'system.memory.usage',
        kind: 'sum',
        isMonotonic: false,
        points: MEMORY_STATES.map((state, index) => ({
          startMs,
          timeMs,
          asInt: byteCount([6, 4, 1, 4, 0.5, 0.5][index] * GIBIBYTE),
          attributes: { state },
        })),
      },
    ],
    [filesystem(host, startMs, timeMs)],
    [
      ...network(host, startMs, timeMs),
      {
        name: 'system.network.connections',
        kind: 'sum',
        isMonotonic: false,
        points: CONNECTION_STATES.map((state) => ({
          startMs,
          timeMs,
          asInt: state === 'CLOSE_WAIT' ? 7n : 3n,
          attributes: { protocol: 'tcp', state },
        })),
      },
    ],
    [gauge('system.uptime', (timeMs - startMs) / 1000)],
  ];
  return scrapers.map((metrics) => ({ resource, metrics }));
}
