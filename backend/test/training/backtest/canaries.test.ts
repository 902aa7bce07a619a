import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { raiseAlerts, scoreAlerts } from '../../../src/training/backtest/alerts.ts';
import { averagePrecision } from '../../../src/training/backtest/averagePrecision.ts';
import {
  baseRateOf,
  cycleOf,
  permutedServers,
  shiftedByADay,
} from '../../../src/training/backtest/canaries.ts';
import { recallByKind } from '../../../src/training/backtest/kinds.ts';
import { labelOrigins, POSITIVE } from '../../../src/training/backtest/origins.ts';
import { Random } from '../../../src/training/random.ts';
import { failure, failuresAt, nameOf, scoresOf, tableOf } from './tables.ts';

/** 26 servers for four days, each failing once at a time of its own, and scores that know it. */
const table = tableOf(26, { first: 0, last: 1150 }, 3);
const random = new Random(7);
const failures = failuresAt(
  Object.fromEntries(Array.from({ length: 26 }, (_, i) => [nameOf(i), [200 + random.below(900)]])),
);
const labels = labelOrigins(table, failures);
const oracle = Float32Array.from(labels, (label) => (label === POSITIVE ? 1 : 0));
const frozen = [{ scores: oracle, threshold: 1 }];

describe('truths that are none', () => {
  it('leave an oracle with little more than chance', () => {
    assert.equal(averagePrecision(oracle, labels), 1);
    assert.equal(scoreAlerts(table, raiseAlerts(table, oracle, 1), failures).recall, 1);
    const [permuted] = permutedServers(table, failures, frozen) ?? [];
    const [shifted] = shiftedByADay(table, failures, frozen);
    for (const { prAuc, baseRate, recall, chanceRecall } of [permuted, shifted]) {
      assert.ok(prAuc !== null && prAuc < 2 * baseRate, `${prAuc} at ${baseRate}`);
      assert.ok(recall !== null && recall < chanceRecall + 0.1, `${recall} where chance has ${chanceRecall}`);
    }
  });

  it('have the base rate they should: nothing is lost by permuting', () => {
    const [permuted] = permutedServers(table, failures, frozen) ?? [];
    assert.ok(Math.abs(permuted.baseRate - baseRateOf(labels)) < 1e-9);
  });

  it('need a second server to be permuted', () => {
    const alone = tableOf(1, { first: 0, last: 300 });
    assert.equal(permutedServers(alone, failures, [{ scores: new Float32Array(301), threshold: 1 }]), null);
  });

  it('give nobody his own failures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer(), (count, seed) => {
        const items = Array.from({ length: count }, (_, i) => i);
        const permuted = cycleOf(items, new Random(seed));
        assert.deepEqual(
          [...permuted].sort((a, b) => a - b),
          items,
        );
        assert.ok(permuted.every((item, i) => item !== i));
      }),
    );
  });
});

it('recall by kind tells kinds that came before the test from new ones', () => {
  const two = tableOf(2, { first: 500, last: 800 });
  const known = new Map([
    ['a', [failure(100, 'disk_fill'), failure(700, 'disk_fill'), failure(790, 'swap_storm')]],
    ['b', [failure(650, 'disk_fill')]],
  ]);
  const scores = scoresOf(two, [[0, 650, 1]]);
  const kinds = recallByKind(two, [{ name: 'rule', scores, threshold: 1 }], known, 500);
  assert.deepEqual(kinds, [
    { kind: 'disk_fill', failures: 2, seenBefore: true, caught: { rule: 1 } },
    { kind: 'swap_storm', failures: 1, seenBefore: false, caught: { rule: 0 } },
  ]);
});
