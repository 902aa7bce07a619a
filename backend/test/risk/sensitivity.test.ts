import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { adviceFor } from '../../src/risk/advice.ts';
import { Assessor } from '../../src/risk/assessor.ts';
import { UNCALIBRATED } from '../../src/risk/calibration.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { RuleBook } from '../../src/risk/rules.ts';

const SIZE = TARGET_COUNT * HORIZON_STEPS * QUANTILE_COUNT;
const server = { name: 'host', profile: 0 };
const assessor = new Assessor(new RuleBook(DEFAULT_RISK_CONFIG), UNCALIBRATED);
/** Nothing is measured now, so that the forecast alone makes the score. */
const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT).fill(Number.NaN);

/** Memory rises towards its threshold, disk lies near its own; all quantiles are apart. */
function forecast(): Float32Array {
  const quantiles = new Float32Array(SIZE).fill(1);
  for (const [name, level, slope] of [
    ['mem_used_pct', 80.37, 0.113],
    ['disk_usage_pct', 83.21, 0.013],
  ] as const) {
    for (let h = 0; h < HORIZON_STEPS; h++) {
      for (let q = 0; q < QUANTILE_COUNT; q++) {
        const at = (targetIndex(name) * HORIZON_STEPS + h) * QUANTILE_COUNT + q;
        quantiles[at] = level + slope * h + 0.9 * (q - 4);
      }
    }
  }
  return quantiles;
}

test('the slopes of the score agree with what small changes of the quantiles do to it', () => {
  const base = forecast();
  const slopes = new Float64Array(SIZE);
  assessor.addSlopes(server, base, 0, window, 0, slopes);
  const score = (quantiles: Float32Array) => assessor.score(server, quantiles, 0, window, 0);
  // All quantiles of a target at once: the score is rounded to 1/1024, so a single one would drown in it.
  for (const name of ['mem_used_pct', 'disk_usage_pct']) {
    const start = targetIndex(name) * HORIZON_STEPS * QUANTILE_COUNT;
    const end = start + HORIZON_STEPS * QUANTILE_COUNT;
    const change = 0.05;
    const [lower, higher] = [-change, change].map((by) =>
      score(base.map((value, i) => (i >= start && i < end ? value + by : value))),
    );
    const expected = (higher - lower) / (2 * change);
    const sum = slopes.subarray(start, end).reduce((total, slope) => total + slope, 0);
    assert.ok(Math.abs(sum - expected) < 0.05 * Math.abs(expected) + 0.05, `${name}: ${sum} and ${expected}`);
  }
});

test('slopes are never negative: a higher quantile never makes the score fall', () => {
  const slopes = new Float64Array(SIZE);
  assessor.addSlopes(server, forecast(), 0, window, 0, slopes);
  assert.ok(slopes.every((slope) => slope >= 0));
  assert.ok(slopes.some((slope) => slope > 0));
});

test('there is advice for every target and none for no cause', () => {
  for (let target = 0; target < TARGET_COUNT; target++) assert.match(adviceFor(target) ?? '', /\w.*\.$/);
  assert.equal(adviceFor(-1), null);
});
