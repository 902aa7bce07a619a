import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import {
  P10,
  P50,
  P90,
  QUANTILE_COUNT,
  TARGET_COUNT,
  TARGET_LIST,
  targetIndex,
} from '../../src/catalog/targets.ts';
import { HORIZON_STEPS } from '../../src/catalog/time.ts';
import type { ForecastChunk } from '../../src/forecast/types.ts';
import {
  buildStage,
  configOf,
  dyingWorkers,
  expectedQuantile,
  FakeFleet,
  keepingLogger,
  temporaryFolder,
  writeBundle,
} from './support.ts';

const memory = targetIndex('mem_used_pct');

test('a cycle forecasts every warm server once, from its own window, and says so', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 45; index++) fleet.add(index);
  const seen: number[] = [];
  const stage = buildStage(t, fleet, folder, {
    consume: (chunk) => {
      assert.equal(chunk.originStep, fleet.closedStep);
      assert.equal(chunk.servers.length, chunk.count);
      assert.deepEqual(new Set(chunk.modes), new Set(['model']));
      for (let row = 0; row < chunk.count; row++) {
        const at = ((row * TARGET_COUNT + memory) * HORIZON_STEPS + 95) * QUANTILE_COUNT;
        const level = chunk.servers[row] + METRIC.memUsed;
        assert.ok(Math.abs(chunk.quantiles[at + P90] - expectedQuantile(level, 95, P90)) < 1e-4);
        assert.equal(chunk.windows[row * 288 * METRIC_COUNT + METRIC.memUsed], level);
      }
      seen.push(...chunk.servers);
    },
  });
  await stage.start();
  const report = await stage.runCycle(fleet.closedStep);
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: 45 }, (_, index) => index),
  );
  assert.equal(report.servers, 45);
  assert.equal(report.chunks, 6);
  assert.equal(report.baselineServers, 0);
  assert.equal(stage.view.originStep, fleet.closedStep);
  assert.equal(stage.view.originOf(44), fleet.closedStep);
  assert.equal(stage.view.modeOf(44), 'model');
  assert.equal(stage.view.reasonWithout(44), null);
  for (const [band, quantile] of [P10, P50, P90].entries()) {
    const values = stage.view.band(44, memory, band as 0 | 1 | 2);
    assert.equal(values?.length, HORIZON_STEPS);
    const expected = expectedQuantile(44 + METRIC.memUsed, 10, quantile);
    assert.ok(Math.abs((values?.[10] ?? Number.NaN) - expected) < 1e-4);
  }
});

test('targets whose metric is not measured are NaN for the consumer and absent in the view', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  fleet.value = (server, metric) => (metric === METRIC.cpuIdle ? Number.NaN : server + metric);
  fleet.add(0);
  let chunk: ForecastChunk | undefined;
  const stage = buildStage(t, fleet, folder, {
    consume: (given) => (chunk = { ...given, quantiles: given.quantiles.slice() }),
  });
  await stage.start();
  await stage.runCycle(fleet.closedStep);
  assert.ok(chunk);
  const size = HORIZON_STEPS * QUANTILE_COUNT;
  for (const [target, { metric }] of TARGET_LIST.entries()) {
    const values = chunk.quantiles.subarray(target * size, (target + 1) * size);
    if (metric === METRIC.cpuIdle) {
      assert.ok(values.every(Number.isNaN));
      assert.equal(stage.view.band(0, target, 1), undefined);
    } else {
      assert.ok(values.every(Number.isFinite));
      assert.ok(stage.view.band(0, target, 1));
    }
  }
});

test('servers that cannot be forecast say why', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  fleet.value = (server, metric) => (server === 2 && metric !== METRIC.uptimeDays ? Number.NaN : 1);
  fleet.add(0, { measured: 11 });
  fleet.add(1, { stale: true });
  fleet.add(2);
  const stage = buildStage(t, fleet, folder);
  await stage.start();
  assert.equal(stage.view.reasonWithout(2), 'The first forecast is being computed.');
  const report = await stage.runCycle(fleet.closedStep);
  assert.equal(report.servers, 0);
  assert.match(stage.view.reasonWithout(0) ?? '', /^Warming up: 11 of 48 steps/);
  assert.match(stage.view.reasonWithout(1) ?? '', /^Stale: /);
  assert.match(stage.view.reasonWithout(2) ?? '', /^Nothing to forecast: /);
  assert.match(stage.view.reasonWithout(3) ?? '', /not known/);
  assert.equal(stage.view.modeOf(0), 'warming_up');
  assert.equal(stage.view.modeOf(1), 'stale');
  assert.equal(stage.view.modeOf(3), 'stale');
  for (const index of [0, 1, 2, 3]) assert.equal(stage.view.band(index, memory, 1), undefined);
});

test('a server that goes silent loses its forecast with the next cycle', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  const server = fleet.add(0);
  const stage = buildStage(t, fleet, folder);
  await stage.start();
  await stage.runCycle(fleet.closedStep);
  assert.ok(stage.view.band(0, memory, 1));
  server.stale = true;
  await stage.runCycle(fleet.closedStep);
  assert.equal(stage.view.band(0, memory, 1), undefined);
  assert.match(stage.view.reasonWithout(0) ?? '', /^Stale: /);
});

test('a server that leaves during its forecast is given to nobody, and its slot starts anew', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 8; index++) fleet.add(index);
  const seen: number[] = [];
  const stage = buildStage(t, fleet, folder, {
    consume: (chunk) => {
      for (let row = 0; row < chunk.count; row++) {
        const at = (row * TARGET_COUNT + memory) * HORIZON_STEPS * QUANTILE_COUNT + P50;
        assert.equal(chunk.quantiles[at], chunk.servers[row] + METRIC.memUsed);
        seen.push(chunk.servers[row]);
      }
    },
  });
  await stage.start();
  const running = stage.runCycle(fleet.closedStep);
  // The windows are copied in the first turns; leaving after them is leaving while the network runs.
  const copyWindow = fleet.copyWindow.bind(fleet);
  let copied = 0;
  fleet.copyWindow = (...request) => {
    copyWindow(...request);
    copied++;
    if (copied === 8) {
      fleet.leave(3);
      fleet.leave(5);
      fleet.add(5, { name: 'another' });
    }
  };
  const report = await running;
  assert.deepEqual(seen, [0, 1, 2, 4, 6, 7]);
  assert.equal(report.servers, 6);
  assert.equal(stage.view.originOf(5), null);
});

test('a consumer that throws does not stop the cycle', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 20; index++) fleet.add(index);
  const { logger, lines } = keepingLogger();
  const stage = buildStage(t, fleet, folder, {
    logger,
    consume: () => {
      throw new Error('no room');
    },
  });
  await stage.start();
  const report = await stage.runCycle(fleet.closedStep);
  assert.equal(report.servers, 20);
  assert.equal(report.failures, 3);
  assert.equal(lines.filter(({ level }) => level === 'error').length, 3);
});

test('without a model baselines forecast, and the status says why', async (t) => {
  const folder = await temporaryFolder(t);
  const fleet = new FakeFleet();
  fleet.add(0);
  const modes = new Set<string>();
  const stage = buildStage(t, fleet, folder, {
    logger: keepingLogger().logger,
    consume: (chunk) => {
      for (const mode of chunk.modes) modes.add(mode);
    },
  });
  await stage.start();
  const status = stage.status();
  assert.equal(status.loaded, false);
  assert.match(status.problem ?? '', /no model 'default'.*baselines/);
  const report = await stage.runCycle(fleet.closedStep);
  assert.equal(report.baselineServers, 1);
  assert.deepEqual([...modes], ['baseline']);
  assert.equal(stage.view.modeOf(0), 'baseline');
  assert.equal(stage.view.band(0, memory, 1)?.[0], METRIC.memUsed);
});

test('a network that fails is stood in for by baselines, and counted', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 20; index++) fleet.add(index);
  const registry = new Registry();
  const { logger, lines } = keepingLogger();
  const stage = buildStage(t, fleet, folder, {
    config: configOf({ workers: 1 }),
    spawn: dyingWorkers(2),
    registry,
    logger,
  });
  await stage.start();
  const report = await stage.runCycle(fleet.closedStep);
  assert.equal(report.servers, 20);
  assert.ok(report.baselineServers > 0 && report.baselineServers < 20);
  assert.equal(stage.status().loaded, true);
  assert.ok(lines.some(({ message }) => message.includes('baselines stand in')));
  assert.match(await registry.metrics(), /argus_forecast_failures_total\{reason="network"\} [12]/);
});

test('stopping during a cycle leaves out what has not begun, and ends', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 400; index++) fleet.add(index);
  const stopped = Promise.withResolvers<void>();
  const stage = buildStage(t, fleet, folder, {
    consume: () => {
      stage.stop().then(stopped.resolve, stopped.reject);
    },
  });
  await stage.start();
  const report = await stage.runCycle(fleet.closedStep);
  assert.ok(report.servers < 400);
  assert.equal(stage.view.originStep, null, 'a cycle that was cut short is not complete');
  await stopped.promise;
});

test('the main thread answers others between chunks', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 64; index++) fleet.add(index);
  let turns = 0;
  let isOver = false;
  const turnsAtChunk: number[] = [];
  const stage = buildStage(t, fleet, folder, { consume: () => turnsAtChunk.push(turns) });
  await stage.start();
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  count();
  await stage.runCycle(fleet.closedStep);
  isOver = true;
  assert.equal(turnsAtChunk.length, 8);
  for (let i = 4; i < 8; i++)
    assert.ok(turnsAtChunk[i] > turnsAtChunk[i - 4], 'each lane yields after a chunk');
});

test('bands widen where the truth keeps falling outside, and the median stays', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'), { spread: 0.0001 });
  const fleet = new FakeFleet();
  // The network repeats the last value; the truth alternates around it by far more than its band.
  fleet.value = (_server, _metric, step) => 50 + (step % 2 === 0 ? 1 : -1) * (step % 7);
  fleet.add(0);
  const fallback = { ...configOf().fallback, enabled: false };
  const stage = buildStage(t, fleet, folder, { config: configOf({ fallback }) });
  await stage.start();
  const first = fleet.closedStep;
  await stage.runCycle(first);
  const widthOf = (): number => {
    const [low, high] = [stage.view.band(0, memory, 0), stage.view.band(0, memory, 2)];
    return (high?.[5] ?? Number.NaN) - (low?.[5] ?? Number.NaN);
  };
  const before = widthOf();
  for (let step = first + 1; step <= first + 300; step++) {
    fleet.closedStep = step;
    await stage.runCycle(step);
  }
  assert.ok(widthOf() > 3 * before, `${widthOf()} is not much wider than ${before}`);
  assert.ok(Math.abs((stage.view.band(0, memory, 1)?.[5] ?? 0) - fleet.value(0, 0, fleet.closedStep)) < 1e-4);
});
