/** The receiver's service on a real fleet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { METRIC, METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { ingestMetrics } from '../../../src/ingest/metrics.ts';
import { MetricsService } from '../../../src/ingest/otlp/metricsService.ts';
import { newFleet, START_MS, START_STEP } from '../../fleet/support.ts';
import { collectorHost } from './collectorShape.ts';
import { encodeRequest, type ResourceMessage } from './messages.ts';
import { otlpConfig } from './support.ts';

const MINUTE = 60_000;
const BOOT = START_MS - 24 * 60 * MINUTE;
const SHAPE = { name: 'ppdb001', cpus: 4, devices: 2, mounts: 3 };

function serviceOn(overrides: Parameters<typeof newFleet>[0] = {}) {
  const { fleet, clock } = newFleet(overrides);
  const service = new MetricsService(fleet, clock, otlpConfig(), ingestMetrics(new Registry()));
  fleet.onServerLeft((server) => service.forget(server.index));
  return { fleet, clock, service };
}

test('a closed step holds the means of what a Collector sent during it', () => {
  const { fleet, clock, service } = serviceOn();
  for (let minute = 0; minute < 5; minute++) {
    clock.timeMs = START_MS + minute * MINUTE + 1000;
    service.export(encodeRequest(collectorHost(SHAPE, BOOT, START_MS + minute * MINUTE)));
  }
  clock.timeMs = START_MS + 6 * MINUTE;
  fleet.tick();
  assert.equal(fleet.closedStep, START_STEP);
  const server = fleet.byName('ppdb001');
  assert.ok(server !== undefined);
  const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT);
  fleet.copyWindow(server.index, START_STEP, window, 0);
  const row = window.subarray((WINDOW_STEPS - 1) * METRIC_COUNT);
  const expected: readonly (readonly [metric: number, value: number])[] = [
    [METRIC.cpuUser, 32.5],
    [METRIC.cpuSys, 12.5],
    [METRIC.cpuIowait, 5],
    [METRIC.cpuIdle, 50],
    [METRIC.memUsed, 37.5],
    [METRIC.diskUsage, 22],
    [METRIC.netIn, 4],
    [METRIC.netOut, 2],
    [METRIC.frontCloseWait, 7],
    [METRIC.loadAverage, 1.5],
  ];
  for (const [metric, value] of expected)
    assert.ok(Math.abs(row[metric] - value) < 1e-4, `${metric}: ${row[metric]}`);
  for (const metric of [METRIC.javaCpu, METRIC.swapUsed, METRIC.backCloseWait])
    assert.ok(Number.isNaN(row[metric]));
});

test('a fleet that is full refuses the newcomers of a flood, keeps and goes on with those it knows', () => {
  const { fleet, clock, service } = serviceOn({ maxServers: 10 });
  clock.timeMs = START_MS + MINUTE;
  const load = (name: string, timeMs: number): ResourceMessage => ({
    resource: { 'host.name': name },
    metrics: [{ name: 'node_load1', points: [{ timeMs, value: 1 }] }],
  });
  for (let index = 0; index < 10; index++) service.export(encodeRequest([load(`known-${index}`, START_MS)]));
  let refused = 0;
  for (let batch = 0; batch < 100; batch++) {
    const flood = Array.from({ length: 1000 }, (_, index) => load(`flood-${batch * 1000 + index}`, START_MS));
    refused += service.export(encodeRequest(flood))?.rejectedDataPoints ?? 0;
  }
  assert.equal(refused, 100_000);
  assert.equal(fleet.serverCount, 10);
  assert.equal(service.export(encodeRequest([load('known-3', START_MS + MINUTE)])), null);
});
