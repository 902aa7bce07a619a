import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { exceedance } from '../../src/risk/exceedance.ts';
import { failureFeaturesOf } from '../../src/risk/probability.ts';
import { createTargetReadings, readTargets } from '../../src/risk/severity.ts';
import { chunkOf, flatAt, rising, rulesOf, type Scene, target } from './fixtures.ts';

const rules = rulesOf(6);
const MEMORY = target('mem_used_pct');
const CPU = target('cpu_used_pct');
/** Rounding where two branches of the distribution function meet. */
const ULPS = 1e-12;

function readingsOf(scene: Scene) {
  const chunk = chunkOf(1000, [scene]);
  const readings = createTargetReadings();
  readTargets(readings, rules, chunk.quantiles, 0, chunk.windows, 0);
  return readings;
}

const severityOf = (scene: Scene): number => readingsOf(scene).severity[MEMORY];

const sortedQuantiles = fc
  .array(fc.double({ min: 0, max: 130, noNaN: true }), {
    minLength: QUANTILE_COUNT,
    maxLength: QUANTILE_COUNT,
  })
  .map((values) => Float32Array.from(values.sort((a, b) => a - b)));

describe('exceedance', () => {
  it('is a probability that agrees with the quantiles at the quantiles', () => {
    const quantiles = Float32Array.from([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    for (let i = 0; i < QUANTILE_COUNT; i += 1) {
      assert.ok(Math.abs(exceedance(quantiles, 0, quantiles[i], 5) - (0.9 - 0.1 * i)) < 1e-9);
    }
    assert.ok(Math.abs(exceedance(quantiles, 0, 45, 5) - 0.55) < 1e-9);
  });

  it('decays beyond the outer quantiles', () => {
    const quantiles = Float32Array.from([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    assert.ok(exceedance(quantiles, 0, 100, 5) < 0.1 * Math.exp(-1.99));
    assert.ok(exceedance(quantiles, 0, 0, 5) > 1 - 0.1 * Math.exp(-1.99));
    assert.ok(exceedance(quantiles, 0, 0, 5) <= 1);
  });

  it('counts a forecast that lies on the threshold as past it', () => {
    const certain = new Float32Array(QUANTILE_COUNT).fill(95);
    assert.equal(exceedance(certain, 0, 95, 2), 0.9);
  });

  it('never falls when a quantile rises and never rises with the threshold', () => {
    fc.assert(
      fc.property(
        sortedQuantiles,
        fc.double({ min: 1, max: 120, noNaN: true }),
        fc.nat(QUANTILE_COUNT - 1),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (quantiles, threshold, raised, by) => {
          const before = exceedance(quantiles, 0, threshold, 2.5);
          const higher = quantiles.map((value, i) =>
            i >= raised ? Math.max(value, quantiles[raised] + by) : value,
          );
          assert.ok(exceedance(higher, 0, threshold, 2.5) >= before - ULPS);
          assert.ok(exceedance(quantiles, 0, threshold + by, 2.5) <= before + ULPS);
          assert.ok(before >= 0 && before <= 1);
        },
      ),
    );
  });
});

describe('severity', () => {
  it('is 0 for a server far below its thresholds', () => {
    assert.equal(severityOf({}), 0);
  });

  it('never falls when any one quantile of any step rises, nor when the measured value does', () => {
    fc.assert(
      fc.property(
        fc.array(sortedQuantiles, { minLength: 4, maxLength: 4 }),
        fc.nat(HORIZON_STEPS - 1),
        fc.nat(QUANTILE_COUNT - 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (shapes, step, quantile, share, now) => {
          const scene = chunkOf(1000, [{ now: { mem_used_pct: now } }]);
          const at = (s: number) => (MEMORY * HORIZON_STEPS + s) * QUANTILE_COUNT;
          for (let s = 0; s < HORIZON_STEPS; s += 1) scene.quantiles.set(shapes[s % shapes.length], at(s));
          const before = createTargetReadings();
          readTargets(before, rules, scene.quantiles, 0, scene.windows, 0);
          const position = at(step) + quantile;
          const ceiling =
            quantile === QUANTILE_COUNT - 1 ? scene.quantiles[position] + 40 : scene.quantiles[position + 1];
          scene.quantiles[position] += share * (ceiling - scene.quantiles[position]);
          const after = createTargetReadings();
          readTargets(after, rules, scene.quantiles, 0, scene.windows, 0);
          assert.ok(after.severity[MEMORY] >= before.severity[MEMORY] - ULPS);
          assert.ok(after.peak8h[MEMORY] >= before.peak8h[MEMORY] - ULPS);
          assert.ok(before.severity[MEMORY] >= 0 && before.severity[MEMORY] <= 1);
          const risen = chunkOf(1000, [{ now: { mem_used_pct: Math.min(100, now + 10 * share) } }]);
          readTargets(before, rules, scene.quantiles, 0, risen.windows, 0);
          assert.ok(before.severity[MEMORY] >= after.severity[MEMORY] - ULPS);
        },
      ),
    );
  });

  it('weighs a breach more the sooner it comes', () => {
    const breachAt = (step: number) =>
      severityOf({ now: { mem_used_pct: 70 }, courses: { mem_used_pct: (s) => (s + 1 === step ? 99 : 70) } });
    assert.ok(breachAt(1) > breachAt(12));
    assert.ok(breachAt(12) > breachAt(48));
    assert.ok(breachAt(48) > breachAt(96));
    assert.ok(breachAt(96) > 0.5);
  });

  it('weighs a faster rise more than a slower one', () => {
    const reachIn = (step: number) =>
      severityOf({ now: { mem_used_pct: 80 }, courses: { mem_used_pct: rising(80, 97, step) } });
    assert.ok(reachIn(12) > reachIn(40));
    assert.ok(reachIn(40) > reachIn(90));
  });

  it('weighs passing the critical threshold more than the warning one', () => {
    const flat = (value: number) =>
      severityOf({ now: { mem_used_pct: 80 }, courses: { mem_used_pct: flatAt(value) } });
    assert.ok(flat(98) > flat(91));
    assert.ok(flat(91) > flat(80));
  });

  it('weighs a surer forecast of a breach more than a doubtful one', () => {
    const courses = { mem_used_pct: flatAt(97) };
    assert.ok(severityOf({ courses, band: 1 }) > severityOf({ courses, band: 20 }));
  });

  it('counts a measured value past its threshold although the forecast returns', () => {
    const back = { mem_used_pct: flatAt(40) };
    assert.equal(severityOf({ now: { mem_used_pct: 96 }, courses: back }), 1);
    assert.equal(severityOf({ now: { mem_used_pct: 90 }, courses: back }), 0.65);
  });

  it('is NaN for a target that is not forecast, and such a target says nothing about failure', () => {
    const readings = readingsOf({ courses: { mem_used_pct: flatAt(Number.NaN) } });
    assert.ok(Number.isNaN(readings.severity[MEMORY]));
    assert.equal(failureFeaturesOf(readings).raw8h, failureFeaturesOf(readingsOf({})).raw8h);
  });

  it('is NaN for a target without thresholds', () => {
    assert.ok(Number.isNaN(readingsOf({ now: { load_average: 500 } }).severity[target('load_average')]));
  });

  it('ignores a measurement older than half an hour', () => {
    const chunk = chunkOf(1000, [{}]);
    const row = 280 * 14;
    chunk.windows[row + 5] = 99;
    chunk.windows[287 * 14 + 5] = Number.NaN;
    const readings = createTargetReadings();
    readTargets(readings, rules, chunk.quantiles, 0, chunk.windows, 0);
    assert.ok(Number.isNaN(readings.current[MEMORY]));
    assert.equal(readings.severity[MEMORY], 0);
  });

  it('fills every target of the workspace for each server, leaving nothing of the one before', () => {
    const readings = createTargetReadings();
    const bad = chunkOf(1000, [{ now: { mem_used_pct: 99, disk_usage_pct: 99 } }]);
    readTargets(readings, rules, bad.quantiles, 0, bad.windows, 0);
    const good = chunkOf(1000, [{}]);
    readTargets(readings, rules, good.quantiles, 0, good.windows, 0);
    assert.deepEqual(readings, readingsOf({}));
    assert.equal(readings.severity.length, TARGET_COUNT);
  });
});

describe('habits', () => {
  /** A server that is past 85 % CPU in the newest steps, and was in `share` of the earlier day. */
  const severityAfter = (name: 'cpu_used_pct' | 'mem_used_pct', share: number): number => {
    const chunk = chunkOf(1000, [{ now: { [name]: 97 } }]);
    const { metric, derivation } = TARGET_LIST[target(name)];
    for (let row = 0; row < WINDOW_STEPS - 48; row += 1) {
      const value = row < share * (WINDOW_STEPS - 48) ? 97 : 40;
      chunk.windows[row * METRIC_COUNT + metric] = derivation === 'complement' ? 100 - value : value;
    }
    const readings = createTargetReadings();
    readTargets(readings, rules, chunk.quantiles, 0, chunk.windows, 0);
    return readings.severity[target(name)];
  };

  it('take nothing off what is new', () => {
    assert.equal(severityAfter('cpu_used_pct', 0), severityOf({ now: { mem_used_pct: 97 } }));
  });

  it('take most off a flow that was there the day before, the more the longer, but never all', () => {
    const shares = [0, 0.005, 0.01, 0.02, 0.03, 0.5, 1];
    const severities = shares.map((share) => severityAfter('cpu_used_pct', share));
    for (let i = 1; i < severities.length; i += 1) assert.ok(severities[i] <= severities[i - 1]);
    assert.ok(severities[6] > 0.3 && severities[6] < 0.5, `${severities[6]}`);
  });

  it('excuse no stock that is full', () => {
    assert.equal(severityAfter('mem_used_pct', 1), severityAfter('mem_used_pct', 0));
  });

  it('do not let a rising forecast lower a severity', () => {
    const window = chunkOf(1000, [{ now: { cpu_used_pct: 60 } }]).windows;
    for (let row = 0; row < 100; row += 1) window[row * METRIC_COUNT + TARGET_LIST[CPU].metric] = 3;
    const severity = (level: number): number => {
      const { quantiles } = chunkOf(1000, [{ now: { cpu_used_pct: level } }]);
      const readings = createTargetReadings();
      readTargets(readings, rules, quantiles, 0, window, 0);
      return readings.severity[CPU];
    };
    for (let level = 50; level < 100; level += 1)
      assert.ok(severity(level + 1) >= severity(level), `${level}`);
  });
});
