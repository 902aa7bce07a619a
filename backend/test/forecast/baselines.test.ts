import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { P50, QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS } from '../../src/catalog/time.ts';
import { chooseBaseline, forecastServer } from '../../src/forecast/baselineForecast.ts';
import {
  BASELINES,
  type BaselineName,
  BLEND_STEPS,
  FORECASTERS,
  forecastBaseline,
  POINT_FORECASTS,
  TREND_STEPS,
} from '../../src/forecast/baselines.ts';
import { FORECAST_SIZE, TARGET_SIZE, WINDOW_SIZE } from '../../src/forecast/batch.ts';

const DAY = 288;

function pointsOf(name: BaselineName, history: Float64Array): Float64Array | undefined {
  const out = new Float64Array(HORIZON_STEPS);
  return POINT_FORECASTS[name](history, history.length - 1, out) ? out : undefined;
}

function quantilesOf(name: BaselineName, history: Float64Array, max = 100): Float32Array {
  const out = new Float32Array(TARGET_SIZE);
  forecastBaseline(name, history, max, out, 0);
  return out;
}

const day = (value: (step: number) => number): Float64Array =>
  Float64Array.from({ length: DAY }, (_, i) => value(i));
const near = (actual: number, expected: number): void =>
  assert.ok(
    Math.abs(actual - expected) < 1e-9 * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );

test('the last value is repeated, looking past steps that were not measured', () => {
  const history = Float64Array.of(1, 7, Number.NaN, Number.NaN);
  assert.ok(pointsOf('last_value', history)?.every((value) => value === 7));
});

test('the seasonal forecast is the value at the same time yesterday', () => {
  const points = pointsOf(
    'seasonal',
    day((i) => i),
  );
  assert.deepEqual(
    points,
    Float64Array.from({ length: HORIZON_STEPS }, (_, h) => h),
  );
});

test('the seasonal forecast bridges what was not measured yesterday', () => {
  const history = day((i) => 10 * i);
  for (const gap of [0, 3, 4, 5, 95]) history[gap] = Number.NaN;
  const points = pointsOf('seasonal', history);
  assert.ok(points);
  assert.deepEqual([points[0], points[1], points[3], points[4], points[5]], [10, 10, 30, 40, 50]);
  assert.equal(points[95], 940);
});

test('the blended forecast goes from the last level to yesterday', () => {
  const points = pointsOf(
    'blended_seasonal',
    day((i) => (i < HORIZON_STEPS ? 20 : 80)),
  );
  assert.ok(points);
  near(points[0], 20 + 60 * Math.exp(-1 / BLEND_STEPS));
  near(points[BLEND_STEPS - 1], 20 + 60 / Math.E);
  near(points[95], 20 + 60 * Math.exp(-4));
});

test('the trend is the least-squares line through the last four hours', () => {
  const points = pointsOf(
    'linear_trend',
    day((i) => 5 + 0.25 * i),
  );
  assert.ok(points);
  for (const h of [0, 47, 95]) near(points[h], 5 + 0.25 * (DAY + h));
  // By hand: values 0, 0, 3 at −2, −1, 0 have slope 1.5 and meet 0 at 2.5.
  const short = pointsOf('linear_trend', Float64Array.of(0, 0, 3));
  near(short?.[0] ?? Number.NaN, 4);
  const old = day((i) => (i < DAY - TREND_STEPS ? 1000 : 1));
  near(pointsOf('linear_trend', old)?.[95] ?? Number.NaN, 1);
});

test('a rule that lacks what it needs says so, and its quantile forecast repeats the last value', () => {
  assert.equal(pointsOf('seasonal', Float64Array.of(1, 2, 3)), undefined);
  assert.equal(pointsOf('linear_trend', Float64Array.of(Number.NaN, 4)), undefined);
  assert.equal(quantilesOf('seasonal', Float64Array.of(1, 2, 3))[P50], 3);
});

test('nothing measured gives NaN everywhere', () => {
  const out = new Float32Array(TARGET_SIZE + 2).fill(-1);
  assert.equal(
    forecastBaseline(
      'last_value',
      day(() => Number.NaN),
      100,
      out,
      1,
    ),
    false,
  );
  assert.ok(out.subarray(1, TARGET_SIZE + 1).every(Number.isNaN));
  assert.deepEqual([out[0], out[TARGET_SIZE + 1]], [-1, -1]);
});

test('a constant series has a band without width, a noisy one a band as wide as its errors', () => {
  const flat = quantilesOf(
    'last_value',
    day(() => 42),
  );
  assert.ok(flat.every((value) => value === 42));
  // Alternating 40 and 60: half of all errors are 0, a quarter each ±20.
  const noisy = quantilesOf(
    'last_value',
    day((i) => (i % 2 === 0 ? 40 : 60)),
  );
  const origin = 60;
  assert.equal(noisy[P50], origin);
  assert.ok(noisy[0] <= 40 && noisy[QUANTILE_COUNT - 1] >= origin);
});

test('a band grows with the horizon where errors do', () => {
  let level = 50;
  let seed = 1;
  const walk = day(() => {
    seed = (seed * 16807) % 2147483647;
    level += (seed % 3) - 1;
    return level;
  });
  const quantiles = quantilesOf('last_value', walk, Number.POSITIVE_INFINITY);
  const width = (h: number): number => quantiles[h * QUANTILE_COUNT + 8] - quantiles[h * QUANTILE_COUNT];
  assert.ok(width(90) > 1.5 * width(3));
});

test('seasonal errors are its own once two days are known', () => {
  const twoDays = Float64Array.from(
    { length: 2 * DAY },
    (_, i) => 50 + 40 * Math.sin((2 * Math.PI * i) / DAY),
  );
  const quantiles = quantilesOf('seasonal', twoDays);
  for (let h = 0; h < HORIZON_STEPS; h++) {
    const at = h * QUANTILE_COUNT;
    assert.ok(quantiles[at + 8] - quantiles[at] < 1e-3, 'a perfect rule has no width');
  }
});

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(Number.NaN) },
  { weight: 1, arbitrary: fc.constant(0) },
);

test('whatever was measured, quantiles are finite, ordered and within the range of the target', () => {
  const history = fc.array(value, { minLength: 1, maxLength: 2 * DAY + 20, size: 'max' });
  fc.assert(
    fc.property(
      history,
      fc.constantFrom(...BASELINES),
      fc.constantFrom(100, Infinity),
      (values, name, max) => {
        const series = Float64Array.from(values);
        const out = new Float32Array(TARGET_SIZE);
        const isMeasured = forecastBaseline(name, series, max, out, 0);
        assert.equal(
          isMeasured,
          values.some((one) => !Number.isNaN(one)),
        );
        if (!isMeasured) return;
        for (let i = 0; i < TARGET_SIZE; i++) {
          assert.ok(out[i] >= 0 && out[i] <= max && Number.isFinite(out[i]));
          assert.ok(i % QUANTILE_COUNT === 0 || out[i] >= out[i - 1]);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a forecast reads nothing after its origin', () => {
  const values = fc.array(value, { minLength: DAY + 10, maxLength: DAY + 10, size: 'max' });
  fc.assert(
    fc.property(values, fc.constantFrom(...BASELINES), (history, name) => {
      const known = Float64Array.from(history);
      const other = known.slice();
      other.fill(-5, DAY);
      const first = new Float64Array(HORIZON_STEPS);
      const second = new Float64Array(HORIZON_STEPS);
      assert.equal(
        POINT_FORECASTS[name](known, DAY - 1, first),
        POINT_FORECASTS[name](other, DAY - 1, second),
      );
      assert.deepEqual(first, second);
    }),
    { numRuns: 100 },
  );
});

test('a disk that fills is followed by its trend, a daily cycle by yesterday', () => {
  assert.equal(chooseBaseline(day((i) => 60 + 0.1 * i)), 'linear_trend');
  let seed = 7;
  const noisy = day((i) => {
    seed = (seed * 16807) % 2147483647;
    return 50 + 20 * Math.sin((2 * Math.PI * i) / DAY) + (seed % 100) / 10;
  });
  assert.equal(chooseBaseline(noisy), 'blended_seasonal');
  assert.equal(chooseBaseline(day(() => Number.NaN)), 'blended_seasonal');
});

test('a whole server is forecast target by target, from its own metrics', () => {
  const windows = new Float32Array(2 * WINDOW_SIZE).fill(Number.NaN);
  const cpuIdle = TARGET_LIST[targetIndex('cpu_used_pct')].metric;
  for (let i = WINDOW_SIZE + cpuIdle; i < windows.length; i += METRIC_COUNT) windows[i] = 30;
  const quantiles = new Float32Array(FORECAST_SIZE);
  const forecasters = new Uint8Array(TARGET_COUNT);
  forecastServer(windows, WINDOW_SIZE, quantiles, 0, forecasters, 0);
  assert.equal(quantiles[P50], 70);
  assert.ok(quantiles.subarray(TARGET_SIZE).every(Number.isNaN));
  assert.equal(FORECASTERS[forecasters[0]], 'blended_seasonal', 'it says which baseline it took');
});

test('a baseline that is wanted for a target is taken', () => {
  const windows = new Float32Array(WINDOW_SIZE);
  for (let i = 0; i < windows.length; i++) windows[i] = Math.floor(i / METRIC_COUNT) / 10;
  const quantiles = new Float32Array(FORECAST_SIZE);
  const forecasters = new Uint8Array(TARGET_COUNT).fill(FORECASTERS.indexOf('last_value'));
  forecastServer(windows, 0, quantiles, 0, forecasters, 0);
  const memory = targetIndex('mem_used_pct');
  assert.ok(Math.abs(quantiles[memory * TARGET_SIZE + P50] - (DAY - 1) / 10) < 1e-5);
  assert.equal(FORECASTERS[forecasters[memory]], 'last_value');
});
