import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CALENDAR_COUNT, zoneOffsetMs } from '../../src/catalog/calendar.ts';
import { HolidayBook, NO_HOLIDAYS } from '../../src/catalog/holidays.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, STEP_MS, stepOf, stepStartMs, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { seriesOf } from '../../src/forecast/baselineForecast.ts';
import { POINT_FORECASTS } from '../../src/forecast/baselines.ts';
import { WINDOW_SIZE } from '../../src/forecast/batch.ts';
import { Chunk, ChunkFiller } from '../../src/forecast/chunk.ts';
import { alignYesterday } from '../../src/forecast/yesterday.ts';
import { assembleBatch } from '../../src/training/inputs.ts';
import { FakeFleet } from './support.ts';

const DAY_MS = 86_400_000;
const HOLIDAY = CALENDAR_COUNT - 1;
const memory = targetIndex('mem_used_pct');
const HASH = { algorithm: 'fnv1a32', seed: 0, buckets: 256 } as const;

/** Load that follows the clock on the wall of a zone, as people's does. */
function byTheClock(zone: string): (server: number, metric: number, step: number) => number {
  return (_server, metric, step) => {
    const timeMs = stepStartMs(step);
    const minute = ((timeMs + zoneOffsetMs(zone, timeMs)) % DAY_MS) / 60_000;
    return metric === METRIC.memUsed ? minute / 15 : metric;
  };
}

/** The batch of one server in a zone whose load follows its clocks. */
function filled(zone: string, originTime: string, holidays = NO_HOLIDAYS, country?: string) {
  const origin = stepOf(Date.parse(originTime)) - 1;
  const fleet = new FakeFleet(origin);
  const server = fleet.add(0, { timeZone: zone, country });
  fleet.value = byTheClock(zone);
  const chunk = new Chunk(1);
  assert.ok(new ChunkFiller(fleet, origin, holidays).add(chunk, server, undefined));
  return { fleet, origin, batch: chunk.batch };
}

const CHANGES = [
  { what: 'the spring change in Berlin', zone: 'Europe/Berlin', at: '2026-03-29T12:00:00Z', unknown: 0 },
  { what: 'the spring change in New York', zone: 'America/New_York', at: '2026-03-08T16:00:00Z', unknown: 0 },
  {
    what: 'the spring change on Lord Howe',
    zone: 'Australia/Lord_Howe',
    at: '2026-10-04T01:00:00Z',
    unknown: 0,
  },
  { what: 'the autumn change in Berlin', zone: 'Europe/Berlin', at: '2026-10-25T12:00:00Z', unknown: 12 },
  {
    what: 'the autumn change on Lord Howe',
    zone: 'Australia/Lord_Howe',
    at: '2026-04-05T01:00:00Z',
    unknown: 6,
  },
  { what: 'no change', zone: 'Europe/Berlin', at: '2026-07-01T12:00:00Z', unknown: 0 },
];

for (const { what, zone, at, unknown } of CHANGES) {
  it(`the seasonal baseline follows the clock on the wall after ${what}`, () => {
    const { fleet, origin, batch } = filled(zone, at);
    const forecast = new Float64Array(HORIZON_STEPS);
    assert.ok(POINT_FORECASTS.seasonal(seriesOf(memory, batch.window, 0), WINDOW_STEPS - 1, forecast));
    for (let lead = unknown; lead < HORIZON_STEPS; lead++) {
      const truth = fleet.value(0, METRIC.memUsed, origin + 1 + lead);
      assert.ok(Math.abs(forecast[lead] - truth) < 1e-3, `step ${lead}: ${forecast[lead]} is not ${truth}`);
    }
    // What lies before the window is taken for its oldest row: at most an hour away.
    for (let lead = 0; lead < unknown; lead++) assert.equal(forecast[lead], forecast[unknown]);
  });
}

it('the newest sixteen hours of a window stay as they were measured', () => {
  const { fleet, origin, batch } = filled('Europe/Berlin', '2026-03-29T12:00:00Z');
  const measured = new Float32Array(WINDOW_SIZE);
  fleet.copyWindow(0, origin, measured, 0);
  const untouched = HORIZON_STEPS * METRIC_COUNT;
  assert.deepEqual(batch.window.slice(untouched), measured.slice(untouched));
  assert.notDeepEqual(batch.window.slice(0, untouched), measured.slice(0, untouched));
});

it('what was not measured at that time yesterday stays unknown', () => {
  const window = Float32Array.from({ length: WINDOW_SIZE }, (_, i) => Math.floor(i / METRIC_COUNT));
  window[14 * METRIC_COUNT] = Number.NaN;
  alignYesterday(
    window,
    0,
    Int16Array.from({ length: HORIZON_STEPS }, (_, lead) => lead + 12),
  );
  assert.ok(Number.isNaN(window[2 * METRIC_COUNT]));
  assert.equal(window[2 * METRIC_COUNT + 1], 14);
});

it('only the window at the offset is changed', () => {
  const window = new Float32Array(3 * WINDOW_SIZE).map((_, i) => i);
  const before = window.slice();
  alignYesterday(
    window,
    WINDOW_SIZE,
    Int16Array.from({ length: HORIZON_STEPS }, (_, lead) => Math.max(0, lead - 12)),
  );
  assert.deepEqual(window.slice(0, WINDOW_SIZE), before.slice(0, WINDOW_SIZE));
  assert.deepEqual(window.slice(2 * WINDOW_SIZE), before.slice(2 * WINDOW_SIZE));
  const first = before.slice(WINDOW_SIZE, WINDOW_SIZE + METRIC_COUNT);
  assert.deepEqual(window.slice(WINDOW_SIZE, WINDOW_SIZE + METRIC_COUNT), first);
});

it('the trainer sees what the forecaster sees, whatever zone, day and country', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
  const days = [
    '2026-03-08',
    '2026-03-29',
    '2026-04-04',
    '2026-10-03',
    '2026-10-25',
    '2026-12-24',
    '2026-12-31',
  ];
  const book = new HolidayBook(['2026-10-04']);
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...days),
      fc.integer({ min: 0, max: WINDOW_STEPS - 1 }),
      fc.constantFrom(undefined, 'DE', 'US'),
      (zone, day, step, country) => {
        const at = new Date(Date.parse(day) + step * STEP_MS).toISOString();
        const { fleet, origin, batch } = filled(zone, at, book, country);
        const firstStep = origin - WINDOW_STEPS + 1;
        const values = new Float32Array((WINDOW_STEPS + HORIZON_STEPS) * METRIC_COUNT);
        fleet.copyWindow(0, origin, values, 0);
        const holidays = book.of(country);
        const steps = WINDOW_STEPS + HORIZON_STEPS;
        const series = {
          name: 'server-0',
          profile: 0,
          timeZone: zone,
          country,
          holidays,
          firstStep,
          steps,
          values,
        };
        const trained = assembleBatch([{ series, originStep: origin }], HASH);
        assert.deepEqual(trained.window, Float32Array.from(batch.window));
        assert.deepEqual(trained.calendar, Float32Array.from(batch.calendar));
      },
    ),
    { seed: 29, numRuns: 60 },
  );
});

describe('holidays in the calendar of a forecast', () => {
  const holidayOf = (zone: string, at: string, country: string | undefined, book = NO_HOLIDAYS) =>
    filled(zone, at, book, country).batch.calendar[12 * CALENDAR_COUNT + HOLIDAY];

  it("are those of each server's country, on the dates of its own clocks", () => {
    assert.equal(holidayOf('Europe/Berlin', '2026-12-25T12:00:00Z', 'DE'), 1);
    assert.equal(holidayOf('Europe/Berlin', '2026-12-25T12:00:00Z', undefined), 0);
    assert.equal(holidayOf('Asia/Tokyo', '2026-12-25T12:00:00Z', 'JP'), 0);
    assert.equal(holidayOf('Asia/Tokyo', '2025-12-31T16:00:00Z', 'JP'), 1, 'it is New Year in Tokyo already');
    assert.equal(holidayOf('America/New_York', '2026-01-01T04:00:00Z', 'US'), 0, 'and not yet in New York');
  });

  it('are configured dates for every server', () => {
    const book = new HolidayBook(['2026-08-10']);
    assert.equal(holidayOf('UTC', '2026-08-10T12:00:00Z', undefined, book), 1);
    assert.equal(holidayOf('UTC', '2026-08-10T12:00:00Z', 'DE', book), 1);
  });
});
