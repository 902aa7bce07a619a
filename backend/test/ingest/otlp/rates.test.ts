import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricMessage, Point, ResourceMessage } from './messages.ts';
import { Bench, MINUTE, NOW } from './support.ts';

const BOOT = NOW - 30 * 24 * 60 * MINUTE;
const T = NOW - 10 * MINUTE;

interface Bytes extends Partial<Point> {
  readonly at: number;
  readonly bytes: number;
}

/** Bytes received by one device, in MB for readable rates. */
function received(points: readonly Bytes[], rest: Partial<MetricMessage> = {}): ResourceMessage {
  return {
    resource: { 'host.name': 'web-1' },
    metrics: [
      {
        name: 'system.network.io',
        kind: 'sum',
        points: points.map(({ at, bytes, ...point }) => ({
          timeMs: at,
          startMs: BOOT,
          value: bytes * 1e6,
          attributes: { device: 'eth0', direction: 'receive' },
          ...point,
        })),
        ...rest,
      },
    ],
  };
}

/** Rates that come out of the points, each sent in a request of its own. */
function ratesOf(points: readonly Bytes[], rest: Partial<MetricMessage> = {}): readonly number[] {
  const bench = new Bench();
  for (const point of points) assert.equal(bench.send(received([point], rest)), null);
  bench.settle();
  return bench.intake.values('web-1', 'net_in_mb_s');
}

test('a cumulative sum needs two points, then gives the rate between them', () => {
  assert.deepEqual(
    ratesOf([
      { at: T, bytes: 1000 },
      { at: T + MINUTE, bytes: 1060 },
      { at: T + 2 * MINUTE, bytes: 1180 },
    ]),
    [1, 2],
  );
});

test('a first point contributes nothing even when its start is recent: SDKs report totals since boot', () => {
  assert.deepEqual(ratesOf([{ at: T, bytes: 500_000, startMs: T - 10_000 }]), []);
});

test('a reset with a known start counts what came since that start', () => {
  assert.deepEqual(
    ratesOf([
      { at: T, bytes: 1000 },
      { at: T + MINUTE, bytes: 60, startMs: T + 30_000 },
      { at: T + 2 * MINUTE, bytes: 120, startMs: T + 30_000 },
    ]),
    [2, 1],
  );
});

test('a reset with an unknown start contributes nothing', () => {
  for (const startMs of [0, T + MINUTE, BOOT]) {
    const points = [
      { at: T, bytes: 1000, startMs: startMs === BOOT ? BOOT : 0 },
      { at: T + MINUTE, bytes: 60, startMs },
      { at: T + 2 * MINUTE, bytes: 120, startMs },
    ];
    assert.deepEqual(ratesOf(points), [1], `start ${startMs}`);
  }
});

test('a start equal to the time is an unknown one, and does not keep later points from counting', () => {
  assert.deepEqual(
    ratesOf([
      { at: T, bytes: 10, startMs: T },
      { at: T + MINUTE, bytes: 70, startMs: T + MINUTE },
    ]),
    [1],
  );
});

test('a restarted agent whose totals go on contributes nothing once, then goes on', () => {
  assert.deepEqual(
    ratesOf([
      { at: T, bytes: 1000 },
      { at: T + MINUTE, bytes: 9000, startMs: T + 40_000 },
      { at: T + 2 * MINUTE, bytes: 9060, startMs: T + 40_000 },
    ]),
    [1],
  );
});

test('a start that jitters by a second, computed from an uptime, is no reset', () => {
  assert.deepEqual(
    ratesOf([
      { at: T, bytes: 1000, startMs: BOOT },
      { at: T + MINUTE, bytes: 1060, startMs: BOOT + 900 },
      { at: T + 2 * MINUTE, bytes: 1120, startMs: BOOT - 700 },
    ]),
    [1, 1],
  );
});

test('the same point again is ignored without being refused', () => {
  const again = { at: T + MINUTE, bytes: 1060 };
  assert.deepEqual(
    ratesOf([{ at: T, bytes: 1000 }, again, again, { at: T + 2 * MINUTE, bytes: 1120 }]),
    [1, 1],
  );
});

test('an older point of a cumulative sum is no reset', () => {
  assert.deepEqual(
    ratesOf([
      { at: T, bytes: 1000 },
      { at: T + 2 * MINUTE, bytes: 1120 },
      { at: T + MINUTE, bytes: 1060 },
      { at: T + 3 * MINUTE, bytes: 1180 },
    ]),
    [1, 1],
  );
});

test('a gap longer than three steps makes no rate', () => {
  const at = T - 20 * MINUTE;
  assert.deepEqual(
    ratesOf([
      { at, bytes: 1000 },
      { at: at + 16 * MINUTE, bytes: 5000 },
      { at: at + 17 * MINUTE, bytes: 5060 },
    ]),
    [1],
  );
});

test('delta sums are rates over their own time, from the first point on', () => {
  const delta = { temporality: 1 } as const;
  assert.deepEqual(
    ratesOf(
      [
        { at: T, bytes: 60, startMs: T - MINUTE },
        { at: T + MINUTE, bytes: 120, startMs: T },
        { at: T + MINUTE, bytes: 120, startMs: T },
      ],
      delta,
    ),
    [1, 2],
  );
});

test('a delta sum without a start counts from the point before', () => {
  assert.deepEqual(
    ratesOf(
      [
        { at: T, bytes: 60, startMs: 0 },
        { at: T + MINUTE, bytes: 120, startMs: 0 },
      ],
      { temporality: 1 },
    ),
    [2],
  );
});

test('a delta point that comes late still counts at its own time', () => {
  const bench = new Bench();
  const delta = { temporality: 1 } as const;
  for (const minute of [0, 2, 1]) {
    const at = T + minute * MINUTE;
    bench.send(received([{ at, bytes: 60 * (minute + 1), startMs: at - MINUTE }], delta));
  }
  bench.settle();
  const rates = bench.intake.measurements.map(({ timeMs, value }) => [(timeMs - T) / MINUTE, value]);
  assert.deepEqual(
    rates.sort((a, b) => a[0] - b[0]),
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
  );
});

test('a counter that lost its type on the way and comes as a gauge is still a counter', () => {
  assert.deepEqual(
    ratesOf(
      [
        { at: T, bytes: 1000 },
        { at: T + MINUTE, bytes: 1060 },
      ],
      { kind: 'gauge' },
    ),
    [1],
  );
});

test('a change of a level is not a level: delta sums of gauges are not used', () => {
  const bench = new Bench();
  const partial = bench.send({
    resource: { 'host.name': 'web-1' },
    metrics: [
      { name: 'node_load1', kind: 'sum', temporality: 1, points: [{ timeMs: T, startMs: T - 1, value: 1 }] },
    ],
  });
  assert.equal(partial, null);
  assert.deepEqual(bench.intake.measurements, []);
});

test('values and times that cannot be are refused with their reasons, the rest is taken', () => {
  const bench = new Bench();
  const load = (timeMs: number, value?: number): Point => ({
    timeMs,
    ...(value === undefined ? {} : { value }),
  });
  const partial = bench.send({
    resource: { 'host.name': 'web-1' },
    metrics: [
      {
        name: 'node_load1',
        points: [
          load(0, 1),
          load(Date.UTC(1970, 0, 2), 1),
          load(Date.UTC(2100, 0, 1), 1),
          load(NOW + 11 * MINUTE, 1),
          load(NOW - 25 * 60 * MINUTE, 1),
          load(NOW, Number.NaN),
          load(NOW, Number.POSITIVE_INFINITY),
          load(NOW, Number.NEGATIVE_INFINITY),
          load(NOW, -1),
          load(NOW),
          load(NOW + 9 * MINUTE, 2),
        ],
      },
      { name: 'cpu_user_pct', points: [load(NOW, 100.1), load(NOW + 1, 100.00001)] },
      { name: 'system.memory.utilization', points: [load(NOW, 1.1), load(NOW + 1, 1.0000001)] },
    ],
  });
  assert.equal(partial?.rejectedDataPoints, 12);
  const counts = [...(partial?.errorMessage ?? '').matchAll(/(\d+) points? refused \((\w+)/g)].map(
    ([, count, reason]) => `${reason} ${count}`,
  );
  assert.deepEqual(counts.sort(), [
    'negative 1',
    'no_time 1',
    'no_value 1',
    'not_finite 3',
    'out_of_range 2',
    'too_new 2',
    'too_old 2',
  ]);
  assert.deepEqual(bench.intake.latest('web-1'), { load_average: 2, cpu_user_pct: 100, mem_used_pct: 100 });
});

test('a point of the future does not keep a counter from going on', () => {
  const bench = new Bench();
  bench.send(received([{ at: T, bytes: 1000 }]));
  const partial = bench.send(received([{ at: NOW + 60 * MINUTE, bytes: 2000 }]));
  assert.equal(partial?.rejectedDataPoints, 1);
  bench.send(received([{ at: T + MINUTE, bytes: 1060 }]));
  bench.settle();
  assert.deepEqual(bench.intake.values('web-1', 'net_in_mb_s'), [1]);
});

test('a point flagged as having no recorded value is neither taken nor refused', () => {
  const bench = new Bench();
  const partial = bench.send({
    resource: { 'host.name': 'web-1' },
    metrics: [
      {
        name: 'node_load1',
        points: [
          { timeMs: NOW, value: 7, flags: 1 },
          { timeMs: NOW, flags: 1 },
        ],
      },
    ],
  });
  assert.equal(partial, null);
  assert.deepEqual(bench.intake.measurements, []);
  // Other flags mean nothing to us.
  bench.send({
    resource: { 'host.name': 'web-1' },
    metrics: [{ name: 'node_load1', points: [{ timeMs: NOW, value: 7, flags: 2 }] }],
  });
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [7]);
});

test('late gauges are taken at their own time', () => {
  const bench = new Bench();
  for (const timeMs of [NOW, NOW - 20 * 60 * MINUTE]) {
    bench.send({
      resource: { 'host.name': 'web-1' },
      metrics: [{ name: 'node_load1', points: [{ timeMs, value: 1 }] }],
    });
  }
  assert.deepEqual(
    bench.intake.measurements.map(({ timeMs }) => timeMs),
    [NOW, NOW - 20 * 60 * MINUTE],
  );
});

test('series over the limit of a server are refused and counted, those known go on', () => {
  const bench = new Bench({ maxSeriesPerServer: 16 });
  const devices = (count: number, at: number, bytes: number): ResourceMessage => ({
    resource: { 'host.name': 'web-1' },
    metrics: [
      {
        name: 'system.network.io',
        kind: 'sum',
        points: Array.from({ length: count }, (_, index) => ({
          timeMs: at,
          startMs: BOOT,
          value: bytes,
          attributes: { device: `eth${index}`, direction: 'receive' },
        })),
      },
    ],
  });
  assert.equal(bench.send(devices(16, T, 0)), null);
  const partial = bench.send(devices(20, T + MINUTE, 60e6));
  assert.equal(partial?.rejectedDataPoints, 4);
  assert.match(partial?.errorMessage ?? '', /series_limit.*maxSeriesPerServer/);
  bench.settle();
  assert.deepEqual(bench.intake.values('web-1', 'net_in_mb_s'), [16]);
});

test('of a full server, series that were silent for an hour make room', () => {
  const bench = new Bench({ maxSeriesPerServer: 16 });
  const veth = (name: string, at: number): ResourceMessage =>
    received([{ at, bytes: 1, attributes: { device: name, direction: 'receive' } }]);
  for (let index = 0; index < 16; index++) bench.send(veth(`veth${index}`, NOW - 120 * MINUTE));
  assert.equal(bench.send(veth('veth-new', NOW)), null);
});

test('a forgotten server starts from nothing, and its neighbours keep what they had', () => {
  const bench = new Bench();
  const of = (name: string, at: number, bytes: number): ResourceMessage => ({
    ...received([{ at, bytes }]),
    resource: { 'host.name': name },
  });
  for (const name of ['a', 'b', 'c']) bench.send(of(name, T, 1000));
  bench.service.forget(1);
  for (const name of ['a', 'b', 'c']) bench.send(of(name, T + MINUTE, 1060));
  bench.settle();
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => bench.intake.values(name, 'net_in_mb_s')),
    [[1], [], [1]],
  );
});
