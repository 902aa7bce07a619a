import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { raiseAlerts, scoreAlerts } from '../../../src/training/backtest/alerts.ts';
import { chooseThreshold, MOST_FALSE_PER_SERVER_DAY } from '../../../src/training/backtest/threshold.ts';
import { Random } from '../../../src/training/random.ts';
import { failuresAt, nameOf, scoresOf, tableOf } from './tables.ts';

/** A little over 3 server-days: one false alert in 20 days allows none. */
const RANGE = { first: 0, last: 300 };
const failures = failuresAt({ a: [200], b: [250] });

describe('choosing a threshold', () => {
  const table = tableOf(3, RANGE);

  it('catches as many failures as it can', () => {
    const scores = scoresOf(table, [
      [0, 150, 0.75],
      [1, 200, 0.5],
    ]);
    assert.equal(chooseThreshold(table, scores, failures), 0.5);
  });

  it('gives up a failure for too many false alerts', () => {
    const scores = scoresOf(table, [
      [0, 150, 0.75],
      [1, 200, 0.5],
      [2, 100, 0.5],
    ]);
    assert.equal(chooseThreshold(table, scores, failures), 0.75);
  });

  it('takes the false alerts that are allowed', () => {
    // 20.9 server-days allow one.
    const wide = tableOf(20, RANGE);
    const one = scoresOf(wide, [
      [0, 150, 0.75],
      [1, 200, 0.5],
      [2, 100, 0.5],
    ]);
    assert.equal(chooseThreshold(wide, one, failures), 0.5);
    const two = scoresOf(wide, [
      [0, 150, 0.75],
      [1, 200, 0.5],
      [2, 100, 0.5],
      [3, 100, 0.5],
    ]);
    assert.equal(chooseThreshold(wide, two, failures), 0.75);
  });

  it('prefers fewer false alerts for the same failures', () => {
    const wide = tableOf(20, RANGE);
    const scores = scoresOf(wide, [
      [0, 150, 0.75],
      [2, 100, 0.5],
    ]);
    assert.equal(chooseThreshold(wide, scores, failures), 0.75);
  });

  it('raises nothing where nothing is caught within the limit', () => {
    const scores = scoresOf(table, [
      [2, 100, 0.9],
      [0, 150, 0.75],
    ]);
    assert.equal(chooseThreshold(table, scores, failures), Number.POSITIVE_INFINITY);
    assert.equal(chooseThreshold(table, scores, new Map()), Number.POSITIVE_INFINITY);
  });

  it('never allows more false alerts than the limit on the span it was chosen on', () => {
    const wide = tableOf(26, RANGE, 3);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 100 }), (seed, kinds) => {
        const random = new Random(seed);
        const scores = Float32Array.from(wide.steps, () => Math.floor(random.uniform() * kinds));
        const known = failuresAt({ [nameOf(random.below(26))]: [100 + random.below(200)], a: [150] });
        const threshold = chooseThreshold(wide, scores, known);
        const { falsePerServerDay } = scoreAlerts(wide, raiseAlerts(wide, scores, threshold), known);
        assert.ok(falsePerServerDay <= MOST_FALSE_PER_SERVER_DAY);
      }),
      { numRuns: 30 },
    );
  });
});
