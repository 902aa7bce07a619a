import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alertsOf, type ReplayedAlert } from '../../src/replay/alerts/lifeCycle.ts';
import { firstPositions, interpolate, nearScore } from '../../src/replay/forecasts/screening.ts';
import { calm, FIRST_STEP, rulesOf, serverOf } from './support.ts';

const settings = { holdCycles: 2, hysteresisPoints: 5, minimumLevel: 1 };
const stepsOf = (count: number) => Int32Array.from({ length: count }, (_, i) => 1000 + i);

test('an alert opens once a level has held, keeps its peak, and ends below the hysteresis', () => {
  const scores = Float64Array.of(10, 65, 66, 85, 90, 58, 52, 56, 54, 40, 30, 20);
  const [alert, ...others] = alertsOf(stepsOf(scores.length), scores, settings);
  assert.equal(others.length, 0);
  assert.deepEqual(alert, { openedStep: 1002, resolvedStep: 1010, level: 2, peakLevel: 3, peakScore: 90 });
});

test('an alert that is open at the end has no resolution', () => {
  const [alert] = alertsOf(stepsOf(4), Float64Array.of(10, 90, 90, 90), settings);
  assert.equal(alert.resolvedStep, null);
});

test('a server that was silent starts anew', () => {
  const origins = Int32Array.of(1000, 1001, 1010, 1011);
  const alerts = alertsOf(origins, Float64Array.of(90, 90, 90, 90), settings);
  assert.deepEqual(
    alerts.map(({ openedStep, resolvedStep }) => [openedStep, resolvedStep]),
    [
      [1001, 1004],
      [1011, null],
    ],
  );
});

const isWithin = (inner: ReplayedAlert, outer: ReplayedAlert): boolean =>
  outer.openedStep <= inner.openedStep &&
  (outer.resolvedStep ?? Infinity) >= (inner.resolvedStep ?? Infinity);

test('lower scores never open an alert at a time without one under the higher scores', () => {
  const pairs = fc.array(
    fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 30, noNaN: true })),
    {
      minLength: 5,
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(pairs, fc.integer({ min: 1, max: 6 }), (drawn, holdCycles) => {
      const origins = stepsOf(drawn.length);
      const high = alertsOf(
        origins,
        Float64Array.from(drawn, ([score]) => score),
        { ...settings, holdCycles },
      );
      const low = alertsOf(
        origins,
        Float64Array.from(drawn, ([score, less]) => score - less),
        { ...settings, holdCycles },
      );
      for (const alert of low) assert.ok(high.some((other) => isWithin(alert, other)));
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('no step is left out from 20 points below where an alert ends', () => {
  assert.equal(nearScore(settings), 25);
  assert.equal(nearScore({ ...settings, minimumLevel: 3, hysteresisPoints: 0 }), 60);
});

test('scores between forecasts lie on straight lines', () => {
  const scores = Float64Array.of(0, Number.NaN, Number.NaN, 6, 4, Number.NaN, 0);
  interpolate(scores);
  assert.deepEqual([...scores], [0, 2, 4, 6, 4, 2, 0]);
});

test('a measured value that passes its warning threshold is forecast there, beside every second hour and the ends', () => {
  const series = serverOf('ppdb001', 60, calm, (row) => (row === 31 ? 93 : 20));
  const origins = Int32Array.from({ length: 50 }, (_, i) => FIRST_STEP + 1 + i);
  const steps = firstPositions(series, origins, [rulesOf()]).map(
    (position) => origins[position] - FIRST_STEP,
  );
  assert.deepEqual(steps, [1, 24, 31, 32, 48, 50]);
});

test('both sides of a gap are forecast', () => {
  const series = serverOf('ppdb001', 60, calm);
  const origins = Int32Array.of(1, 2, 3, 4, 20, 21, 22, 23).map((row) => FIRST_STEP + row);
  assert.deepEqual(firstPositions(series, origins, [rulesOf()]), [0, 3, 4, 7]);
});
