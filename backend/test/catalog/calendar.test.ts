import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CALENDAR_COUNT,
  CALENDAR_SIZE,
  dateOfLocalDay,
  holidaysOn,
  isTimeZone,
  localDayAt,
  localToUtcMs,
  noHolidays,
  PATCH_COUNT,
  PATCH_STEPS,
  sameTimeYesterdayMs,
  writeCalendar,
  writeCalendarFeatures,
  yesterdayRows,
  zoneOffsetMs,
} from '../../src/catalog/calendar.ts';
import {
  CONTEXT_STEPS,
  HORIZON_STEPS,
  STEP_MS,
  stepOf,
  stepStartMs,
  WINDOW_STEPS,
} from '../../src/catalog/time.ts';

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

/** Both hemispheres, steps of 30 and 45 minutes, and zones that changed their rules or crossed the date line. */
const PROPERTY_ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'Europe/Istanbul',
  'Asia/Pyongyang',
  'Africa/Casablanca',
  'America/Mexico_City',
  'Pacific/Apia',
];

/** Days on which a zone of the list changes its clocks, year ends, and leap days. */
const ODD_DAYS = [
  '2011-12-30',
  '2015-08-14',
  '2016-03-27',
  '2018-05-04',
  '2019-02-16',
  '2022-10-30',
  '2023-12-31',
  '2024-02-29',
  '2025-03-30',
  '2026-03-08',
  '2026-03-29',
  '2026-04-04',
  '2026-10-03',
  '2026-10-25',
  '2026-11-01',
  '2026-12-31',
  '2028-02-29',
].map((date) => Date.parse(date));

const anyStep = fc
  .oneof(
    fc.integer({ min: Date.parse('2010-01-01'), max: Date.parse('2036-01-01') }),
    fc
      .tuple(fc.constantFrom(...ODD_DAYS), fc.integer({ min: -DAY_MS, max: 3 * DAY_MS }))
      .map(([day, distance]) => day + distance),
  )
  .map(stepOf);
const anyZone = fc.constantFrom(...PROPERTY_ZONES);
const SEEDED = { seed: 2026, numRuns: 2000 };

const localMs = (timeMs: number, zone: string): number => timeMs + zoneOffsetMs(zone, timeMs);
const timeOfDay = (timeMs: number, zone: string): number =>
  ((localMs(timeMs, zone) % DAY_MS) + DAY_MS) % DAY_MS;

test('a step has one local time, and the way back leads to it or to the first time clocks showed it', () => {
  fc.assert(
    fc.property(anyZone, anyStep, (zone, step) => {
      const timeMs = stepStartMs(step);
      const shown = localMs(timeMs, zone);
      assert.equal(localMs(timeMs, zone), shown);
      const back = localToUtcMs(shown, zone);
      assert.equal(localMs(back, zone), shown, 'clocks show at that moment what they were asked for');
      const again = zoneOffsetMs(zone, back) - zoneOffsetMs(zone, timeMs);
      assert.equal(timeMs - back, again, 'what is shown twice differs by the change of clocks');
      assert.ok(again >= 0, 'of two the earlier');
    }),
    SEEDED,
  );
});

test('local times follow each other as steps do, but where clocks are changed', () => {
  fc.assert(
    fc.property(anyZone, anyStep, (zone, step) => {
      const change = zoneOffsetMs(zone, stepStartMs(step + 1)) - zoneOffsetMs(zone, stepStartMs(step));
      const passed = localMs(stepStartMs(step + 1), zone) - localMs(stepStartMs(step), zone);
      assert.equal(passed, STEP_MS + change);
    }),
    SEEDED,
  );
});

test('features turn by five minutes a step, over midnights, weeks, year ends and leap days too', () => {
  const turns = [1, 1, 2, 2, 1 / 7, 1 / 7];
  const [now, next] = [new Float32Array(CALENDAR_COUNT), new Float32Array(CALENDAR_COUNT)];
  fc.assert(
    fc.property(anyZone, anyStep, (zone, step) => {
      const isChanged = zoneOffsetMs(zone, stepStartMs(step)) !== zoneOffsetMs(zone, stepStartMs(step + 1));
      writeCalendarFeatures(stepStartMs(step), zone, noHolidays, now, 0);
      writeCalendarFeatures(stepStartMs(step + 1), zone, noHolidays, next, 0);
      turns.forEach((perDay, i) => {
        const most = (2 * Math.PI * perDay * STEP_MS) / DAY_MS;
        if (!isChanged) assert.ok(Math.abs(next[i] - now[i]) <= most + 1e-6, `feature ${i}`);
      });
      for (const pair of [0, 2, 4]) near(now[pair] ** 2 + now[pair + 1] ** 2, 1);
    }),
    SEEDED,
  );
});

test('yesterday at the same time is what clocks showed the day before', () => {
  fc.assert(
    fc.property(anyZone, anyStep, (zone, step) => {
      const timeMs = stepStartMs(step);
      const beforeMs = sameTimeYesterdayMs(timeMs, zone);
      const change = zoneOffsetMs(zone, timeMs) - zoneOffsetMs(zone, timeMs - DAY_MS);
      if (change === 0) assert.equal(beforeMs, timeMs - DAY_MS, 'a day of 24 hours');
      const wanted = localMs(timeMs, zone) - DAY_MS;
      const exists = localMs(localToUtcMs(wanted, zone), zone) === wanted;
      if (exists && Math.abs(change) < DAY_MS / 2) {
        assert.equal(timeOfDay(beforeMs, zone), timeOfDay(timeMs, zone));
      }
      assert.ok(Math.abs(timeMs - beforeMs - DAY_MS) <= 3 * HOUR_MS);
    }),
    SEEDED,
  );
});

const YESTERDAYS = [
  // Noon on the day clocks went forward at 02:00: a day of 23 hours lies behind.
  { zone: 'Europe/Berlin', at: '2026-03-29T10:00:00Z', yesterday: '2026-03-28T11:00:00Z' },
  { zone: 'Europe/Berlin', at: '2026-03-30T10:00:00Z', yesterday: '2026-03-29T10:00:00Z' },
  // Noon on the day they went back: a day of 25 hours.
  { zone: 'Europe/Berlin', at: '2026-10-25T11:00:00Z', yesterday: '2026-10-24T10:00:00Z' },
  // 02:30 of the day after: it was shown twice, and the second one is 24 hours ago.
  { zone: 'Europe/Berlin', at: '2026-10-26T01:30:00Z', yesterday: '2026-10-25T01:30:00Z' },
  // 02:30 the day after clocks skipped it: what they would have shown.
  { zone: 'Europe/Berlin', at: '2026-03-30T00:30:00Z', yesterday: '2026-03-29T01:30:00Z' },
  { zone: 'Australia/Lord_Howe', at: '2026-10-04T01:00:00Z', yesterday: '2026-10-03T01:30:00Z' },
  { zone: 'Australia/Lord_Howe', at: '2026-04-05T01:30:00Z', yesterday: '2026-04-04T01:00:00Z' },
  { zone: 'Asia/Kathmandu', at: '2026-03-29T12:00:00Z', yesterday: '2026-03-28T12:00:00Z' },
  // Samoa left out 30 December 2011: its clocks showed the same time 24 hours before.
  { zone: 'Pacific/Apia', at: '2011-12-30T20:00:00Z', yesterday: '2011-12-29T20:00:00Z' },
];

for (const { zone, at, yesterday } of YESTERDAYS) {
  test(`yesterday at the time of ${at} in ${zone} was ${yesterday}`, () => {
    assert.equal(
      new Date(sameTimeYesterdayMs(Date.parse(at), zone)).toISOString(),
      `${yesterday.slice(0, -1)}.000Z`,
    );
  });
}

test('rows of yesterday are the oldest of the window, but on the day after a change of clocks', () => {
  const origin = (time: string) => stepOf(Date.parse(time)) - 1;
  assert.equal(yesterdayRows(origin('2026-03-27T12:00:00Z'), 'Europe/Berlin'), null);
  assert.equal(yesterdayRows(origin('2026-03-29T12:00:00Z'), 'UTC'), null);

  const spring = yesterdayRows(origin('2026-03-29T12:00:00Z'), 'Europe/Berlin');
  assert.deepEqual(
    [...(spring ?? [])],
    Array.from({ length: HORIZON_STEPS }, (_, lead) => lead + 12),
  );

  // An hour before the window nothing is known: its oldest row stands for it.
  const autumn = yesterdayRows(origin('2026-10-25T12:00:00Z'), 'Europe/Berlin');
  assert.deepEqual(
    [...(autumn ?? [])],
    Array.from({ length: HORIZON_STEPS }, (_, lead) => Math.max(0, lead - 12)),
  );

  // The change lies two hours ahead: the first 24 steps are 24 hours after theirs.
  const ahead = yesterdayRows(origin('2026-03-28T23:00:00Z'), 'Europe/Berlin');
  assert.deepEqual(
    [...(ahead ?? [])],
    Array.from({ length: HORIZON_STEPS }, (_, lead) => (lead < 24 ? lead : lead + 12)),
  );
});

test('rows of yesterday lie in the window and show the time of the step they stand for', () => {
  fc.assert(
    fc.property(anyZone, anyStep, (zone, originStep) => {
      const rows = yesterdayRows(originStep, zone) ?? Int16Array.from({ length: HORIZON_STEPS }, (_, i) => i);
      for (const [lead, row] of rows.entries()) {
        assert.ok(row >= 0 && row < WINDOW_STEPS);
        const step = originStep + 1 + lead;
        const wanted = stepOf(sameTimeYesterdayMs(stepStartMs(step), zone));
        assert.equal(originStep - WINDOW_STEPS + 1 + row, Math.max(originStep - WINDOW_STEPS + 1, wanted));
      }
    }),
    { ...SEEDED, numRuns: 300 },
  );
});

test('the local date of a moment is that on the calendar of its zone', () => {
  const dateAt = (time: string, zone: string) => dateOfLocalDay(localDayAt(Date.parse(time), zone));
  assert.equal(dateAt('2026-12-31T23:30:00Z', 'Europe/Berlin'), '2027-01-01');
  assert.equal(dateAt('2026-12-31T23:30:00Z', 'America/New_York'), '2026-12-31');
  assert.equal(dateAt('2028-02-29T12:00:00Z', 'UTC'), '2028-02-29');
  assert.equal(dateAt('1969-12-31T12:00:00Z', 'UTC'), '1969-12-31');
});
