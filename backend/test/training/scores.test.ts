import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitRivals, RIVALS, rivalForecast } from '../../src/training/evaluation/rivals.ts';
import { ScoreSums, seasonalNaiveError, winklerScore } from '../../src/training/evaluation/scores.ts';
import { pinball, pinballSum, pointPinballSum } from '../../src/training/pinball.ts';

const near = (actual: number | null, expected: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

/** Quantiles 1 … 9 for .1 … .9. */
const BAND = Float64Array.from({ length: 9 }, (_, i) => i + 1);

describe('scores worked out by hand', () => {
  it('pinball loss weighs misses by the level', () => {
    near(pinball(0.9, 10, 8), 1.8);
    near(pinball(0.9, 8, 10), 0.2);
    near(pinball(0.5, 3, 3), 0);
    // .1·9 + .2·8 + … + .9·1 for an actual value of 10 above the quantiles 1 … 9.
    near(pinballSum(10, BAND, 0), 16.5);
    near(pointPinballSum(10, 8), 9);
    near(pinballSum(10, new Float64Array(9).fill(8), 0), pointPinballSum(10, 8));
  });

  it('Winkler score is the width, plus ten times what lies outside an 80% band', () => {
    near(winklerScore(5, 2, 6), 4);
    near(winklerScore(1, 2, 6), 14);
    near(winklerScore(6.5, 2, 6), 9);
  });

  it('of one forecaster come together from its series', () => {
    const first = new ScoreSums();
    first.addQuantiles(10, BAND, 0);
    first.addQuantiles(5, BAND, 0);
    const total = new ScoreSums();
    total.addSeries(first, 2);
    const { count, mae, mase, wql, coverage80, winkler } = total.scores;
    assert.equal(count, 2);
    near(mae, 2.5);
    near(mase, 1.25);
    // Pinball of 5 against 1 … 9: .1·4 + .2·3 + .3·2 + .4·1 on either side.
    near(wql, (2 * (16.5 + 4)) / 9 / 15);
    near(coverage80, 0.5);
    near(winkler, (8 + 10 + 8) / 2);
  });

  it('leave a series without a scale out of MASE, and a point without a band', () => {
    const flat = new ScoreSums();
    flat.addPoint(0, 1);
    const total = new ScoreSums();
    total.addSeries(flat, 0);
    const { mae, mase, wql, coverage80, winkler } = total.scores;
    near(mae, 1);
    assert.deepEqual([mase, wql, coverage80, winkler], [null, null, null, null]);
  });

  it('the seasonal-naive error skips what was not measured and reads nothing from `end` on', () => {
    const values = Float64Array.of(1, 2, 3, 3, Number.NaN, 7, 100);
    near(seasonalNaiveError(values, 6, 2), (2 + 1 + 4) / 3);
    assert.equal(seasonalNaiveError(values, 2, 2), 0);
  });
});

describe('rivals of the network', () => {
  const DAYS = 6;
  const daily = Float64Array.from(
    { length: DAYS * 288 },
    (_, row) => 50 + 40 * Math.sin((2 * Math.PI * row) / 288),
  );

  it('read nothing after the origin', () => {
    const origin = 5 * 288;
    for (const name of RIVALS) {
      const known = new Float64Array(96);
      rivalForecast(name, daily, origin, 100, known);
      const changed = daily.slice();
      changed.fill(-1e6, origin + 1);
      const blind = new Float64Array(96);
      rivalForecast(name, changed, origin, 100, blind);
      assert.deepEqual(blind, known, name);
    }
  });

  it('stay inside the range of the target', () => {
    const rising = Float64Array.from({ length: 600 }, (_, row) => Math.min(99, row / 6));
    const out = new Float64Array(96);
    rivalForecast('linear_trend', rising, 590, 100, out);
    assert.ok(out.every((value) => value <= 100));
  });

  it('give way to the last value where history is short, and give nothing where there is none', () => {
    const out = new Float64Array(96);
    assert.ok(rivalForecast('four_day_profile', Float64Array.of(1, 2, 7), 2, 100, out));
    assert.ok(out.every((value) => value === 7));
    assert.equal(rivalForecast('seasonal', new Float64Array(300).fill(Number.NaN), 299, 100, out), false);
  });

  it('are chosen by their error on validation, with quantiles of exactly those errors', () => {
    const origins = [4 * 288, 4 * 288 + 60, 4 * 288 + 120];
    const fitted = fitRivals(daily, origins, 96, 100);
    assert.ok(['seasonal', 'four_day_profile'].includes(RIVALS[fitted.chosen]));
    assert.ok(fitted.spreads[fitted.chosen].every((value) => Math.abs(value) < 1e-9));
    // The last value misses by three known errors at each lead; the median of them is its P50.
    const errors = origins.map((origin) => daily[origin + 10] - daily[origin]).sort((a, b) => a - b);
    near(fitted.spreads[RIVALS.indexOf('last_value')][9 * 9 + 4], errors[1]);
  });

  it('fall back to a fixed choice where there is nothing to validate on', () => {
    assert.equal(RIVALS[fitRivals(daily, [], 96, 100).chosen], 'blended_seasonal');
  });
});
