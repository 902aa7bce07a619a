import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  coalitionCount,
  exactShapley,
  exactSum,
  grained,
  planSampling,
  sampledShapley,
} from '../../src/explain/shapley.ts';

/** Games of a few players whose values are scores: whole multiples of 1/1024. */
const games = fc.integer({ min: 1, max: 6 }).chain((players) =>
  fc
    .array(fc.integer({ min: 0, max: 100 * 1024 }), {
      minLength: coalitionCount(players),
      maxLength: coalitionCount(players),
    })
    .map((ticks) => ({ players, values: Float64Array.from(ticks, (tick) => tick / 1024) })),
);

const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);

describe('exact Shapley values', () => {
  it('sum to the value of all players minus that of none, to the last digit, in any order', () => {
    fc.assert(
      fc.property(games, ({ players, values }) => {
        const total = values[values.length - 1] - values[0];
        const shares = exactSum(exactShapley(values, players), total);
        assert.equal(sumOf(shares), total);
        assert.equal(sumOf(shares.toReversed()), total);
      }),
    );
  });

  it('give a player nothing that changes nothing, and two that do the same as much', () => {
    fc.assert(
      fc.property(games, ({ players, values }) => {
        // Two players more: the first is never looked at, the second stands for player 0 and player 0 for it.
        const wide = Float64Array.from(
          { length: coalitionCount(players + 1) },
          (_, mask) => values[mask & (coalitionCount(players) - 1)],
        );
        assert.ok(Math.abs(exactShapley(wide, players + 1)[players]) < 1e-9);
        const twin = Float64Array.from({ length: coalitionCount(players + 1) }, (_, mask) => {
          const either = (mask & 1) !== 0 || (mask & coalitionCount(players)) !== 0 ? 1 : 0;
          return values[(mask & (coalitionCount(players) - 1) & ~1) | either];
        });
        const shares = exactShapley(twin, players + 1);
        assert.ok(Math.abs(shares[0] - shares[players]) < 1e-9);
      }),
    );
  });

  it('are those of the textbook for three players', () => {
    // Values of none, a, b, ab, c, ac, bc, abc.
    const shares = exactShapley(Float64Array.of(0, 80, 56, 80, 70, 85, 72, 90), 3);
    const expected = [39.1666666667, 20.6666666667, 30.1666666667];
    for (const [i, share] of shares.entries()) assert.ok(Math.abs(share - expected[i]) < 1e-9);
  });
});

describe('sampled Shapley values', () => {
  const value = (mask: number): number => {
    // One player alone makes most of it, two only together some more.
    const alone = (mask & 1) !== 0 ? 50 : 0;
    return alone + ((mask & 0b110) === 0b110 ? 20 : 0) + ((mask & 0b1000) !== 0 ? 3 : 0);
  };

  it('sum to the same total as exact ones', () => {
    const plan = planSampling(8, 2, 120);
    const { shares } = sampledShapley(
      plan,
      8,
      (donor, mask) => value(mask) + 5 * donor * (mask === 255 ? 1 : 0),
    );
    assert.ok(Math.abs(sumOf(shares) - (73 + 2.5)) < 1e-9);
  });

  it('come near the exact ones, within a few of their standard errors', () => {
    const values = Float64Array.from({ length: 256 }, (_, mask) => value(mask));
    const exact = exactShapley(values, 8);
    const { shares, errors } = sampledShapley(planSampling(8, 1, 150), 8, (_, mask) => value(mask));
    for (const [i, share] of shares.entries()) {
      assert.ok(Math.abs(share - exact[i]) <= 4 * errors[i] + 1e-9, `player ${i}: ${share} and ${exact[i]}`);
    }
  });

  it('take about as many runs as they may, each coalition once', () => {
    for (const runs of [80, 200, 400]) {
      const { masks } = planSampling(8, 2, runs);
      const total = sumOf(masks.map((one) => one.length));
      assert.ok(total <= runs && total > runs - 70, `${total} of ${runs}`);
      for (const one of masks) assert.equal(new Set(one).size, one.length);
    }
  });

  it('are the same every time', () => {
    assert.deepEqual(planSampling(8, 3, 200), planSampling(8, 3, 200));
  });
});

it('a mean is rounded to a grain far below a tick of the score', () => {
  assert.ok(Math.abs(grained(1 / 3) - 1 / 3) < 2 ** -30);
});
