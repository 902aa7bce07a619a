import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { averagePrecision } from '../../../src/training/backtest/averagePrecision.ts';
import { Random } from '../../../src/training/random.ts';

const ap = (scores: readonly number[], labels: readonly number[]): number | null =>
  averagePrecision(Float32Array.from(scores), Int8Array.from(labels));

function near(actual: number | null, expected: number, tolerance = 1e-12): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

describe('average precision', () => {
  it('is the mean over positives of the precision at their rank', () => {
    near(ap([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0]), (1 / 1 + 2 / 3) / 2);
    near(ap([0.6, 0.9, 0.7, 0.8], [0, 0, 1, 1]), (1 / 2 + 2 / 3) / 2);
    near(ap([3, 2, 1], [1, 1, 0]), 1);
  });

  it('lets equal scores stand or fall together, in whatever order they come', () => {
    near(ap([5, 5, 5, 5], [1, 0, 0, 0]), 1 / 4);
    near(ap([9, 5, 5, 1], [0, 1, 0, 1]), 0.5 * (1 / 3) + 0.5 * (2 / 4));
    assert.equal(ap([9, 5, 5, 1], [0, 1, 0, 1]), ap([9, 5, 5, 1], [0, 0, 1, 1]));
  });

  it('does not see what is left out', () => {
    assert.equal(ap([0.99, 0.9, 0.8, 0.7], [-1, 1, 0, 1]), ap([0.9, 0.8, 0.7], [1, 0, 1]));
  });

  it('ranks a scorer that says nothing last', () => {
    near(ap([Number.NEGATIVE_INFINITY, 0.1], [1, 0]), 1 / 2);
  });

  it('is not defined without a positive', () => {
    assert.equal(ap([1, 2], [0, -1]), null);
    assert.equal(ap([], []), null);
  });

  const outcome = fc.record({ score: fc.integer({ min: -50, max: 50 }), label: fc.constantFrom(-1, 0, 1) });

  it('depends on the order of the scores alone', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 200 }), (rows) => {
        const labels = rows.map(({ label }) => label);
        const scores = rows.map(({ score }) => score);
        const plain = ap(scores, labels);
        // Small whole numbers: each of these is exact in float32, so that none merges two scores.
        assert.equal(
          ap(
            scores.map((score) => 4 * score - 7),
            labels,
          ),
          plain,
        );
        assert.equal(
          ap(
            scores.map((score) => score ** 3),
            labels,
          ),
          plain,
        );
      }),
    );
  });

  it('lies between 0 and 1, and is 1 where every positive comes first', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 200 }), (rows) => {
        const labels = rows.map(({ label }) => label);
        const any = ap(
          rows.map(({ score }) => score),
          labels,
        );
        if (any === null) return;
        assert.ok(any > 0 && any <= 1 + 1e-12);
        near(ap(labels, labels), 1);
      }),
    );
  });

  it('is near the base rate under permuted labels', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(0.02, 0.1, 0.4), (seed, rate) => {
        const random = new Random(seed);
        const scores = Float32Array.from({ length: 20_000 }, () => random.uniform());
        const labels = Int8Array.from(scores, () => (random.uniform() < rate ? 1 : 0));
        const base = labels.reduce((sum, label) => sum + label, 0) / labels.length;
        const found = averagePrecision(scores, labels);
        // Its spread at 400 positives of 20,000 is about a twentieth of the rate.
        assert.ok(found !== null && Math.abs(found / base - 1) < 0.35, `${found} at a rate of ${base}`);
      }),
      { numRuns: 20 },
    );
  });
});
