import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HolidayBook } from '../../src/catalog/holidays.ts';
import { HORIZON_STEPS, stepStartMs } from '../../src/catalog/time.ts';
import { plainOf, withHolidays } from '../../src/replay/plainSeries.ts';
import { lastStepOf } from '../../src/training/datasets/series.ts';
import { calm, serverOf } from './support.ts';

const DAY_MS = 86_400_000;
const A_YEAR = 366 * 288;

test('a series that went through a file and a thread knows the same holidays, to the end of its last forecast', () => {
  const holidays = new HolidayBook(['2026-07-01']).of('DE-BY');
  const series = { ...serverOf('ppdb001', A_YEAR, calm), country: 'DE-BY', holidays };
  const back = withHolidays(structuredClone(plainOf(series)));
  const first = Math.floor(stepStartMs(series.firstStep) / DAY_MS) - 1;
  const last = Math.floor(stepStartMs(lastStepOf(series) + HORIZON_STEPS) / DAY_MS) + 1;
  let found = 0;
  for (let day = first; day <= last; day++) {
    assert.equal(back.holidays?.(day), holidays(day), `day ${day}`);
    if (holidays(day)) found++;
  }
  assert.ok(found >= 12, `${found} holidays in a year`);
});

test('a series without holidays has none afterwards', () => {
  const back = withHolidays(plainOf(serverOf('ppdb001', 288, calm)));
  assert.equal(back.holidays?.(20_000), false);
});
