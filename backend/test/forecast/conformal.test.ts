import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { P10, P50, P90, QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { FORECAST_SIZE, WINDOW_SIZE } from '../../src/forecast/batch.ts';
import {
  applyStretch,
  STRETCH_COUNT,
  STRETCH_SIZE,
  STRETCH_STEPS,
  scoreForecast,
  stretchedWidth,
  updateStretch,
} from '../../src/forecast/conformal.ts';
import { Learning } from '../../src/forecast/learning.ts';
import { copyCorrected, copyRaw, SCORED_SIZE } from '../../src/forecast/scored.ts';
import { configOf } from './support.ts';

/** Deterministic standard normal numbers (Box and Muller over a small generator). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

test('one miss in ten leaves a factor where it was', () => {
  let stretch = 1.5;
  for (let i = 0; i < 100; i++) stretch = updateStretch(stretch, i % 10 === 0);
  assert.ok(Math.abs(stretch - 1.5) < 1e-9);
});

test('factors stay between a half and eight', () => {
  let stretch = 1;
  for (let i = 0; i < 1000; i++) stretch = updateStretch(stretch, true);
  assert.ok(Math.abs(stretch - 8) < 1e-9);
  for (let i = 0; i < 1000; i++) stretch = updateStretch(stretch, false);
  assert.ok(Math.abs(stretch - 0.5) < 1e-9);
});

test('a band without width can still grow', () => {
  assert.equal(stretchedWidth(0, 1, 0.1), 0);
  assert.equal(stretchedWidth(0, 3, 0.1), 0.2);
  assert.equal(stretchedWidth(2, 3, 0.1), 6);
  assert.equal(stretchedWidth(2, 0.5, 0.1), 1);
});

test('a truth or a forecast that is missing changes nothing', () => {
  const stretch = Float32Array.of(1.5, 1.5);
  scoreForecast(Number.NaN, Float32Array.of(1, 2, 3), 0, stretch, 0);
  scoreForecast(5, Float32Array.of(Number.NaN, Number.NaN, Number.NaN), 0, stretch, 0);
  assert.deepEqual([...stretch], [1.5, 1.5]);
});

test('a miss counts however small its unit makes it', () => {
  const stretch = Float32Array.of(1, 1);
  scoreForecast(3.5e-6, Float32Array.of(1e-6, 2e-6, 3e-6), 0, stretch, 0);
  assert.ok(stretch[0] < 1 && stretch[1] > 1);
});

test('a truth on the edge of its band is no miss', () => {
  for (const edge of [3e-6, 0.1, 77.7, 123_456.7]) {
    const stretch = Float32Array.of(1, 1);
    scoreForecast(edge, Float32Array.of(0, edge / 2, edge), 0, stretch, 0);
    assert.ok(stretch[1] < 1, `${edge}`);
  }
});

test('each side is scored on its own', () => {
  const stretch = Float32Array.of(1, 1);
  scoreForecast(9, Float32Array.of(1, 2, 3), 0, stretch, 0);
  assert.ok(stretch[0] < 1 && stretch[1] > 1);
});

for (const { truth, name } of [
  { truth: 0.3, name: 'far too wide' },
  { truth: 1, name: 'right' },
  { truth: 3, name: 'far too narrow' },
]) {
  test(`a band that is ${name} comes to cover 80% of what comes`, () => {
    const normal = normals(11);
    const stretch = Float32Array.of(1, 1);
    const halfWidth = 1.2816;
    const scored = Float32Array.of(50 - halfWidth, 50, 50 + halfWidth);
    let covered = 0;
    const rounds = 4000;
    const settling = 200;
    for (let round = 0; round < rounds + settling; round++) {
      const value = 50 + truth * normal();
      const isIn =
        value >= 50 - stretchedWidth(halfWidth, stretch[0], 0.05) &&
        value <= 50 + stretchedWidth(halfWidth, stretch[1], 0.05);
      if (round >= settling && isIn) covered++;
      scoreForecast(value, scored, 0, stretch, 0);
    }
    const coverage = covered / rounds;
    // A factor never goes below a half, so a band three times too wide stays wider than needed.
    const most = truth < 0.5 ? 1 : 0.83;
    assert.ok(coverage > 0.77 && coverage < most, `coverage is ${coverage}`);
  });
}

test('stretched quantiles stay in order, in range, and around the same median', () => {
  const level = fc.double({ min: 0, max: 100, noNaN: true });
  const quantilesOf = fc.array(level, { minLength: QUANTILE_COUNT, maxLength: QUANTILE_COUNT });
  const factor = fc.double({ min: 0.5, max: 8, noNaN: true });
  fc.assert(
    fc.property(quantilesOf, fc.array(factor, { minLength: 6, maxLength: 6 }), (values, factors) => {
      const sorted = Float32Array.from(values).sort();
      const quantiles = new Float32Array(FORECAST_SIZE);
      for (let i = 0; i < FORECAST_SIZE; i++) quantiles[i] = sorted[i % QUANTILE_COUNT];
      const stretch = Float32Array.from({ length: STRETCH_SIZE }, (_, i) => factors[i % factors.length]);
      applyStretch(quantiles, 0, stretch, 0);
      for (let i = 0; i < FORECAST_SIZE; i++) {
        const { max } = TARGET_LIST[Math.floor(i / HORIZON_STEPS / QUANTILE_COUNT)];
        assert.ok(quantiles[i] >= 0 && quantiles[i] <= max);
        if (i % QUANTILE_COUNT > 0) assert.ok(quantiles[i] >= quantiles[i - 1] - 1e-4);
        if (i % QUANTILE_COUNT === P50) assert.equal(quantiles[i], sorted[P50]);
      }
    }),
    { numRuns: 100 },
  );
});

test('factors of 1 change no bit, and NaN stays NaN', () => {
  const quantiles = Float32Array.from({ length: FORECAST_SIZE }, (_, i) => i / 7);
  const before = quantiles.slice();
  applyStretch(quantiles, 0, new Float32Array(STRETCH_SIZE).fill(1), 0);
  assert.deepEqual(quantiles, before);
  quantiles.fill(Number.NaN);
  applyStretch(quantiles, 0, new Float32Array(STRETCH_SIZE).fill(2), 0);
  assert.ok(quantiles.every(Number.isNaN));
});

test('between scored horizons factors are interpolated in log time', () => {
  const quantiles = Float32Array.from({ length: FORECAST_SIZE }, (_, i) => 40 + (i % QUANTILE_COUNT));
  const stretch = new Float32Array(STRETCH_SIZE);
  for (let series = 0; series < TARGET_COUNT; series++) stretch.set([1, 1, 2, 2, 4, 4], series * 6);
  applyStretch(quantiles, 0, stretch, 0);
  const above = (step: number): number => quantiles[(step - 1) * QUANTILE_COUNT + P90] - 44;
  for (const [step, width] of [
    [1, 4],
    [6, 4],
    [12, 6],
    [24, 8],
    [48, 12],
    [96, 16],
  ]) {
    assert.ok(Math.abs(above(step) - width) < 1e-4, `step ${step}: ${above(step)}`);
  }
});

/** A forecast whose every target has these numbers at every step. */
function forecastOf(low: number, median: number, high: number): Float32Array {
  const quantiles = new Float32Array(FORECAST_SIZE).fill(median);
  for (let i = 0; i < FORECAST_SIZE; i += QUANTILE_COUNT) {
    quantiles[i + P10] = low;
    quantiles[i + P90] = high;
  }
  const scored = new Float32Array(SCORED_SIZE);
  copyRaw(quantiles, 0, scored, 0);
  copyCorrected(quantiles, 0, scored, 0);
  return scored;
}

function learning(): Learning {
  return new Learning({ adaptiveBands: true, fallback: configOf().fallback });
}

function keep(state: Learning, origin: number, scored: Float32Array): void {
  const window = windowOf(origin, () => 50);
  state.keep(0, origin, true, scored, 0, window, 0);
}

/** A window that ends with `originStep` and holds `value(step)` in every metric. */
function windowOf(originStep: number, value: (step: number) => number): Float32Array {
  return Float32Array.from({ length: WINDOW_SIZE }, (_, i) =>
    value(originStep - WINDOW_STEPS + 1 + Math.floor(i / METRIC_COUNT)),
  );
}

test('a remembered forecast is scored at 30 minutes, 2 hours and 8 hours, each once', () => {
  const state = learning();
  const origin = 13_000;
  keep(state, origin, forecastOf(49, 50, 51));
  const memory = 1 * STRETCH_COUNT * 2;
  const factors = (): number[] => [0, 1, 2].map((k) => state.stretchOf(0)[memory + 2 * k + 1]);
  const scoreAt = (step: number): void =>
    state.settle(
      0,
      step,
      windowOf(step, () => 60),
      0,
    );
  scoreAt(origin + STRETCH_STEPS[0] - 1);
  assert.deepEqual(factors(), [1, 1, 1]);
  scoreAt(origin + STRETCH_STEPS[0]);
  scoreAt(origin + STRETCH_STEPS[0] + 1);
  const once = Math.fround(updateStretch(1, true));
  assert.deepEqual(factors(), [once, 1, 1]);
  scoreAt(origin + STRETCH_STEPS[1]);
  assert.deepEqual(factors(), [once, once, 1]);
  scoreAt(origin + STRETCH_STEPS[2] + 3);
  assert.deepEqual(factors(), [once, once, once]);
});

test('after a pause the truth is looked up in the window, and what is older than it is let go', () => {
  const state = learning();
  keep(state, 13_000, forecastOf(49, 50, 51));
  const later = 13_200;
  const truth = (step: number): number => (step === 13_006 ? 60 : 50);
  state.settle(0, later, windowOf(later, truth), 0);
  const memory = 1 * STRETCH_COUNT * 2;
  assert.ok(state.stretchOf(0)[memory + 1] > 1, 'missed at 30 minutes');
  assert.ok(state.stretchOf(0)[memory + 3] < 1, 'hit at 2 hours');
  const forgotten = learning();
  keep(forgotten, 13_000, forecastOf(49, 50, 51));
  forgotten.settle(
    0,
    13_400,
    windowOf(13_400, () => 60),
    0,
  );
  assert.ok(forgotten.stretchOf(0).every((factor) => factor === 1));
});

test('a server that left leaves nothing to the next in its slot', () => {
  const state = learning();
  keep(state, 13_000, forecastOf(49, 50, 51));
  state.settle(
    0,
    13_006,
    windowOf(13_006, () => 60),
    0,
  );
  assert.ok(state.stretchOf(0).some((factor) => factor !== 1));
  state.forget(0);
  state.settle(
    0,
    13_024,
    windowOf(13_024, () => 60),
    0,
  );
  assert.ok(state.stretchOf(0).every((factor) => factor === 1));
});
