import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FORECASTERS, NETWORK } from '../../src/forecast/baselines.ts';
import { chooseForecaster, type FallbackSettings, RIVALS_SIZE, Rivals } from '../../src/forecast/rivals.ts';

const SETTINGS: FallbackSettings = { enabled: true, marginPercent: 10, minimumScored: 24, holdHours: 6 };
const SEASONAL = FORECASTERS.indexOf('seasonal');
/** Scores of a server come once an hour. */
const HOUR = 12;
const START = 6_000_000;

/** Adds one hour's scores, the same loss for all baselines but the seasonal. */
function hour(rivals: Rivals, step: number, network: number, seasonal: number, others = 1e6): boolean {
  rivals.fade(0, step);
  for (let horizon = 0; horizon < 5; horizon++) {
    const losses = new Float64Array(FORECASTERS.length).fill(others);
    losses[NETWORK] = network;
    losses[SEASONAL] = seasonal;
    rivals.add(0, 0, { losses, negligible: 1e-3, isCoveredRaw: true, isCovered: true, winkler: 1 });
  }
  return rivals.choose(0, 0, step);
}

const inUse = (rivals: Rivals): string => rivals.reportOf(0, 0).forecaster;

test('a baseline that is better by more than the margin takes over, once enough has been scored', () => {
  const rivals = new Rivals(SETTINGS);
  for (let k = 0; k < 4; k++) {
    assert.equal(hour(rivals, START + k * HOUR, 2, 1), false);
    assert.equal(inUse(rivals), 'model');
  }
  hour(rivals, START + 4 * HOUR, 2, 1);
  assert.equal(hour(rivals, START + 5 * HOUR, 2, 1), true);
  assert.equal(inUse(rivals), 'seasonal');
  assert.equal(rivals.reportOf(0, 0).sinceStep, START + 5 * HOUR);
  const choices = new Uint8Array(9);
  rivals.copyChoices(0, choices, 0);
  assert.deepEqual([...choices], [SEASONAL, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('the network comes back when it is better again', () => {
  const rivals = new Rivals(SETTINGS);
  let step = START;
  for (let k = 0; k < 24; k++, step += HOUR) hour(rivals, step, 2, 1);
  assert.equal(inUse(rivals), 'seasonal');
  for (let k = 0; k < 48; k++, step += HOUR) hour(rivals, step, 0.5, 1);
  assert.equal(inUse(rivals), 'model');
});

test('as long as no score differs by more than the margin, nothing ever changes', () => {
  const ratio = fc.double({ min: 0.901, max: 1 / 0.901, noNaN: true });
  const level = fc.double({ min: 1e-2, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(level, ratio), { maxLength: 200 }), fc.boolean(), (hours, fromBaseline) => {
      const rivals = new Rivals(SETTINGS);
      let step = START;
      const head = fromBaseline ? 24 : 0;
      for (let k = 0; k < head; k++, step += HOUR) hour(rivals, step, 2e-2, 1e-2);
      const before = inUse(rivals);
      assert.equal(before, fromBaseline ? 'seasonal' : 'model');
      for (const [loss, factor] of hours) {
        step += HOUR;
        assert.equal(hour(rivals, step, loss, loss * factor), false);
      }
      assert.equal(inUse(rivals), before);
    }),
    { numRuns: 100 },
  );
});

test('whatever comes, two changes are never closer than the hold', () => {
  const loss = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(loss, loss, loss), { maxLength: 300 }), (hours) => {
      const rivals = new Rivals({ ...SETTINGS, minimumScored: 1 });
      let changed = Number.NEGATIVE_INFINITY;
      for (const [k, [network, seasonal, others]] of hours.entries()) {
        const step = START + k * HOUR;
        if (!hour(rivals, step, network, seasonal, others)) continue;
        assert.ok(step - changed >= SETTINGS.holdHours * HOUR);
        changed = step;
      }
    }),
    { numRuns: 100 },
  );
});

test('two forecasters that are equally good up to noise hardly ever change places', () => {
  let state = 11;
  const uniform = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const rivals = new Rivals(SETTINGS);
  let changes = 0;
  for (let k = 0; k < 24 * 60; k++) {
    // The truth surprises both; each errs a little in its own way.
    const surprise = -Math.log(uniform());
    const own = (): number => surprise * (0.7 + 0.6 * uniform());
    if (hour(rivals, START + k * HOUR, own(), own())) changes++;
  }
  assert.ok(changes <= 2, `${changes} changes in 60 days`);
});

test('differences that mean nothing at the level of the metric change nothing', () => {
  assert.equal(chooseForecaster(Float32Array.of(0.5, 0, 0, 0, 0), 1, NETWORK, 10), NETWORK);
  assert.equal(chooseForecaster(Float32Array.of(0, 0, 0, 0, 0), 0, SEASONAL, 10), SEASONAL);
  assert.equal(chooseForecaster(Float32Array.of(2, 3, 1, 3, 3), 0.1, NETWORK, 10), SEASONAL);
});

test('after days without scores the network is trusted again', () => {
  const rivals = new Rivals(SETTINGS);
  for (let k = 0; k < 24; k++) hour(rivals, START + k * HOUR, 2, 1);
  rivals.fade(0, START + 24 * HOUR + 2 * 288);
  assert.equal(inUse(rivals), 'seasonal');
  rivals.fade(0, START + 24 * HOUR + 7 * 288);
  assert.equal(inUse(rivals), 'model');
});

test('where fallback is off, the network forecasts whatever the scores', () => {
  const rivals = new Rivals({ ...SETTINGS, enabled: false });
  for (let k = 0; k < 48; k++) hour(rivals, START + k * HOUR, 2, 1);
  const { forecaster, losses, scored } = rivals.reportOf(0, 0);
  assert.equal(forecaster, 'model');
  assert.ok(Math.abs(losses[NETWORK] / losses[SEASONAL] - 2) < 1e-4);
  assert.ok(scored > 60 && scored < 121);
});

test('what is kept of a server is what is restored, and nonsense is refused', () => {
  const rivals = new Rivals(SETTINGS);
  for (let k = 0; k < 12; k++) hour(rivals, START + k * HOUR, 2, 1);
  const other = new Rivals(SETTINGS);
  const kept = rivals.recordOf(0).slice();
  assert.equal(other.restore(5, kept), true);
  assert.deepEqual(other.reportOf(5, 0), rivals.reportOf(0, 0));
  for (const nonsense of [Number.NaN, -1, Number.POSITIVE_INFINITY, 99]) {
    const damaged = kept.slice();
    damaged[1] = nonsense;
    assert.equal(other.restore(6, damaged), false);
  }
  assert.equal(other.reportOf(6, 0).scored, 0);
  assert.equal(kept.length, RIVALS_SIZE);
});
