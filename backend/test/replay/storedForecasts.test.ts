import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { QUANTILE_COUNT, TARGET_COUNT, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS } from '../../src/catalog/time.ts';
import { FORECAST_SIZE, TARGET_SIZE } from '../../src/forecast/batch.ts';
import { areEnough, roomyFloors, tightFloors } from '../../src/replay/forecasts/floors.ts';
import { StoredForecasts } from '../../src/replay/forecasts/storedForecasts.ts';
import { rulesOf, withThresholds } from './support.ts';

const MEMORY = targetIndex('mem_used_pct');
const NOTHING_MEASURED = new Float64Array(TARGET_COUNT).fill(Number.NaN);
const ALL = new Float64Array(TARGET_COUNT).fill(Number.NEGATIVE_INFINITY);

/** Bands that rise from `level` by `slope` a step, quantiles `spread` apart. */
function forecast(level: number, slope: number, spread: number): Float32Array {
  const quantiles = new Float32Array(FORECAST_SIZE);
  for (let target = 0; target < TARGET_COUNT; target++) {
    for (let step = 0; step < HORIZON_STEPS; step++) {
      for (let quantile = 0; quantile < QUANTILE_COUNT; quantile++) {
        quantiles[target * TARGET_SIZE + step * QUANTILE_COUNT + quantile] =
          level + slope * step + spread * (quantile - 4) + Math.sin(step / 9 + quantile);
      }
    }
  }
  return quantiles;
}

function read(stored: StoredForecasts, step: number, needed = ALL): Float32Array | null {
  const out = new Float32Array(FORECAST_SIZE);
  return stored.read(step, out, needed) ? out : null;
}

test('a kept forecast comes back within a thousandth of its range, and the same after a time on disk', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e5, noNaN: true }),
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.double({ min: 0.001, max: 500, noNaN: true }),
      (level, slope, spread) => {
        const stored = new StoredForecasts(ALL);
        const quantiles = forecast(level, slope, spread);
        stored.add(7, quantiles, 0, NOTHING_MEASURED);
        const back = read(stored, 7);
        assert.ok(back !== null);
        const range = Math.max(...quantiles) - Math.min(...quantiles);
        back.forEach((value, i) => {
          assert.ok(Math.abs(value - quantiles[i]) <= range / 1000, `${value} for ${quantiles[i]}`);
        });
        assert.deepEqual(read(StoredForecasts.decode(stored.encode()), 7), back);
      },
    ),
    { seed: 5, numRuns: 40 },
  );
});

test('what stays below its floor is not kept, unless it is measured above it', () => {
  const floors = new Float64Array(TARGET_COUNT).fill(Number.POSITIVE_INFINITY);
  floors[MEMORY] = 60;
  const stored = new StoredForecasts(floors);
  stored.add(1, forecast(40, 0, 1), 0, NOTHING_MEASURED);
  assert.equal(read(stored, 1), null);
  const current = NOTHING_MEASURED.slice();
  current[MEMORY] = 61;
  stored.add(2, forecast(40, 0, 1), 0, current);
  const kept = read(stored, 2);
  assert.ok(kept !== null && kept[MEMORY * TARGET_SIZE] > 30);
  assert.ok(Number.isNaN(kept[0]), 'the other targets are not there');
});

test('a target that cannot reach what is needed is passed over', () => {
  const stored = new StoredForecasts(ALL);
  stored.add(1, forecast(40, 0, 1), 0, NOTHING_MEASURED);
  assert.equal(read(stored, 1, new Float64Array(TARGET_COUNT).fill(90)), null);
  assert.ok(read(stored, 1, new Float64Array(TARGET_COUNT).fill(40)) !== null);
});

test('a target that is not forecast is not kept', () => {
  const stored = new StoredForecasts(ALL);
  stored.add(1, forecast(40, 0, 1).fill(Number.NaN), 0, NOTHING_MEASURED);
  assert.equal(read(stored, 1), null);
});

test('a step without forecast and bytes that end early are refused', () => {
  const stored = new StoredForecasts(ALL);
  assert.throws(() => read(stored, 3), /Step 3 has no forecast/);
  assert.throws(() => StoredForecasts.decode(new Uint8Array([1, 2, 3])));
});

test('floors leave room for somewhat lower thresholds, not for much lower ones', () => {
  const floors = roomyFloors([rulesOf()]);
  const lowered = (warning: number) => rulesOf(withThresholds({ mem_used_pct: { warning, critical: 95 } }));
  assert.ok(areEnough(floors, [rulesOf()]));
  assert.ok(areEnough(floors, [lowered(85)]));
  assert.ok(!areEnough(floors, [lowered(60)]));
  assert.ok(areEnough(floors, [lowered(94)]), 'higher thresholds never need more');
  assert.ok(tightFloors([rulesOf()]).every((floor, target) => floor >= floors[target]));
});

test('a target that gets thresholds where it had none needs forecasts that were not kept', () => {
  const without = rulesOf(withThresholds({ mem_used_pct: null }));
  assert.ok(!areEnough(roomyFloors([without]), [rulesOf()]));
});
