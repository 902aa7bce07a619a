import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listOrigins, serverDays } from '../../../src/training/backtest/origins.ts';
import { originsIn, spansOf } from '../../../src/training/backtest/spans.ts';
import type { Dataset, ServerSeries } from '../../../src/training/datasets/series.ts';
import { FIRST_STEP, seriesOf } from '../fixtures.ts';
import { failure } from './tables.ts';

const DAY = 288;
const RANGE = { first: FIRST_STEP, last: FIRST_STEP + 2 * DAY };

/** Rows at which a series is forecast from, in a range of two days and a step. */
function rowsOf(series: ServerSeries, failedAt: readonly number[] = [], stride = 1): readonly number[] {
  const failures = new Map([[series.name, failedAt.map((row) => failure(FIRST_STEP + row))]]);
  const { steps } = listOrigins([series], RANGE, stride, failures);
  return Array.from(steps, (step) => step - FIRST_STEP);
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Measured at all rows but these. */
const without = (from: number, to: number): ServerSeries =>
  seriesOf(2 * DAY + 1, (row) => (row >= from && row <= to ? Number.NaN : 50));

describe('origins', () => {
  it('start after a day and go on to the end, whatever comes after them', () => {
    assert.deepEqual(rowsOf(seriesOf(2 * DAY + 1, () => 50)), range(DAY - 1, 2 * DAY));
    assert.deepEqual(rowsOf(without(400, 2 * DAY)), range(DAY - 1, 399 + 2));
  });

  it('lie on the clock, so that servers share them', () => {
    const rows = rowsOf(
      seriesOf(2 * DAY + 1, () => 50),
      [],
      7,
    );
    assert.ok(rows.every((row) => (row + FIRST_STEP) % 7 === 0));
    assert.equal(rows.length, 41);
  });

  it('pause while a server is stale: silent for more than 15 minutes', () => {
    assert.deepEqual(rowsOf(without(400, 410)), [...range(DAY - 1, 401), ...range(411, 2 * DAY)]);
    assert.deepEqual(rowsOf(without(400, 401)), range(DAY - 1, 2 * DAY));
  });

  it('pause from a failure until the server is heard of again', () => {
    assert.deepEqual(rowsOf(without(400, 401), [400]), [...range(DAY - 1, 399), ...range(402, 2 * DAY)]);
    assert.deepEqual(rowsOf(without(400, 410), [400]), [...range(DAY - 1, 399), ...range(411, 2 * DAY)]);
    assert.deepEqual(
      rowsOf(
        seriesOf(2 * DAY + 1, () => 50),
        [400],
      ),
      range(DAY - 1, 2 * DAY),
    );
  });

  it('need 48 measured steps in the day before', () => {
    const sparse = seriesOf(2 * DAY + 1, (row) => (row >= 100 && row < 350 ? Number.NaN : 50));
    const rows = rowsOf(sparse);
    for (const row of rows) {
      const measured = range(row - DAY + 1, row).filter((at) => at < 100 || at >= 350).length;
      assert.ok(measured >= 48, `row ${row} has ${measured}`);
    }
    assert.ok(rows.includes(2 * DAY));
  });

  it('stand for the days between them', () => {
    const table = listOrigins([seriesOf(2 * DAY + 1, () => 50)], RANGE, 3, new Map());
    assert.equal(serverDays(table), (table.steps.length * 3) / DAY);
  });
});

describe('the spans of a backtest', () => {
  const data = (days: number): Dataset => ({
    path: 'made-up',
    servers: [],
    firstStep: FIRST_STEP,
    lastStep: FIRST_STEP + days * DAY - 1,
    measured: [],
    extents: [],
    warnings: [],
  });
  const ms = (row: number): number => (FIRST_STEP + row) * 300_000;

  it('are the first half, 16 hours of nothing, and the rest', () => {
    const { validation, test } = spansOf(data(10), {});
    assert.deepEqual(validation, { first: FIRST_STEP, last: FIRST_STEP + 5 * DAY - 1 });
    assert.deepEqual(test, { first: FIRST_STEP + 5 * DAY + 192, last: FIRST_STEP + 10 * DAY - 1 });
  });

  it('follow the times that are given', () => {
    const { validation, test } = spansOf(data(10), {
      validationFromMs: ms(300),
      fromMs: ms(2000),
      toMs: ms(2500),
    });
    assert.deepEqual(validation, { first: FIRST_STEP + 300, last: FIRST_STEP + 2000 - 1 - 192 });
    assert.deepEqual(test, { first: FIRST_STEP + 2000, last: FIRST_STEP + 2499 });
  });

  it('have origins whose next 8 hours lie in the span', () => {
    const origins = originsIn({ first: FIRST_STEP + 1000, last: FIRST_STEP + 2000 }, data(10));
    assert.deepEqual(origins, { first: FIRST_STEP + 999, last: FIRST_STEP + 1904 });
    assert.equal(originsIn({ first: FIRST_STEP, last: FIRST_STEP + 2000 }, data(10)).first, FIRST_STEP + 287);
  });

  it('are refused where one has no room, saying what to do', () => {
    const refused = (message: RegExp) => ({ code: 'ARGUS_BACKTEST_SPAN', message });
    assert.throws(() => spansOf(data(1), {}), refused(/0 steps .*--from/));
    assert.throws(() => spansOf(data(10), { fromMs: ms(2880) }), refused(/0 steps .*earlier --from/));
    assert.throws(() => spansOf(data(10), { fromMs: ms(400) }), refused(/thresholds .*later --from/));
    assert.throws(() => spansOf(data(10), { fromMs: ms(2000), toMs: ms(1000) }), refused(/0 steps/));
    assert.throws(
      () => spansOf(data(10), { fromMs: ms(2000), validationFromMs: ms(1800) }),
      refused(/thresholds/),
    );
  });
});
