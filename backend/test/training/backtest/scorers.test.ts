import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { FORECAST_SIZE } from '../../../src/forecast/batch.ts';
import { DEFAULT_RISK_CONFIG } from '../../../src/risk/config.ts';
import { RuleBook } from '../../../src/risk/rules.ts';
import type { RiskAssessment } from '../../../src/risk/types.ts';
import { argus, argusScore, argusWithin30m } from '../../../src/training/backtest/scorers/argus.ts';
import { predictLinear } from '../../../src/training/backtest/scorers/predictLinear.ts';
import type { ScoreContext } from '../../../src/training/backtest/scorers/scorer.ts';
import { gradeOf, threshold } from '../../../src/training/backtest/scorers/threshold.ts';
import { seriesOf } from '../fixtures.ts';

const assessment = {
  score: 61,
  failureProbability8h: 0.25,
  failureProbability3h: 0.1875,
  failureProbability30m: 0.125,
} as RiskAssessment;

/** Memory (warning 88, critical 95) by age in steps; nothing else is measured. */
function context(memory: (age: number) => number): ScoreContext {
  const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT).fill(Number.NaN);
  for (let step = 0; step < WINDOW_STEPS; step++) {
    window[step * METRIC_COUNT + METRIC.memUsed] = memory(WINDOW_STEPS - 1 - step);
  }
  return {
    series: seriesOf(1, () => 0),
    originStep: 0,
    rules: new RuleBook(DEFAULT_RISK_CONFIG).rulesOf('a', 0),
    window,
    windowOffset: 0,
    quantiles: new Float32Array(FORECAST_SIZE),
    quantilesOffset: 0,
    assessment,
  };
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

describe('the threshold rule', () => {
  it('grades a value by its thresholds: 1 at the warning, 2 at the critical one', () => {
    assert.equal(gradeOf(44, 88, 95), 0.5);
    assert.equal(gradeOf(88, 88, 95), 1);
    assert.equal(gradeOf(95, 88, 95), 2);
    assert.equal(gradeOf(98.5, 88, 95), 2.5);
  });

  it('looks at the newest value of the last 15 minutes only', () => {
    assert.equal(threshold.score(context((age) => (age === 0 ? 44 : 99))), 0.5);
    assert.equal(threshold.score(context((age) => (age < 2 ? Number.NaN : age === 2 ? 88 : 99))), 1);
    assert.equal(threshold.score(context((age) => (age < 3 ? Number.NaN : 99))), 0);
  });
});

describe('predict_linear', () => {
  it('counts the sooner the more when the trend passes the critical threshold', () => {
    // 80.1 + 0.25·h reaches 95 with h = 60, the 60th of 96 steps.
    near(predictLinear.score(context((age) => 80.1 - 0.25 * age)), 1 + (96 - 59) / 97);
    assert.equal(predictLinear.score(context(() => 95.5)), 2);
  });

  it('counts the highest point as a share of the threshold when it does not', () => {
    near(predictLinear.score(context((age) => 80 - 0.1 * age)), (80 + 0.1 * 96) / 95);
    near(predictLinear.score(context((age) => 80 + 0.1 * age)), (80 - 0.1) / 95);
  });

  it('reads the last four hours only', () => {
    const recent = (age: number): number => (age < 48 ? 60 : 99);
    near(predictLinear.score(context(recent)), 60 / 95);
  });

  it('says nothing of what is not measured', () => {
    assert.equal(predictLinear.score(context(() => Number.NaN)), 0);
  });
});

it("Argus' own scorers are what the risk stage says", () => {
  const given = context(() => 50);
  assert.equal(argus.score(given), 0.25);
  assert.equal(argusWithin30m.score(given), 0.125);
  assert.equal(argusScore.score(given), 61);
});
