import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricMessage, Point, ResourceMessage } from './messages.ts';
import { Bench, MINUTE, NOW } from './support.ts';

const T = NOW - 10 * MINUTE;
const BOOT = NOW - 1000 * MINUTE;

function memory(timeMs: number, states: Readonly<Record<string, number>>): ResourceMessage {
  return {
    resource: { 'host.name': 'h' },
    metrics: [
      {
        name: 'system.memory.usage',
        points: Object.entries(states).map(([state, value]) => ({ timeMs, value, attributes: { state } })),
      },
    ],
  };
}

const received = (timeMs: number, bytesByDevice: Readonly<Record<string, number>>): ResourceMessage => ({
  resource: { 'host.name': 'h' },
  metrics: [
    {
      name: 'system.network.io',
      kind: 'sum',
      points: Object.entries(bytesByDevice).map(([device, value]) => ({
        timeMs,
        startMs: BOOT,
        value: value * 1e6,
        attributes: { device, direction: 'receive' },
      })),
    },
  ],
});

const memoryOf = (bench: Bench) => bench.intake.values('h', 'mem_used_pct');
const networkOf = (bench: Bench) => bench.intake.values('h', 'net_in_mb_s');

test('states of one moment that are split over resources and requests meet', () => {
  const bench = new Bench();
  for (const minute of [0, 1, 2]) {
    const timeMs = T + minute * MINUTE;
    bench.send(memory(timeMs, { used: 30 }), memory(timeMs, { free: 10 }));
    bench.send(memory(timeMs, { cached: 40, buffered: 20 }));
  }
  bench.settle();
  assert.deepEqual(memoryOf(bench), [30, 30, 30]);
});

test('once the number of series is known a measurement is written by the request that completes it', () => {
  const bench = new Bench();
  bench.send(memory(NOW - MINUTE, { used: 30, free: 70 }));
  assert.deepEqual(memoryOf(bench), []);
  bench.send(memory(NOW, { used: 40, free: 60 }));
  assert.deepEqual(memoryOf(bench), [30, 40]);
});

test('what is known of a step that is over is written by its request, and amended when more of it comes', () => {
  const bench = new Bench();
  bench.send(memory(T, { used: 30, free: 10 }));
  assert.deepEqual(memoryOf(bench), [75]);
  bench.send(memory(T, { cached: 20 }));
  assert.deepEqual(memoryOf(bench), [50]);
  bench.send(memory(T, { buffered: 40 }));
  bench.settle();
  assert.deepEqual(memoryOf(bench), [30]);
});

test('a sum over devices of a step that is over is written even where one of them is gone', () => {
  const bench = new Bench();
  bench.send(received(T, { eth0: 0, eth1: 0 }));
  bench.send(received(T + MINUTE, { eth0: 60, eth1: 60 }));
  bench.send(received(T + 2 * MINUTE, { eth0: 120 }));
  assert.deepEqual(networkOf(bench), [2, 1]);
});

test('a whole that lacks a part it had before is not written ahead', () => {
  const bench = new Bench();
  bench.send(
    memory(T, { used: 30, free: 10, cached: 60 }),
    memory(T + MINUTE, { used: 30, free: 10, cached: 60 }),
  );
  bench.send(memory(T + 2 * MINUTE, { used: 30, free: 10 }));
  assert.deepEqual(memoryOf(bench), [30, 30]);
  bench.send(memory(T + 2 * MINUTE, { cached: 60 }));
  assert.deepEqual(memoryOf(bench), [30, 30, 30]);
});

test('the very first moment is written after a while even if no other follows', () => {
  const bench = new Bench();
  bench.send(memory(NOW, { used: 30, free: 70 }));
  assert.deepEqual(memoryOf(bench), []);
  bench.settle();
  assert.deepEqual(memoryOf(bench), [30]);
});

test('many moments of one request are each put together, in whatever order their points come', () => {
  const bench = new Bench();
  const minutes = [0, 1, 2, 3, 4, 5, 6, 7];
  const series = (state: string, valueAt: (minute: number) => number): readonly Point[] =>
    minutes.map((minute) => ({
      timeMs: T + minute * MINUTE,
      value: valueAt(minute),
      attributes: { state },
    }));
  const metric: MetricMessage = {
    name: 'system.memory.usage',
    points: [...series('used', (minute) => 10 + minute), ...series('free', (minute) => 90 - minute)],
  };
  bench.send({ resource: { 'host.name': 'h' }, metrics: [metric] });
  assert.deepEqual(
    memoryOf(bench),
    minutes.map((minute) => 10 + minute),
  );
});

test('a whole with a part that cannot be used is left out rather than falsified', () => {
  const bench = new Bench();
  bench.send(memory(T, { used: 30, free: 70 }));
  bench.send(memory(T + MINUTE, { used: 30, free: Number.NaN }));
  bench.send(memory(T + 2 * MINUTE, { used: 50, free: 50 }));
  bench.settle();
  assert.deepEqual(memoryOf(bench), [30, 50]);
});

test('a whole that lost a part on the way is left out; a part that is gone for good is not waited for', () => {
  const bench = new Bench();
  bench.send(memory(T, { used: 30, free: 50, cached: 20 }));
  bench.send(memory(T + MINUTE, { used: 30, free: 50, cached: 20 }));
  bench.send(memory(T + 2 * MINUTE, { used: 30, free: 50 }));
  bench.settle();
  assert.deepEqual(memoryOf(bench), [30, 30]);
  bench.send(memory(T + 3 * MINUTE, { used: 40, free: 60 }));
  bench.settle();
  bench.send(memory(T + 4 * MINUTE, { used: 50, free: 50 }));
  assert.deepEqual(memoryOf(bench), [30, 30, 40, 50]);
});

test('a device that went away lowers the sum, one that came joins it with its second point', () => {
  const bench = new Bench();
  bench.send(received(T, { eth0: 0, eth1: 0 }));
  bench.send(received(T + MINUTE, { eth0: 60, eth1: 60 }));
  bench.send(received(T + 2 * MINUTE, { eth0: 120 }));
  bench.settle();
  bench.send(received(T + 3 * MINUTE, { eth0: 180, eth2: 1000 }));
  bench.send(received(T + 4 * MINUTE, { eth0: 240, eth2: 1120 }));
  assert.deepEqual(networkOf(bench), [2, 1, 1, 3]);
});

test('a duplicate of a whole request changes nothing', () => {
  const bench = new Bench();
  for (const minute of [0, 1, 1, 1, 2]) {
    bench.send(
      memory(T + minute * MINUTE, { used: 30, free: 70 }),
      received(T + minute * MINUTE, { eth0: 60 * minute }),
    );
  }
  assert.deepEqual(memoryOf(bench), [30, 30, 30]);
  assert.deepEqual(networkOf(bench), [1, 1]);
});

test('moments that come in the wrong order are each written once', () => {
  const bench = new Bench();
  for (const minute of [0, 1, 4, 2, 3])
    bench.send(memory(T + minute * MINUTE, { used: 10 + minute, free: 90 - minute }));
  bench.settle();
  assert.deepEqual([...memoryOf(bench)].sort(), [10, 11, 12, 13, 14]);
});

test('what is held of a server that left does not reach the next one in its slot', () => {
  const bench = new Bench();
  bench.send(memory(NOW, { used: 30, free: 70 }));
  bench.service.forget(0);
  bench.settle();
  assert.deepEqual(bench.intake.measurements, []);
});

test('a stop writes what is held', () => {
  const bench = new Bench();
  bench.send(memory(NOW, { used: 30, free: 70 }));
  bench.service.flushAll();
  assert.deepEqual(memoryOf(bench), [30]);
});

test('a request with 150,000 moments of one source is taken in bounded memory', () => {
  const bench = new Bench();
  const points = Array.from({ length: 150_000 }, (_, index) => ({
    timeMs: NOW - 3_600_000 + index,
    value: 50,
    attributes: { state: index % 2 === 0 ? 'used' : 'free' },
  }));
  assert.equal(
    bench.send({ resource: { 'host.name': 'h' }, metrics: [{ name: 'system.memory.usage', points }] }),
    null,
  );
  // None of them is whole.
  bench.settle();
  assert.deepEqual(memoryOf(bench), []);
  bench.send(memory(NOW, { used: 30, free: 70 }));
  bench.send(memory(NOW + MINUTE, { used: 40, free: 60 }));
  assert.deepEqual(memoryOf(bench), [30, 40]);
});
