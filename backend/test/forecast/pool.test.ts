import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { P50, QUANTILE_COUNT, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS } from '../../src/catalog/time.ts';
import { createBatch, type ForecastBatch } from '../../src/forecast/batch.ts';
import { type Bundle, openBundle } from '../../src/forecast/bundle.ts';
import { type PoolOptions, WorkerPool } from '../../src/forecast/pool.ts';
import { detectHardware, providerOrder } from '../../src/forecast/providers.ts';
import { dyingWorkers, type FixtureWeights, manifestOf, temporaryFolder, writeBundle } from './support.ts';

const MEMORY_MEDIAN = targetIndex('mem_used_pct') * HORIZON_STEPS * QUANTILE_COUNT + P50;
const UNTOUCHED = 12345;
const session = { providers: ['cpu'], threads: 1, warmUpServers: 1 } as const;

async function bundleOf(t: TestContext, name = 'a', weights: FixtureWeights = {}): Promise<Bundle> {
  const folder = join(await temporaryFolder(t), name);
  return openBundle(await writeBundle(folder, weights, manifestOf(name)), '1.30.0');
}

function buildPool(t: TestContext, options: Partial<PoolOptions> = {}): WorkerPool {
  const pool = new WorkerPool({ workers: 2, queueLimit: 1000, session, ...options });
  t.after(() => pool.close());
  return pool;
}

/** A batch of one server whose memory was `level` all day. */
function batchOf(level: number): ForecastBatch {
  const batch = createBatch(1);
  for (let i = METRIC.memUsed; i < batch.window.length; i += METRIC_COUNT) batch.window[i] = level;
  return batch;
}

test('calendar, profile and server reach the network', async (t) => {
  const folder = join(await temporaryFolder(t), 'a');
  await writeBundle(folder, { scales: [3, 10, 100] });
  const pool = buildPool(t);
  await pool.load(await openBundle(folder, '1.30.0'));
  const batch = batchOf(5);
  batch.calendar.fill(0.5);
  batch.profile[0] = 2;
  batch.server[0] = 3;
  await pool.forecast(batch, 1);
  assert.equal(batch.quantiles[MEMORY_MEDIAN], 5 + 1.5 + 20 + 300);
});

test('only the first servers of a batch are run', async (t) => {
  const pool = buildPool(t);
  await pool.load(await bundleOf(t));
  const batch = createBatch(3);
  batch.quantiles.fill(UNTOUCHED);
  await pool.forecast(batch, 2);
  const size = batch.quantiles.length / 3;
  assert.ok(batch.quantiles.subarray(0, 2 * size).every((value) => value !== UNTOUCHED));
  assert.ok(batch.quantiles.subarray(2 * size).every((value) => value === UNTOUCHED));
});

test('without a model nothing can be forecast', async (t) => {
  const pool = buildPool(t);
  await assert.rejects(pool.forecast(batchOf(1), 1), { code: 'ARGUS_MODEL_UNAVAILABLE' });
  await assert.rejects(pool.inspect(batchOf(1), 1), { code: 'ARGUS_MODEL_UNAVAILABLE' });
});

test('attention and variable weights come on request', async (t) => {
  const pool = buildPool(t);
  await pool.load(await bundleOf(t));
  const { attention, variableWeights } = await pool.inspect(batchOf(1), 1);
  assert.equal(attention.length, 12 * 24);
  assert.equal(variableWeights.length, 12 * METRIC_COUNT);
  assert.ok(Math.abs(attention.subarray(0, 24).reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
});

test('runs beyond the queue are refused, the others are done', async (t) => {
  const pool = buildPool(t, { workers: 1, queueLimit: 3 });
  await pool.load(await bundleOf(t));
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => pool.forecast(batchOf(i), 1)),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(results.length - refused.length, 5, 'two at the worker, three waiting');
  for (const { reason } of refused) assert.equal(reason.code, 'ARGUS_FORECAST_OVERLOADED');
});

test('a worker that dies is replaced and its run is done by another', async (t) => {
  const reasons: string[] = [];
  const pool = buildPool(t, { spawn: dyingWorkers(1), onWorkerLost: (reason) => reasons.push(reason) });
  await pool.load(await bundleOf(t));
  const batches = Array.from({ length: 20 }, (_, i) => batchOf(i));
  await Promise.all(batches.map((batch) => pool.forecast(batch, 1)));
  for (const [i, batch] of batches.entries()) assert.equal(batch.quantiles[MEMORY_MEDIAN], i);
  assert.equal(reasons.length, 1);
});

test('a run under which two workers died is given up, and the pool goes on', async (t) => {
  const pool = buildPool(t, { workers: 1, spawn: dyingWorkers(2) });
  await pool.load(await bundleOf(t));
  await assert.rejects(pool.forecast(batchOf(1), 1), { code: 'ARGUS_FORECAST_FAILED' });
  const batch = batchOf(7);
  await pool.forecast(batch, 1);
  assert.equal(batch.quantiles[MEMORY_MEDIAN], 7);
});

test('models change under load without a run that fails or mixes two models', async (t) => {
  const pool = buildPool(t);
  const models = [await bundleOf(t, 'a'), await bundleOf(t, 'b', { bias: 1000 })];
  await pool.load(models[0]);
  let isOver = false;
  let runs = 0;
  const seen = new Set<number>();
  const lane = async (level: number): Promise<void> => {
    const batch = batchOf(level);
    while (!isOver) {
      await pool.forecast(batch, 1);
      const bias = batch.quantiles[MEMORY_MEDIAN] - level;
      assert.ok(bias === 0 || bias === 1000, `a bias of ${bias} belongs to no model`);
      seen.add(bias);
      runs++;
    }
  };
  const lanes = [1, 2, 3, 4, 5, 6].map(lane);
  for (let change = 1; change <= 6; change++) {
    await pool.load(models[change % 2]);
    const target = runs + 20;
    while (runs < target) await new Promise((resolve) => setImmediate(resolve));
  }
  isOver = true;
  await Promise.all(lanes);
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [0, 1000],
  );
  const batch = batchOf(3);
  await pool.forecast(batch, 1);
  assert.equal(batch.quantiles[MEMORY_MEDIAN], 3, 'the model loaded last serves');
});

test('a model that does not repeat its golden forecasts does not take over', async (t) => {
  const pool = buildPool(t);
  await pool.load(await bundleOf(t));
  const wrong = await bundleOf(t, 'wrong', { bias: 1 });
  wrong.golden.quantiles.fill(5);
  await assert.rejects(pool.load(wrong), { code: 'ARGUS_MODEL_GOLDEN_MISMATCH' });
  const batch = batchOf(3);
  await pool.forecast(batch, 1);
  assert.equal(batch.quantiles[MEMORY_MEDIAN], 3);
});

test('a graph onnxruntime cannot read does not take over, and its path is not told', async (t) => {
  const pool = buildPool(t);
  await pool.load(await bundleOf(t));
  const missing = { ...(await bundleOf(t, 'b')), path: join(await temporaryFolder(t), 'gone'), name: 'gone' };
  await assert.rejects(pool.load(missing), (error: Error & { code: string }) => {
    assert.equal(error.code, 'ARGUS_MODEL_LOAD_FAILED');
    assert.match(error.message, /'gone'.*cpu: /);
    assert.doesNotMatch(error.message, /argus-forecast-/);
    return true;
  });
  await pool.forecast(batchOf(3), 1);
});

test('a provider that cannot load gives way to the next and is reported once', async (t) => {
  const pool = buildPool(t, { session: { ...session, providers: ['cuda', 'cpu'] } });
  const { provider, problems } = await pool.load(await bundleOf(t));
  if (provider === 'cuda') return t.skip('this machine has CUDA');
  assert.equal(provider, 'cpu');
  assert.deepEqual(
    problems.map((problem) => problem.provider),
    ['cuda'],
  );
  assert.ok(problems[0].message.length > 0 && !problems[0].message.includes('\n'));
});

test('a provider that computes something else gives way to the next', async (t) => {
  const bundle = await bundleOf(t);
  const spawn = (): Worker =>
    new Worker(new URL('./lyingWorker.ts', import.meta.url), { workerData: bundle.golden.quantiles });
  const pool = buildPool(t, { spawn, session: { ...session, providers: ['webgpu', 'cpu'] } });
  const { provider, problems } = await pool.load(bundle);
  assert.equal(provider, 'cpu');
  assert.deepEqual(
    problems.map((problem) => problem.provider),
    ['webgpu'],
  );
  assert.match(problems[0].message, /does not repeat the forecasts/);
});

test('closing waits for runs in progress, refuses those that wait, and takes no more', async (t) => {
  const pool = new WorkerPool({ workers: 1, queueLimit: 100, session });
  await pool.load(await bundleOf(t));
  const runs = Array.from({ length: 10 }, (_, i) => pool.forecast(batchOf(i), 1));
  const settled = Promise.allSettled(runs);
  await pool.close();
  const results = await settled;
  assert.deepEqual(
    results.map(({ status }) => status),
    [...Array(2).fill('fulfilled'), ...Array(8).fill('rejected')],
  );
  await assert.rejects(pool.forecast(batchOf(1), 1), { code: 'ARGUS_FORECAST_FAILED' });
});

test('providers are tried in the configured order, the CPU last', () => {
  const none = { nvidia: false, graphics: false };
  const all = { nvidia: true, graphics: true };
  assert.deepEqual(providerOrder(['auto'], none), ['cpu']);
  assert.deepEqual(providerOrder(['auto'], all), ['cuda', 'webgpu', 'cpu']);
  assert.deepEqual(providerOrder(['webgpu', 'auto'], all), ['webgpu', 'cuda', 'cpu']);
  assert.deepEqual(providerOrder(['webgpu'], none), ['webgpu', 'cpu'], 'named outright, it is tried');
  assert.deepEqual(providerOrder(['cpu', 'cuda'], all), ['cpu']);
  assert.deepEqual(detectHardware('darwin'), { nvidia: false, graphics: true });
});
