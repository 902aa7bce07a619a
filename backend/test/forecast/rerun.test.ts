import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { P50, QUANTILE_COUNT, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS } from '../../src/catalog/time.ts';
import { createBatch } from '../../src/forecast/batch.ts';
import { openBundle } from '../../src/forecast/bundle.ts';
import { runtimeVersion } from '../../src/forecast/model.ts';
import { WorkerPool } from '../../src/forecast/pool.ts';
import type { ForecastInputs, ForecastReruns } from '../../src/forecast/rerun.ts';
import { usesNetwork } from '../../src/forecast/rerun.ts';
import { buildStage, FakeFleet, keepingLogger, temporaryFolder, writeBundle } from './support.ts';

const memory = targetIndex('mem_used_pct');
const MEDIAN_30M = (memory * HORIZON_STEPS + 5) * QUANTILE_COUNT + P50;

async function stageWithModel(t: Parameters<typeof buildStage>[0]) {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  for (let index = 0; index < 5; index++) fleet.add(index);
  const stage = buildStage(t, fleet, folder);
  await stage.start();
  await stage.runCycle(fleet.closedStep);
  return { fleet, stage };
}

function inputsOf(reruns: ForecastReruns, server: number): ForecastInputs {
  const inputs = reruns.inputsOf(server);
  assert.ok(inputs !== undefined);
  return inputs;
}

/** Medians of memory 30 minutes ahead, of the window with so much added to memory. */
async function medians(reruns: ForecastReruns, inputs: ForecastInputs, added: readonly number[]) {
  const found = new Map<number, number>();
  await reruns.run(inputs, {
    count: added.length,
    write: (index, windows, offset) => {
      windows.set(inputs.window, offset);
      for (let at = METRIC.memUsed; at < inputs.window.length; at += METRIC_COUNT) {
        windows[offset + at] += added[index];
      }
    },
    read: (index, quantiles, offset) => found.set(index, quantiles[offset + MEDIAN_30M]),
  });
  return added.map((_, index) => found.get(index));
}

test("the unchanged window gives the server's own forecast again, and others give theirs", async (t) => {
  const { stage } = await stageWithModel(t);
  const inputs = inputsOf(stage.reruns, 3);
  assert.equal(inputs.originStep, stage.view.originStep);
  assert.ok(usesNetwork(inputs));
  const added = Array.from({ length: 30 }, (_, i) => i);
  const found = await medians(stage.reruns, inputs, added);
  const served = stage.view.band(3, memory, 1)?.[5] ?? Number.NaN;
  for (const [i, median] of found.entries()) {
    assert.ok(Math.abs((median ?? Number.NaN) - served - added[i]) < 1e-3, `window ${i}`);
  }
});

test('without a model the baseline in use forecasts the changed windows', async (t) => {
  const fleet = new FakeFleet();
  fleet.value = (_server, metric, step) => 20 + metric + Math.sin(step / 46);
  fleet.add(0);
  const { logger } = keepingLogger();
  const stage = buildStage(t, fleet, '/nonexistent', { logger });
  await stage.start();
  await stage.runCycle(fleet.closedStep);
  const inputs = inputsOf(stage.reruns, 0);
  assert.ok(!usesNetwork(inputs));
  const [own, higher] = await medians(stage.reruns, inputs, [0, 10]);
  const served = stage.view.band(0, memory, 1)?.[5] ?? Number.NaN;
  assert.ok(Math.abs((own ?? Number.NaN) - served) < 1e-4);
  assert.ok(Math.abs((higher ?? Number.NaN) - served - 10) < 0.5);
});

test('a server without a forecast has nothing to run again', async (t) => {
  const { stage } = await stageWithModel(t);
  assert.equal(stage.reruns.inputsOf(99), undefined);
});

test('what nobody waits for is not run to the end', async (t) => {
  const { stage } = await stageWithModel(t);
  const inputs = inputsOf(stage.reruns, 0);
  const controller = new AbortController();
  let read = 0;
  const run = stage.reruns.run(
    inputs,
    {
      count: 1000,
      write: (_index, windows, offset) => windows.set(inputs.window, offset),
      read: () => {
        read++;
        controller.abort(new Error('the client has gone'));
      },
    },
    controller.signal,
  );
  await assert.rejects(run, /the client has gone/);
  assert.ok(read < 100, `${read} of 1000 windows were read`);
});

test('the network can be looked into', async (t) => {
  const { stage } = await stageWithModel(t);
  const { attention } = await stage.reruns.inspect(inputsOf(stage.reruns, 0));
  assert.equal(attention.length, 12 * 24);
});

async function poolOfOne(t: Parameters<typeof buildStage>[0]): Promise<WorkerPool> {
  const folder = await writeBundle(await temporaryFolder(t));
  const pool = new WorkerPool({
    workers: 1,
    queueLimit: 100,
    session: { providers: ['cpu'], threads: 1, warmUpServers: 0 },
  });
  t.after(() => pool.close());
  await pool.load(await openBundle(folder, runtimeVersion()));
  return pool;
}

test('background work waits until no cycle wants the workers', async (t) => {
  const pool = await poolOfOne(t);
  const order: string[] = [];
  const run = async (name: string, priority: 'cycle' | 'background'): Promise<void> => {
    await pool.forecast(createBatch(1), 1, priority);
    order.push(name);
  };
  await Promise.all([
    run('background 1', 'background'),
    run('background 2', 'background'),
    run('cycle 1', 'cycle'),
    run('cycle 2', 'cycle'),
    run('cycle 3', 'cycle'),
  ]);
  // The first was begun before there was a cycle.
  const release = pool.holdBackground(10);
  const held = run('held', 'background');
  await run('cycle 4', 'cycle');
  await run('cycle 5', 'cycle');
  release();
  release();
  await held;
  assert.deepEqual(order.splice(5), ['cycle 4', 'cycle 5', 'held']);
  assert.deepEqual(order, ['background 1', 'cycle 1', 'cycle 2', 'cycle 3', 'background 2']);
});

test('a large cycle leaves room for background windows, a twenty-fifth of its servers and no more', async (t) => {
  const pool = await poolOfOne(t);
  const order: string[] = [];
  const run = async (name: string, windows: number): Promise<void> => {
    await pool.forecast(createBatch(windows), windows, 'background');
    order.push(name);
  };
  const release = pool.holdBackground(1000);
  const first = run('of 39 windows', 39);
  const second = run('of two windows', 2);
  const inspected = pool.inspect(createBatch(1), 1).then(() => order.push('a look inside'));
  await first;
  await pool.forecast(createBatch(1), 1, 'cycle');
  assert.deepEqual(order, ['of 39 windows'], 'two more would be 41 of a thousand');
  release();
  await Promise.all([second, inspected]);
  assert.deepEqual(order, ['of 39 windows', 'of two windows', 'a look inside']);

  const next = pool.holdBackground(2000);
  await run('in the next cycle', 80);
  const beyond = run('beyond it', 1);
  await pool.forecast(createBatch(1), 1, 'cycle');
  assert.equal(order.at(-1), 'in the next cycle', 'what a cycle leaves unused is not saved up');
  next();
  await beyond;
});

test('a small cycle is over soon, so nothing is run beside it', async (t) => {
  const pool = await poolOfOne(t);
  const order: string[] = [];
  const release = pool.holdBackground(999);
  const held = pool.forecast(createBatch(1), 1, 'background').then(() => order.push('background'));
  await pool.forecast(createBatch(1), 1, 'cycle').then(() => order.push('cycle'));
  release();
  await held;
  assert.deepEqual(order, ['cycle', 'background']);
});
