import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alertLevels, replayLevels } from '../../../src/training/backtest/levels.ts';
import type { OriginTable } from '../../../src/training/backtest/origins.ts';
import { failuresAt, rowOf, tableOf } from './tables.ts';

const settings = { holdCycles: 2, hysteresisPoints: 5, minimumLevel: 1 };

/** Risk scores of one server from an origin on; 0 elsewhere. */
function risk(table: OriginTable, from: number, ...scores: readonly number[]): Float32Array {
  const all = new Float32Array(table.steps.length);
  all.set(scores, rowOf(table, 0, from));
  return all;
}

describe('replaying alert levels', () => {
  it('raises a level once it held for two cycles, and counts it at the second', () => {
    const table = tableOf(1, { first: 0, last: 300 });
    const failures = failuresAt({ a: [200] });
    // Held at 104 and 105: the alert of 105 is true. A single high cycle is none.
    const [, critical] = replayLevels(table, risk(table, 104, 85, 85, 85), failures);
    assert.deepEqual([critical.level, critical.alerts, critical.cameTrueInTime], ['critical', 1, 1]);
    assert.equal(critical.medianLeadMinutes, (95 - 1) * 5);
    assert.equal(critical.perServerDay, 1 / (301 / 288));
    const [, none] = replayLevels(table, risk(table, 104, 85), failures);
    assert.equal(none.alerts, 0);
    assert.equal(none.cameTrueInTime, null);
  });

  it('tells what came within 8 hours from what came in time', () => {
    const table = tableOf(1, { first: 0, last: 300 });
    const [, critical] = replayLevels(table, risk(table, 194, 85, 85), failuresAt({ a: [200] }));
    assert.deepEqual([critical.cameTrueWithin8h, critical.cameTrueInTime], [1, 0]);
  });

  it('counts a rise past a level once, and a second within six hours not at all', () => {
    const table = tableOf(1, { first: 0, last: 300 });
    // Warning, then critical, then healthy, then critical again.
    const scores = risk(table, 100, 65, 65, 85, 85, 0, 0, 85, 85);
    const [warning, critical] = replayLevels(table, scores, new Map());
    assert.deepEqual([warning.alerts, critical.alerts], [1, 1]);
    const apart = risk(table, 100, 85, 85, 0, 0);
    apart.set([85, 85], rowOf(table, 0, 172));
    assert.equal(replayLevels(table, apart, new Map())[1].alerts, 2);
  });

  it('keeps a level that sags within the hysteresis', () => {
    const table = tableOf(1, { first: 0, last: 7 });
    assert.deepEqual(
      [...alertLevels(table, Float32Array.of(85, 85, 76, 76, 74, 74, 0, 0), settings)],
      [0, 3, 3, 3, 3, 2, 2, 0],
    );
  });

  it('counts cycles, however long they are', () => {
    const hourly = tableOf(1, { first: 0, last: 60 }, 12);
    assert.deepEqual(
      [...alertLevels(hourly, Float32Array.of(0, 85, 85, 0, 0, 0), settings)],
      [0, 0, 3, 3, 0, 0],
    );
  });

  it('starts anew after a server was stale', () => {
    const gap = (steps: readonly number[]): readonly number[] => {
      const table = { ...tableOf(1, { first: 0, last: 9 }), steps: Int32Array.from(steps) };
      const ends = { ...table, starts: Int32Array.of(0, steps.length) };
      return [...alertLevels(ends, new Float32Array(steps.length).fill(85), settings)];
    };
    assert.deepEqual(gap([0, 1, 4, 5]), [0, 3, 3, 3]);
    assert.deepEqual(gap([0, 1, 5, 6]), [0, 3, 0, 3]);
  });
});
