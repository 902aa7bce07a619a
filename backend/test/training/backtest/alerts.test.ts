import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  chanceRecall,
  judgeAlerts,
  median,
  QUIET_STEPS,
  raiseAlerts,
  scoreAlerts,
} from '../../../src/training/backtest/alerts.ts';
import {
  eventRange,
  LEFT_OUT,
  labelOrigins,
  NEGATIVE,
  POSITIVE,
} from '../../../src/training/backtest/origins.ts';
import { failure, failuresAt, nameOf, rowOf, scoresOf, tableOf } from './tables.ts';

const RANGE = { first: 0, last: 300 };

/** Origins at which server a of a table of one raises an alert. */
function alertsAt(steps: readonly number[], threshold = 0.5): readonly number[] {
  const table = tableOf(1, RANGE);
  const scores = scoresOf(
    table,
    steps.map((step) => [0, step, 0.5] as const),
  );
  return raiseAlerts(table, scores, threshold).map((row) => table.steps[row]);
}

describe('raising alerts', () => {
  it('takes a score at the threshold, and none below it', () => {
    assert.deepEqual(alertsAt([10], 0.5), [10]);
    assert.deepEqual(alertsAt([10], 0.5000001), []);
    assert.deepEqual(alertsAt([10], Number.POSITIVE_INFINITY), []);
  });

  it('counts one alert in six hours from the last that counted', () => {
    assert.equal(QUIET_STEPS, 72);
    assert.deepEqual(alertsAt([10, 11, 81]), [10]);
    assert.deepEqual(alertsAt([10, 82]), [10, 82]);
    // 81 does not count, so it delays nothing.
    assert.deepEqual(alertsAt([10, 81, 82, 153, 154]), [10, 82, 154]);
  });

  it('keeps servers apart', () => {
    const table = tableOf(2, RANGE);
    const alerts = raiseAlerts(
      table,
      scoresOf(table, [
        [0, 300, 1],
        [1, 0, 1],
      ]),
      1,
    );
    assert.deepEqual(alerts, [300, 301]);
  });

  it('never lets two alerts of a server be nearer than six hours, nor misses a high score for longer', () => {
    const flags = fc.array(fc.boolean(), { minLength: 301, maxLength: 301 });
    fc.assert(
      fc.property(flags, (high) => {
        const raised = alertsAt(high.flatMap((is, step) => (is ? [step] : [])));
        assert.ok(raised.every((step, i) => i === 0 || step - raised[i - 1] >= QUIET_STEPS));
        high.forEach((is, step) => {
          assert.ok(!is || raised.some((alert) => alert <= step && step - alert < QUIET_STEPS));
        });
      }),
      { numRuns: 30 },
    );
  });
});

/** What one alert is worth whose server fails at step 200. */
function worthOf(origin: number) {
  const table = tableOf(1, RANGE);
  const { trueAlerts, lateAlerts, failures } = judgeAlerts(
    table,
    [rowOf(table, 0, origin)],
    failuresAt({ a: [200] }),
  );
  return { trueAlerts, lateAlerts, leadSteps: failures[0].leadSteps };
}

describe('judging alerts', () => {
  it('holds an alert true from 8 hours to just over 30 minutes before the failure', () => {
    assert.deepEqual(worthOf(103), { trueAlerts: 0, lateAlerts: 0, leadSteps: 0 });
    assert.deepEqual(worthOf(104), { trueAlerts: 1, lateAlerts: 0, leadSteps: 96 });
    assert.deepEqual(worthOf(193), { trueAlerts: 1, lateAlerts: 0, leadSteps: 7 });
    assert.deepEqual(worthOf(194), { trueAlerts: 0, lateAlerts: 1, leadSteps: 0 });
    assert.deepEqual(worthOf(199), { trueAlerts: 0, lateAlerts: 1, leadSteps: 0 });
    assert.deepEqual(worthOf(200), { trueAlerts: 0, lateAlerts: 0, leadSteps: 0 });
  });

  it('labels origins by the same bounds', () => {
    const table = tableOf(1, RANGE);
    const labels = labelOrigins(table, failuresAt({ a: [200] }));
    assert.deepEqual(
      [103, 104, 193, 194, 199, 200].map((step) => labels[step]),
      [NEGATIVE, POSITIVE, POSITIVE, LEFT_OUT, LEFT_OUT, NEGATIVE],
    );
    // A failure at hand leaves the origin out, though another comes in time.
    assert.equal(labelOrigins(table, failuresAt({ a: [200, 230] }))[198], LEFT_OUT);
  });

  it('measures the lead from the first true alert', () => {
    const table = tableOf(1, RANGE);
    const alerts = [90, 110, 190].map((step) => rowOf(table, 0, step));
    const [{ leadSteps }] = judgeAlerts(table, alerts, failuresAt({ a: [200] })).failures;
    assert.equal(leadSteps, 90);
    // The failure starts 90 steps later, the origin is known at the end of its own: 445 minutes.
    assert.equal(scoreAlerts(table, alerts, failuresAt({ a: [200] })).medianLeadMinutes, 445);
  });

  it('lets one alert catch two failures, and no alert of another server any', () => {
    const table = tableOf(2, RANGE);
    const alert = [rowOf(table, 0, 150)];
    const judged = judgeAlerts(table, alert, failuresAt({ a: [170, 210], b: [170] }));
    assert.equal(judged.trueAlerts, 1);
    assert.deepEqual(
      judged.failures.map(({ leadSteps }) => leadSteps),
      [20, 60, 0],
    );
  });

  it('counts failures that could have been warned of all of the time, and judges alerts by all', () => {
    const table = tableOf(1, RANGE);
    assert.deepEqual(eventRange(table), { first: 96, last: 307 });
    const judged = judgeAlerts(table, [rowOf(table, 0, 50)], failuresAt({ a: [95, 96, 307, 308] }));
    assert.deepEqual(
      judged.failures.map(({ failure: { step } }) => step),
      [96, 307],
    );
    const early = judgeAlerts(table, [rowOf(table, 0, 50)], failuresAt({ a: [95] }));
    assert.deepEqual([early.trueAlerts, early.failures.length], [1, 0]);
  });

  it('gives the figures that follow by hand', () => {
    const table = tableOf(2, { first: 0, last: 287 });
    const failures = new Map([
      ['a', [failure(200), failure(280, 'crash', false)]],
      ['b', [failure(150, 'memory_leak', null)]],
    ]);
    // a at 120: true, 80 steps ahead. a at 195: late. a at 275: late. b at 10: false.
    const alerts = [120, 195, 275].map((step) => rowOf(table, 0, step)).concat(rowOf(table, 1, 10));
    const scores = scoreAlerts(table, alerts, failures);
    assert.deepEqual(scores, {
      alerts: 4,
      trueAlerts: 2,
      lateAlerts: 1,
      precision: 2 / 4,
      falsePerServerDay: 2 / 2,
      failures: 3,
      caught: 2,
      recall: 2 / 3,
      failuresWithPrecursor: 1,
      caughtWithPrecursor: 1,
      recallWithPrecursor: 1,
      chanceRecall: scores.chanceRecall,
      medianLeadMinutes: ((80 - 1) * 5 + (85 - 1) * 5) / 2,
    });
  });

  it('has no figures where there is nothing to divide by', () => {
    const { precision, recall, recallWithPrecursor, medianLeadMinutes } = scoreAlerts(
      tableOf(1, RANGE),
      [],
      new Map(),
    );
    assert.deepEqual([precision, recall, recallWithPrecursor, medianLeadMinutes], [null, null, null, null]);
  });
});

describe('recall by chance', () => {
  it('is the share of server-steps that alerts happen to cover, overlaps once', () => {
    const table = tableOf(1, RANGE);
    const at = (...steps: number[]): number =>
      chanceRecall(
        table,
        steps.map((step) => rowOf(table, 0, step)),
      );
    // Steps 96 … 307 count. An alert at 100 covers 107 … 196, one at 180 covers 187 … 276.
    assert.equal(at(100), 90 / 212);
    assert.equal(at(100, 180), 170 / 212);
    assert.equal(at(0), 1 / 212);
    assert.equal(at(), 0);
  });

  it('is what recall comes to when a failure is put at each step in turn', () => {
    const table = tableOf(2, { first: 0, last: 120 });
    const steps = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { maxLength: 4 });
    fc.assert(
      fc.property(steps, steps, (a, b) => {
        const rows = [a, b].flatMap((origins, server) =>
          [...origins].sort((x, y) => x - y).map((step) => rowOf(table, server, step)),
        );
        const { first, last } = eventRange(table);
        let caught = 0;
        for (let server = 0; server < 2; server++) {
          for (let step = first; step <= last; step++) {
            const [only] = judgeAlerts(table, rows, failuresAt({ [nameOf(server)]: [step] })).failures;
            caught += only.leadSteps > 0 ? 1 : 0;
          }
        }
        assert.equal(chanceRecall(table, rows), caught / (2 * (last - first + 1)));
      }),
      { numRuns: 30 },
    );
  });
});

it('the median of an even number of values lies between the two in the middle', () => {
  assert.equal(median([30, 10, 20]), 20);
  assert.equal(median([40, 10, 20, 30]), 25);
  assert.equal(median([]), null);
});
