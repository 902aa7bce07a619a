import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { averagePrecision } from '../../../src/training/backtest/averagePrecision.ts';
import { intervalsOf } from '../../../src/training/backtest/intervals.ts';
import { labelOrigins, POSITIVE } from '../../../src/training/backtest/origins.ts';
import { failuresAt, nameOf, scoresOf, tableOf } from './tables.ts';

describe('intervals over servers', () => {
  const table = tableOf(20, { first: 0, last: 300 }, 3);
  const failures = failuresAt(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [nameOf(i), [200]])));
  const labels = labelOrigins(table, failures);

  it('have no width where every server is the same', () => {
    const oracle = Float32Array.from(labels, (label) => (label === POSITIVE ? 1 : 0));
    const [{ prAuc, recall }] = intervalsOf(table, [{ scores: oracle, threshold: 1 }], labels, failures);
    assert.deepEqual(
      [prAuc, recall],
      [
        [1, 1],
        [1, 1],
      ],
    );
  });

  it('lie around the figure, as wide as a binomial is', () => {
    // Half of the servers are caught: the spread over 20 servers is √(0.25 / 20) = 0.11.
    const scores = scoresOf(
      table,
      Array.from({ length: 10 }, (_, server) => [server, 150, 1] as const),
    );
    const [{ recall }] = intervalsOf(table, [{ scores, threshold: 1 }], labels, failures);
    const [low, high] = recall ?? assert.fail('there are failures');
    assert.ok(low >= 0.25 && low <= 0.4 && high >= 0.6 && high <= 0.75, `${low} to ${high}`);
  });

  it('are not there without a failure', () => {
    const none = labelOrigins(table, new Map());
    const [{ prAuc, recall }] = intervalsOf(
      table,
      [{ scores: new Float32Array(none.length), threshold: 1 }],
      none,
      new Map(),
    );
    assert.deepEqual([prAuc, recall], [null, null]);
  });
});

it('a row that counts twice is as good as two rows', () => {
  const twice = averagePrecision(
    Float32Array.of(3, 2, 1),
    Int8Array.of(1, 0, 1),
    undefined,
    Uint8Array.of(1, 2, 1),
  );
  assert.equal(twice, averagePrecision(Float32Array.of(3, 2, 2, 1), Int8Array.of(1, 0, 0, 1)));
});
