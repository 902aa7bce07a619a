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
import { HORIZON_COUNT, HORIZONS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { AwaitedForecasts } from '../../src/forecast/awaited.ts';
import { BASELINES, forecastBaseline } from '../../src/forecast/baselines.ts';
import { TARGET_SIZE, WINDOW_SIZE } from '../../src/forecast/batch.ts';
import { BAND_FIELDS, HINDSIGHT_SIZE, Hindsight } from '../../src/forecast/hindsight.ts';
import { Learning, type ScoredForecast } from '../../src/forecast/learning.ts';
import { SCORED_SIZE } from '../../src/forecast/scored.ts';
import { meanPinball, winkler } from '../../src/forecast/scoring.ts';
import { buildStage, configOf, FakeFleet, temporaryFolder, writeBundle } from './support.ts';

const memory = targetIndex('mem_used_pct');
const disk = targetIndex('disk_usage_pct');
/** A multiple of KEEP_STEPS: the turn of the server in slot 0. */
const ORIGIN = 13_000;

/** Windows that end with a step and hold `value(step)` in every metric. */
function windowOf(last: number, value: (step: number) => number): Float32Array {
  return Float32Array.from({ length: WINDOW_SIZE }, (_, i) =>
    value(last - WINDOW_STEPS + 1 + Math.floor(i / METRIC_COUNT)),
  );
}

/** A value that repeats every day, with what looks like noise. */
function daily(step: number): number {
  return 50 + 20 * Math.sin((2 * Math.PI * step) / WINDOW_STEPS) + ((step * 37) % 11) / 10;
}

test('pinball and Winkler losses are as defined', () => {
  assert.ok(Math.abs(meanPinball(10, 8, 10, 12) - (0.1 * 2 + 0 + 0.1 * 2) / 3) < 1e-12);
  assert.ok(Math.abs(meanPinball(14, 8, 10, 12) - (0.1 * 6 + 0.5 * 4 + 0.9 * 2) / 3) < 1e-12);
  assert.equal(winkler(10, 8, 12), 4);
  assert.ok(Math.abs(winkler(13, 8, 12) - 14) < 1e-9);
});

test('in hindsight a baseline is given the point it gave at the origin, and nearly the band', () => {
  const kinds = { daily, filling: (step: number) => 20 + step * 0.02 - 240 + ((step * 37) % 11) / 10 };
  for (const [kind, value] of Object.entries(kinds)) {
    const atOrigin = Float64Array.from({ length: WINDOW_STEPS }, (_, i) =>
      value(ORIGIN - WINDOW_STEPS + 1 + i),
    );
    for (const { steps } of HORIZONS) {
      const later = Float64Array.from({ length: WINDOW_STEPS }, (_, i) =>
        value(ORIGIN + steps - WINDOW_STEPS + 1 + i),
      );
      const hindsight = new Hindsight();
      hindsight.take(later);
      const bands = new Float64Array(HINDSIGHT_SIZE);
      const yesterday = atOrigin[steps - 1];
      assert.ok(hindsight.bands(WINDOW_STEPS - 1 - steps, steps, yesterday, 100, bands));
      for (const [position, name] of BASELINES.entries()) {
        const served = new Float32Array(TARGET_SIZE);
        forecastBaseline(name, atOrigin, 100, served, 0);
        const at = (steps - 1) * QUANTILE_COUNT;
        const [low, median, high] = bands.subarray(position * BAND_FIELDS, (position + 1) * BAND_FIELDS);
        const where = `${kind} ${name} ${steps}`;
        assert.ok(Math.abs(median - served[at + P50]) < 1e-4, where);
        const width = served[at + P90] - served[at + P10];
        assert.ok(low <= median && median <= high, where);
        // A line through a daily cycle errs by very different amounts over the day.
        if (kind === 'daily' && name === 'linear_trend') continue;
        assert.ok(Math.abs(high - low - width) < 0.5 * width + 1, `${where}: ${high - low} and ${width}`);
      }
    }
  }
});

test('a forecast is kept every 13 steps, and each horizon comes due once', () => {
  const awaited = new AwaitedForecasts();
  const seasonal = new Float64Array(TARGET_COUNT * HORIZON_COUNT);
  const seen: string[] = [];
  for (let step = ORIGIN; step < ORIGIN + 240; step++) {
    for (const due of awaited.due(3, step)) {
      assert.equal(due.truthStep, step);
      assert.equal(due.originStep + HORIZONS[due.horizon].steps, step);
      assert.equal(due.fields[1], due.originStep, 'the fields are those of its origin');
      seen.push(`${due.originStep}/${due.horizon}`);
    }
    if (!awaited.isTurn(3, step)) continue;
    awaited.keep(3, step, true, new Float32Array(SCORED_SIZE).fill(step), 0, seasonal);
  }
  assert.equal(new Set(seen).size, seen.length);
  // 18 origins, of which the last ones still wait for their 8, 4, 2 and 1 hours.
  assert.equal(seen.length, 18 * 5 - 7 - 4 - 2 - 1);
});

/** One origin's forecast, made of `low`, `median` and `high`, settled at its first horizon. */
function settleOnce(
  truth: (step: number) => number,
  median = 50,
): { readonly learning: Learning; readonly scored: readonly ScoredForecast[] } {
  const scored: ScoredForecast[] = [];
  const learning = new Learning({
    adaptiveBands: true,
    fallback: configOf().fallback,
    onScored: (one) => scored.push({ ...one, losses: one.losses.slice() }),
  });
  const fields = Float32Array.from({ length: SCORED_SIZE }, (_, i) => median + [-1, 0, 1, -2, 2][i % 5]);
  learning.keep(0, ORIGIN, true, fields, 0, windowOf(ORIGIN, truth), 0);
  learning.settle(0, ORIGIN + 6, windowOf(ORIGIN + 6, truth), 0);
  return { learning, scored };
}

test('a truth is scored against the network and every baseline', () => {
  const { learning, scored } = settleOnce((step) => (step > ORIGIN ? 51.5 : 50));
  assert.equal(scored.length, TARGET_COUNT);
  const { losses, isCovered, isCoveredRaw, horizon, truthStep } = scored[memory];
  assert.deepEqual(
    { isCovered, isCoveredRaw, horizon, truthStep },
    { isCovered: true, isCoveredRaw: false, horizon: 0, truthStep: ORIGIN + 6 },
  );
  assert.ok(Math.abs(losses[0] - meanPinball(51.5, 48, 50, 52)) < 1e-6);
  for (let i = 1; i < losses.length; i++)
    assert.ok(Math.abs(losses[i] - meanPinball(51.5, 50, 50, 50)) < 1e-6);
  assert.equal(learning.reportOf(0, memory).scored, 1);
});

test('a truth or a forecast that is missing is not scored', () => {
  assert.equal(settleOnce((step) => (step > ORIGIN ? Number.NaN : 50)).scored.length, 0);
  const { learning, scored } = settleOnce(() => 50, Number.NaN);
  assert.equal(scored.length, 0);
  assert.equal(learning.reportOf(0, memory).scored, 0);
});

test('where too little was measured before the origin there is no fair comparison, and none is made', () => {
  assert.equal(settleOnce((step) => (step > ORIGIN - 12 ? 50 : Number.NaN)).scored.length, 0);
});

test('a server that left is forgotten with its scores, and another model begins anew', () => {
  const left = settleOnce(() => 50).learning;
  left.forget(0);
  assert.equal(left.reportOf(0, memory).scored, 0);
  const { learning } = settleOnce(() => 50);
  learning.modelLoaded('a');
  assert.equal(learning.reportOf(0, memory).scored, 1);
  learning.modelLoaded('a');
  assert.equal(learning.reportOf(0, memory).scored, 1);
  learning.modelLoaded('b');
  assert.equal(learning.reportOf(0, memory).scored, 0);
  learning.settle(
    0,
    ORIGIN + 12,
    windowOf(ORIGIN + 12, () => 50),
    0,
  );
  assert.equal(
    learning.reportOf(0, memory).scored,
    0,
    'what the old model forecast is not scored as the new one',
  );
});

test('a network that is wrong about one metric is replaced there, and still watched', async (t) => {
  const folder = await temporaryFolder(t);
  const bias = TARGET_LIST.map((_, target) => (target === disk ? 8 : 0));
  await writeBundle(join(folder, 'default'), { bias, spread: 0.0001 });
  const fleet = new FakeFleet();
  // Nothing moves: the network, which repeats the last value, is right but for its bias.
  fleet.value = (_server, metric) => 20 + metric;
  fleet.add(0);
  const registry = new Registry();
  const modes = new Set<string>();
  const stage = buildStage(t, fleet, folder, {
    registry,
    consume: (chunk) => {
      for (const mode of chunk.modes) modes.add(mode);
    },
  });
  await stage.start();
  const cycles = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      fleet.closedStep++;
      await stage.runCycle(fleet.closedStep);
    }
  };
  const levelOf = (target: number): number => stage.view.band(0, target, 1)?.[20] ?? Number.NaN;
  await cycles(1);
  assert.equal(stage.view.forecasterOf(0, disk), 'model');
  assert.ok(levelOf(disk) > 20 + METRIC.diskUsage + 7);
  await cycles(10 * 12);
  const forecaster = stage.view.forecasterOf(0, disk);
  assert.ok(forecaster !== 'model' && forecaster !== undefined);
  assert.ok(Math.abs(levelOf(disk) - (20 + METRIC.diskUsage)) < 0.5, 'the served forecast is the baseline');
  assert.equal(stage.view.forecasterOf(0, memory), 'model');
  assert.deepEqual([...modes], ['model'], 'one metric of nine does not change the mode');
  assert.equal(stage.reportOf(0, disk).forecaster, forecaster);
  assert.match(await registry.metrics(), /argus_forecaster_changes_total\{metric="disk_usage_pct"\} 1\n/);
  const scoredBefore = stage.reportOf(0, disk).scored;
  await cycles(12);
  assert.ok(stage.reportOf(0, disk).scored > scoredBefore, 'the network is scored while it is not used');
});

test('a server most of whose metrics are forecast by baselines is in mode baseline', async (t) => {
  const folder = await temporaryFolder(t);
  const bias = TARGET_LIST.map((_, target) => (target < 5 ? 8 : 0));
  await writeBundle(join(folder, 'default'), { bias, spread: 0.0001 });
  const fleet = new FakeFleet();
  fleet.value = (_server, metric) => 20 + metric;
  fleet.add(0);
  const stage = buildStage(t, fleet, folder);
  await stage.start();
  for (let i = 0; i < 10 * 12; i++) {
    fleet.closedStep++;
    await stage.runCycle(fleet.closedStep);
  }
  assert.equal(stage.view.modeOf(0), 'baseline');
  assert.equal(stage.lastCycle()?.baselineServers, 1);
  assert.equal(stage.view.forecasterOf(0, targetIndex('load_average')), 'model');
});
