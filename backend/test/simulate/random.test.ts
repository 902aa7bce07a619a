import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RandomStream } from '../../src/simulate/random.ts';

const SAMPLES = 20_000;
const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the same seed and key give the same stream, another key or seed gives another', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string(), (seed, key) => {
      const take = (s: number, k: string) => {
        const random = new RandomStream(s, k);
        return draw(8, () => random.unit()).join();
      };
      assert.equal(take(seed, key), take(seed, key));
      assert.notEqual(take(seed, key), take(seed, `${key}!`));
      assert.notEqual(take(seed, key), take(seed + 1, key));
    }),
    { numRuns: 50 },
  );
});

test('every draw stays inside its range', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0.001, max: 1000, noNaN: true }),
      fc.double({ min: 1, max: 100, noNaN: true }),
      (seed, low, factor) => {
        const random = new RandomStream(seed, 'ranges');
        const high = low * factor;
        for (let i = 0; i < 50; i++) {
          const within = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
          assert.ok(within(random.uniform([low, high])));
          assert.ok(within(random.logUniform([low, high])));
          assert.ok(random.pareto(1.2) >= 1);
          assert.ok(random.exponential(low) >= 0);
          const whole = random.integer([3, 7]);
          assert.ok(Number.isInteger(whole) && whole >= 3 && whole <= 7);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('normal, exponential and Poisson draws have the mean and spread they should', () => {
  const random = new RandomStream(7, 'moments');
  const normal = draw(SAMPLES, () => random.normal());
  assert.ok(Math.abs(mean(normal)) < 0.03);
  assert.ok(Math.abs(mean(normal.map((value) => value * value)) - 1) < 0.05);
  assert.ok(Math.abs(mean(draw(SAMPLES, () => random.exponential(4))) - 4) < 0.15);
  for (const expected of [0.2, 4, 80]) {
    const counts = draw(SAMPLES, () => random.poisson(expected));
    assert.ok(
      counts.every((count) => Number.isInteger(count) && count >= 0),
      `counts of mean ${expected}`,
    );
    assert.ok(Math.abs(mean(counts) - expected) < 0.03 * expected + 0.02, `mean ${expected}`);
  }
});

test('weights decide how often a key is drawn', () => {
  const random = new RandomStream(3, 'weights');
  const drawn = Array.from({ length: SAMPLES }, () => random.weighted({ often: 9, seldom: 1, never: 0 }));
  assert.ok(Math.abs(drawn.filter((key) => key === 'seldom').length / SAMPLES - 0.1) < 0.01);
  assert.ok(!drawn.includes('never'));
});
