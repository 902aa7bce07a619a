import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reliabilityOf } from '../../src/training/calibration/reliability.ts';

const of = (probabilities: readonly number[], outcomes: readonly number[]) =>
  reliabilityOf(Float32Array.from(probabilities), Uint8Array.from(outcomes));

describe('reliability', () => {
  it('follows the formulas of Brier score, its skill and calibration error', () => {
    const { count, events, baseRate, meanProbability, brier, brierSkill, ece } = of(
      [0.75, 0.75, 0.25, 0.25],
      [1, 1, 0, 0],
    );
    assert.deepEqual([count, events, baseRate, meanProbability], [4, 2, 0.5, 0.5]);
    assert.equal(brier, 0.0625);
    assert.equal(brierSkill, 1 - 0.0625 / 0.25);
    assert.equal(ece, 0.25);
  });

  it('weighs bins by their counts', () => {
    // Two in 0.2–0.3 of which one came, one in 0.5–0.6 that came: |1 − 0.5| + |1 − 0.5| over 3.
    assert.equal(of([0.25, 0.25, 0.5], [1, 0, 1]).ece, 1 / 3);
  });

  it('counts an outcome as often as it stands for', () => {
    const thrice = reliabilityOf([0.25, 0.25, 0.25, 0.75], [0, 0, 0, 1]);
    assert.deepEqual(reliabilityOf([0.25, 0.75], [0, 1], [3, 1]), thrice);
  });

  it('gives a table with a row for each bin, empty ones too', () => {
    const { bins } = of([0, 0.0625, 0.5, 1], [0, 1, 1, 1]);
    assert.equal(bins.length, 10);
    assert.deepEqual(bins[0], { from: 0, to: 0.1, count: 2, meanProbability: 0.03125, observedRate: 0.5 });
    assert.deepEqual(bins[1], { from: 0.1, to: 0.2, count: 0, meanProbability: null, observedRate: null });
    assert.deepEqual(bins[5], { from: 0.5, to: 0.6, count: 1, meanProbability: 0.5, observedRate: 1 });
    assert.deepEqual(bins[9], { from: 0.9, to: 1, count: 1, meanProbability: 1, observedRate: 1 });
  });

  it('has no skill to tell where all outcomes are equal', () => {
    assert.equal(of([0.25, 0.5], [0, 0]).brierSkill, null);
    assert.equal(of([0.25, 0.5], [1, 1]).brierSkill, null);
  });
});
