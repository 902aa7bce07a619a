import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../../src/training/random.ts';
import { averagingDecay, moveAverage, oneCycleRate } from '../../src/training/schedule.ts';

const near = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

describe('the one-cycle learning rate', () => {
  it('starts at a 25th of the peak, reaches it after 30% of the steps, and ends at almost nothing', () => {
    near(oneCycleRate(1, 101, 1), 0.04);
    near(oneCycleRate(30, 100, 1), 1);
    near(oneCycleRate(100, 100, 1), 4e-6);
  });

  it('follows half a cosine on either side', () => {
    near(oneCycleRate(16, 101, 2), 0.08 + (2 - 0.08) * 0.5 * (1 - Math.cos((Math.PI * 15) / 29.3)));
    near(oneCycleRate(1, 1, 1), 0.04);
  });

  it('rises, then falls', () => {
    const rates = Array.from({ length: 200 }, (_, i) => oneCycleRate(i + 1, 200, 0.002));
    const top = rates.indexOf(Math.max(...rates));
    assert.equal(top, 59);
    assert.ok(rates.every((rate, i) => i === 0 || (i <= top ? rate > rates[i - 1] : rate < rates[i - 1])));
  });
});

describe('the moving average of the weights', () => {
  it('forgets its start quickly and then moves slowly', () => {
    near(averagingDecay(1, 0.999), 2 / 11);
    near(averagingDecay(90, 0.999), 0.91);
    near(averagingDecay(100_000, 0.999), 0.999);
  });

  it('is decay times the average plus the rest of the weights', () => {
    const average = Float32Array.of(1, 2);
    moveAverage(average, Float32Array.of(3, -2), 0.75);
    assert.deepEqual([...average], [1.5, 1]);
  });
});

describe('seeded randomness', () => {
  it('repeats for the same path and differs for any other', () => {
    const first = (...path: number[]) => new Random(...path).uint32();
    assert.equal(first(1, 2, 3), first(1, 2, 3));
    const seen = new Set([
      first(1, 2, 3),
      first(1, 2, 4),
      first(1, 3, 3),
      first(2, 2, 3),
      first(1, 2),
      first(3, 2, 1),
    ]);
    assert.equal(seen.size, 6);
  });

  it('is uniform, stays below 1 as float32, and normal where asked', () => {
    const random = new Random(9);
    const values = new Float32Array(100_000);
    random.fill(values);
    assert.ok(values.every((value) => value >= 0 && value < 1));
    near(values.reduce((sum, value) => sum + value, 0) / values.length, 0.5, 0.005);
    const normals = Array.from({ length: 50_000 }, () => random.normal());
    near(normals.reduce((sum, value) => sum + value, 0) / normals.length, 0, 0.02);
    near(normals.reduce((sum, value) => sum + value * value, 0) / normals.length, 1, 0.03);
  });
});
