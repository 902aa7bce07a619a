/** The distances between distributions, by what they have to obey. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RandomStream } from '../../../src/simulate/random.ts';
import { BINS, binOf, EDGES } from '../../../src/watch/drift/counts.ts';
import { kolmogorovSmirnov, stabilityIndex, wasserstein } from '../../../src/watch/drift/measures.ts';

const ROUNDS = 200;

/** Shares of the counts, which sum to 1; zeros where nothing was counted. */
function sharesOf(counts: ArrayLike<number>): Float64Array {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i];
  return Float64Array.from(counts, (count) => (sum > 0 ? count / sum : 0));
}

function randomShares(random: RandomStream): Float64Array {
  return sharesOf(Array.from({ length: BINS }, () => random.uniform([0, 1]) ** 3));
}

/** Shares of normal values around a mean. */
function normalShares(random: RandomStream, mean: number, spread = 1, count = 50_000): Float64Array {
  const counts = new Float64Array(BINS);
  for (let i = 0; i < count; i++) counts[binOf(mean + spread * random.normal())]++;
  return sharesOf(counts);
}

const measures = {
  stabilityIndex,
  kolmogorovSmirnov,
  wasserstein: (a: Float64Array, b: Float64Array) => wasserstein(a, b, EDGES),
};

for (const [name, measure] of Object.entries(measures)) {
  describe(name, () => {
    it('is 0 for the same shares, never below, and the same both ways', () => {
      const random = new RandomStream(1, name);
      for (let round = 0; round < ROUNDS; round++) {
        const [a, b] = [randomShares(random), randomShares(random)];
        assert.equal(measure(a, a), 0);
        assert.ok(measure(a, b) >= 0);
        assert.ok(Math.abs(measure(a, b) - measure(b, a)) < 1e-12);
      }
    });

    it('is next to nothing for two samples of one distribution', () => {
      const random = new RandomStream(2, name);
      assert.ok(measure(normalShares(random, 0), normalShares(random, 0)) < 0.02);
    });

    it('grows with a shift of the mean, up or down, and with the spread', () => {
      const random = new RandomStream(3, name);
      const reference = normalShares(random, 0);
      const at = (mean: number, spread = 1) => measure(reference, normalShares(random, mean, spread));
      const up = [0, 0.25, 0.5, 1, 2].map((mean) => at(mean));
      const down = [0, -0.25, -0.5, -1, -2].map((mean) => at(mean));
      const wide = [1, 1.5, 2, 3].map((spread) => at(0, spread));
      for (const values of [up, down, wide])
        assert.deepEqual(
          values,
          [...values].sort((a, b) => a - b),
        );
      assert.ok(up[3] > 0.2 && wide[3] > 0.2);
    });
  });
}

describe('the measures', () => {
  it('do not depend on how many were counted', () => {
    const counts = [1, 5, 9, 30, 60, 90, 60, 30, 9, 5, 1];
    const tenfold = sharesOf(counts.map((count) => 10 * count));
    for (const measure of Object.values(measures)) assert.ok(measure(sharesOf(counts), tenfold) < 1e-12);
  });

  it('are what the textbook says for a shift of a normal distribution', () => {
    const random = new RandomStream(4, 'textbook');
    const [before, now] = [normalShares(random, 0), normalShares(random, 1)];
    // 2 Φ(½) − 1; the nearest edge to ½ is ¼ or ¾.
    assert.ok(Math.abs(kolmogorovSmirnov(before, now) - 0.383) < 0.03);
    const distance = wasserstein(before, now, EDGES);
    assert.ok(Math.abs(distance - 1) < 0.05, `the distance is the shift itself, but ${distance}`);
    // Jeffreys' divergence of N(0,1) and N(1,1) is 1; bins lose a little of it.
    const index = stabilityIndex(before, now);
    assert.ok(index > 0.85 && index <= 1.02, `${index}`);
  });

  it('are bounded where they should be, and finite where a bin was empty', () => {
    const [first, last] = [new Float64Array(BINS), new Float64Array(BINS)];
    first[0] = 1;
    last[BINS - 1] = 1;
    assert.equal(kolmogorovSmirnov(first, last), 1);
    assert.equal(wasserstein(first, last, EDGES), 8);
    assert.ok(Number.isFinite(stabilityIndex(first, last)) && stabilityIndex(first, last) > 10);
    assert.deepEqual([...sharesOf([0, 0])], [0, 0]);
  });

  it('count a value on an edge above it, and every value once', () => {
    assert.deepEqual([-99, -4, -3.9, 0, 4, 99].map(binOf), [0, 1, 1, 5, 10, 10]);
  });
});
