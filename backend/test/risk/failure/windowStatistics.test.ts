import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { WINDOW_FEATURES, writeWindowFeatures } from '../../../src/risk/failure/windowFeatures.ts';

/** Statistics by name of a window in which one metric follows a course and nothing else is measured. */
function statisticsOf(metric: number, course: (row: number) => number): (name: string) => number {
  const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT).fill(Number.NaN);
  for (let row = 0; row < WINDOW_STEPS; row++) window[row * METRIC_COUNT + metric] = course(row);
  const out = new Float32Array(WINDOW_FEATURES.length);
  writeWindowFeatures(window, 0, out, 0);
  return (name) => out[WINDOW_FEATURES.indexOf(name)];
}

const near = (actual: number, expected: number) =>
  assert.ok(
    Math.abs(actual - expected) < 1e-3 * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );

describe('statistics of a window', () => {
  it('see a leak as a slope, a trend and the hours that are left', () => {
    // 0.1 points in five minutes: 1.2 an hour.
    const of = statisticsOf(METRIC.memUsed, (row) => 50 + 0.1 * row);
    near(of('mem_used_pct.now'), 50 + 0.1 * 287);
    for (const span of ['1h', '4h', '12h']) {
      near(of(`mem_used_pct.slope_${span}`), 1.2);
      near(of(`mem_used_pct.trend_${span}`), 1);
    }
    near(of('mem_used_pct.hours_to_full'), (100 - (50 + 0.1 * 281.5)) / 1.2);
    near(of('mem_used_pct.rank'), 282 / 288);
  });

  it('tell what is unusual for the server from what is high for all', () => {
    const of = statisticsOf(METRIC.frontCloseWait, (row) => (row < 276 ? 10 + (row % 2) : 30));
    assert.ok(of('front_close_wait.unusual') > 3);
    assert.ok(of('front_close_wait.over_yesterday') > 3);
    near(of('front_close_wait.rank'), 276 / 288);
    assert.ok(Number.isNaN(of('front_close_wait.hours_to_full')), 'connections have no 100 %');
  });

  it('read idle CPU as used', () => {
    near(statisticsOf(METRIC.cpuIdle, () => 30)('cpu_idle_pct.mean_24h'), 70);
  });

  it('are still where nothing moves', () => {
    const of = statisticsOf(METRIC.diskUsage, () => 42);
    for (const name of ['slope_4h', 'trend_4h', 'unusual', 'over_yesterday', 'deviation_24h', 'rank']) {
      assert.equal(of(`disk_usage_pct.${name}`), 0, name);
    }
  });

  it('are unknown where nothing is measured, and only there', () => {
    const of = statisticsOf(METRIC.swapUsed, (row) => (row < 200 ? 5 : Number.NaN));
    assert.ok(Number.isNaN(of('swap_used_pct.now')));
    assert.ok(Number.isNaN(of('swap_used_pct.slope_1h')));
    assert.equal(of('swap_used_pct.mean_24h'), 5);
    assert.ok(Number.isNaN(of('mem_used_pct.mean_24h')));
  });
});
