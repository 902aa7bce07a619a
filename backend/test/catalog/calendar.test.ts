import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CALENDAR_COUNT,
  CALENDAR_SIZE,
  holidaysOn,
  isTimeZone,
  noHolidays,
  PATCH_COUNT,
  PATCH_STEPS,
  writeCalendar,
  writeCalendarFeatures,
  zoneOffsetMs,
} from '../../src/catalog/calendar.ts';
import { CONTEXT_STEPS, STEP_MS, stepOf, stepStartMs } from '../../src/catalog/time.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function featuresAt(time: string, timeZone: string, holidays = noHolidays): number[] {
  const out = new Float32Array(CALENDAR_COUNT);
  writeCalendarFeatures(Date.parse(time), timeZone, holidays, out, 0);
  return [...out];
}

/** Hours since local midnight that sine and cosine of the day say. */
function hourOf(features: readonly number[]): number {
  const turns = Math.atan2(features[0], features[1]) / (2 * Math.PI);
  return ((turns + 1) % 1) * 24;
}

const near = (actual: number, expected: number, message?: string): void =>
  assert.ok(Math.abs(actual - expected) < 1e-3, `${message ?? ''} ${actual} is not ${expected}`);

test('Monday midnight is the start of every circle', () => {
  const features = featuresAt('2026-01-05T00:00:00Z', 'UTC');
  for (const [index, value] of [0, 1, 0, 1, 0, 1, 0, 0].entries()) near(features[index], value);
});

test('Wednesday noon is half a day, a full half-day and half of the week less an hour of days', () => {
  const features = featuresAt('2026-01-07T12:00:00Z', 'UTC');
  const week = (2 * Math.PI * 2.5) / 7;
  for (const [index, value] of [0, -1, 0, 1, Math.sin(week), Math.cos(week), 0, 0].entries()) {
    near(features[index], value);
  }
});

test('the weekend is that of the local date, not of the date in Greenwich', () => {
  assert.equal(featuresAt('2026-01-02T20:00:00Z', 'UTC')[6], 0);
  assert.equal(featuresAt('2026-01-02T20:00:00Z', 'Asia/Tokyo')[6], 1);
  assert.equal(featuresAt('2026-01-04T20:00:00Z', 'Asia/Tokyo')[6], 0);
  assert.equal(featuresAt('2026-01-05T04:00:00Z', 'America/New_York')[6], 1);
});

test('days before 1970 have weekdays too', () => {
  assert.equal(featuresAt('1969-12-27T12:00:00Z', 'UTC')[6], 1);
  assert.equal(featuresAt('1969-12-29T12:00:00Z', 'UTC')[6], 0);
});

test('a holiday is a local date', () => {
  const holidays = holidaysOn(['2026-12-25']);
  assert.equal(featuresAt('2026-12-24T15:00:00Z', 'Asia/Tokyo', holidays)[7], 1);
  assert.equal(featuresAt('2026-12-24T15:00:00Z', 'UTC', holidays)[7], 0);
  assert.equal(featuresAt('2026-12-26T04:59:00Z', 'America/New_York', holidays)[7], 1);
});

for (const date of ['2026-02-30', '25.12.2026', '', '2026-13-01', '2026-1-1']) {
  test(`'${date}' is refused as a holiday`, () => {
    assert.throws(() => holidaysOn(['2026-01-01', date]), /write holidays as YYYY-MM-DD/);
  });
}

test('clocks that go forward skip an hour, and clocks that go back repeat one', () => {
  const changes = [
    { zone: 'Europe/Berlin', change: '2026-03-29T01:00:00Z', before: 1, after: 2 },
    { zone: 'Europe/Berlin', change: '2026-10-25T01:00:00Z', before: 2, after: 1 },
    { zone: 'America/New_York', change: '2026-03-08T07:00:00Z', before: -5, after: -4 },
    { zone: 'America/New_York', change: '2026-11-01T06:00:00Z', before: -4, after: -5 },
    { zone: 'Australia/Lord_Howe', change: '2026-04-04T15:00:00Z', before: 11, after: 10.5 },
    { zone: 'Australia/Lord_Howe', change: '2026-10-03T15:30:00Z', before: 10.5, after: 11 },
  ];
  for (const { zone, change, before, after } of changes) {
    const timeMs = Date.parse(change);
    assert.equal(zoneOffsetMs(zone, timeMs - 1), before * HOUR_MS, `${zone} before ${change}`);
    assert.equal(zoneOffsetMs(zone, timeMs), after * HOUR_MS, `${zone} after ${change}`);
  }
});

test('a day of 23 hours and one of 25 have features that follow the clock on the wall', () => {
  near(hourOf(featuresAt('2026-03-29T00:55:00Z', 'Europe/Berlin')), 1 + 55 / 60);
  near(hourOf(featuresAt('2026-03-29T01:00:00Z', 'Europe/Berlin')), 3);
  near(hourOf(featuresAt('2026-10-25T00:30:00Z', 'Europe/Berlin')), 2.5);
  near(hourOf(featuresAt('2026-10-25T01:30:00Z', 'Europe/Berlin')), 2.5);
  near(hourOf(featuresAt('2026-10-03T15:25:00Z', 'Australia/Lord_Howe')), 1 + 55 / 60);
  near(hourOf(featuresAt('2026-10-03T15:30:00Z', 'Australia/Lord_Howe')), 2.5);
});

/** An independent reading of the clock on the wall: the text Intl writes. */
function wallClock(timeMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
    timeMs,
  );
}

test('at any time in any zone the offset leads to the clock on the wall', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
  ];
  const changes = ['2025-03-30', '2025-10-26', '2026-03-08', '2026-11-01', '2026-04-04', '2026-10-03'].map(
    (date) => Date.parse(date),
  );
  const anyTime = fc.integer({ min: Date.parse('2015-01-01'), max: Date.parse('2035-01-01') });
  const nearChange = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -DAY_MS, max: 2 * DAY_MS }))
    .map(([change, distance]) => change + distance);
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.oneof(anyTime, nearChange), (zone, timeMs) => {
      const local = new Date(timeMs + zoneOffsetMs(zone, timeMs)).toISOString();
      assert.equal(local.slice(0, 19).replace('T', ' '), wallClock(timeMs, zone));
    }),
    { numRuns: 500 },
  );
});

test('the calendar of a forecast starts eight hours before its horizon and has a row every 40 minutes', () => {
  const origin = stepOf(Date.parse('2026-03-29T00:00:00Z'));
  const out = new Float32Array(CALENDAR_SIZE + 3).fill(Number.NaN);
  writeCalendar(origin, 'Europe/Berlin', noHolidays, out, 2);
  const expected = new Float32Array(CALENDAR_COUNT);
  for (let patch = 0; patch < PATCH_COUNT; patch++) {
    const timeMs = stepStartMs(origin + 1 - CONTEXT_STEPS) + patch * PATCH_STEPS * STEP_MS;
    writeCalendarFeatures(timeMs, 'Europe/Berlin', noHolidays, expected, 0);
    const start = 2 + patch * CALENDAR_COUNT;
    assert.deepEqual(out.slice(start, start + CALENDAR_COUNT), expected);
  }
  assert.ok(Number.isNaN(out[1]) && Number.isNaN(out[2 + CALENDAR_SIZE]), 'nothing else is written');
  assert.equal(PATCH_COUNT, 24);
});

test('a name that is no time zone is told apart, and refused', () => {
  assert.equal(isTimeZone('Europe/Berlin'), true);
  for (const name of ['', 'Mars/Olympus', 'Europe/Berlin\n', 'x'.repeat(10_000)]) {
    assert.equal(isTimeZone(name), false);
    assert.throws(() => zoneOffsetMs(name, 0), RangeError);
  }
});
