import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { WINDOW_FEATURES, writeWindowFeatures } from '../../../src/risk/failure/windowFeatures.ts';

type Course = (row: number) => number;

/** Features by name of a window in which these metrics follow a course and nothing else is measured. */
function featuresOf(courses: Readonly<Partial<Record<keyof typeof METRIC, Course>>>) {
  const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT).fill(Number.NaN);
  for (const [name, course] of Object.entries(courses)) {
    const metric = METRIC[name as keyof typeof METRIC];
    for (let row = 0; row < WINDOW_STEPS; row++) window[row * METRIC_COUNT + metric] = course(row);
  }
  const out = new Float32Array(WINDOW_FEATURES.length);
  writeWindowFeatures(window, 0, out, 0);
  return (name: string): number => {
    assert.ok(WINDOW_FEATURES.includes(name), name);
    return out[WINDOW_FEATURES.indexOf(name)];
  };
}

const near = (actual: number, expected: number) =>
  assert.ok(
    Math.abs(actual - expected) < 1e-3 * Math.max(1, Math.abs(expected)),
    `${actual}, not ${expected}`,
  );

/** Between 10 and 12 all day, then up by one each step from the last hour on. */
const climb: Course = (row) => (row < 276 ? 10 + (row % 3) : 12 + (row - 275));

describe('departures of a metric', () => {
  it('say how far, how long and how steadily it has left the earlier day', () => {
    const of = featuresOf({ memUsed: climb });
    // The newest half hour is 19 … 24 with a mean of 21.5; the earlier day lay in 10 … 12.
    near(of('mem_used_pct.over_earlier'), (21.5 - 12) / 2);
    near(of('mem_used_pct.under_earlier'), (10 - 21.5) / 2);
    near(of('mem_used_pct.hours_past_earlier'), 1);
    near(of('mem_used_pct.rising_1h'), 1);
    near(of('mem_used_pct.slope_30m'), 12);
    assert.ok(of('mem_used_pct.rising_12h') < 0.5);
  });

  it('are none where nothing moves', () => {
    const of = featuresOf({ diskUsage: () => 0 });
    for (const name of ['over_earlier', 'under_earlier', 'hours_past_earlier', 'rising_4h', 'jump']) {
      assert.equal(of(`disk_usage_pct.${name}`), 0, name);
    }
  });

  it('are a whole range where what was always 0 is 0 no more', () => {
    const of = featuresOf({ swapUsed: (row) => (row < 282 ? 0 : 1) });
    assert.ok(of('swap_used_pct.over_earlier') >= 1);
    assert.ok(Number.isFinite(of('swap_used_pct.over_earlier')));
  });

  it('are unknown without an earlier day, and without a measurement', () => {
    const of = featuresOf({ memUsed: (row) => (row < 250 ? Number.NaN : 50) });
    assert.ok(Number.isNaN(of('mem_used_pct.over_earlier')));
    assert.ok(Number.isNaN(of('net_in_mb_s.over_earlier')));
    assert.ok(Number.isNaN(of('departure_1.over_earlier')));
  });
});

describe('departures of a server', () => {
  it('are the same whichever metric departs', () => {
    const memory = featuresOf({ memUsed: climb, diskUsage: () => 40 });
    const disk = featuresOf({ diskUsage: climb, memUsed: () => 40 });
    for (const name of WINDOW_FEATURES.filter((feature) => /^(departure|metrics)_/.test(feature))) {
      assert.equal(memory(name), disk(name), name);
    }
  });

  it('rank and count', () => {
    const of = featuresOf({ memUsed: climb, backCloseWait: climb, netIn: (row) => 5 + (row % 2) });
    near(of('departure_1.over_earlier'), 4.75);
    near(of('departure_2.over_earlier'), 4.75);
    assert.ok(of('departure_3.over_earlier') < 0);
    assert.equal(of('metrics_over_earlier'), 2);
    assert.equal(of('metrics_past_1h'), 2);
    assert.equal(of('metrics_past_2h'), 0);
  });

  it('leave out uptime, which always rises', () => {
    const of = featuresOf({ uptimeDays: (row) => row / 288 });
    assert.equal(of('metrics_rising'), 0);
  });
});

describe('shares of resources', () => {
  it('see work that queues while the processors are no busier', () => {
    const of = featuresOf({ cpuIdle: () => 70, loadAverage: (row) => (row < 270 ? 1 : 4) });
    near(of('queue.over_earlier'), Math.log(4.02 / 1.02));
    assert.ok(Number.isNaN(of('traffic_per_cpu.now')));
  });

  it('do not run away where nothing happens', () => {
    const of = featuresOf({ cpuIdle: () => 100, cpuSys: () => 0, netIn: () => 0, netOut: () => 0 });
    near(of('sys_share.now'), 0);
    near(of('in_per_out.now'), 0);
    near(of('traffic_per_cpu.over_earlier'), 0);
  });
});
