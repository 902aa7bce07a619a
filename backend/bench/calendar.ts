/**
 * What time zones and holidays cost a forecast cycle of 10,000 servers: filling their windows with calendars of 40 places
 * against filling them with one, on an ordinary day and on the day after a change of clocks; and the first use of a country.
 */

import { HolidayBook, NO_HOLIDAYS } from '../src/catalog/holidays.ts';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { stepOf } from '../src/catalog/time.ts';
import type { FleetView, Server } from '../src/fleet/types.ts';
import { WINDOW_SIZE } from '../src/forecast/batch.ts';
import { Chunk, ChunkFiller } from '../src/forecast/chunk.ts';
import { FakeFleet } from '../test/forecast/support.ts';

const SERVERS = 10_000;
const CHUNK = 20;
const REPEATS = 9;
const ZONES = ['Europe/Berlin', 'Europe/Paris', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe'];
const COUNTRIES = ['DE', 'DE-BY', 'FR', 'GB-SCT', 'US-NY', 'US-CA', 'AU', 'JP'];
const ORDINARY = stepOf(Date.UTC(2026, 6, 1, 12));
const AFTER_CHANGE = stepOf(Date.UTC(2026, 9, 25, 12));

const row = new Float32Array(WINDOW_SIZE).map((_, i) => i % METRIC_COUNT);

/** Windows are copied as the real fleet copies them: in one piece. */
class CopyingFleet extends FakeFleet {
  override copyWindow(_server: number, _lastStep: number, out: Float32Array, offset: number): void {
    out.set(row, offset);
  }
}

function fleetOf(places: readonly (readonly [zone: string, country: string | undefined])[]): CopyingFleet {
  const fleet = new CopyingFleet();
  for (let i = 0; i < SERVERS; i++) {
    const [timeZone, country] = places[i % places.length];
    fleet.add(i, { timeZone, country });
  }
  return fleet;
}

/** Milliseconds to fill every server's inputs once. */
function fill(fleet: FleetView, originStep: number, holidays: HolidayBook): number {
  const servers: readonly Server[] = [...fleet.servers()];
  const chunk = new Chunk(CHUNK);
  const start = performance.now();
  const filler = new ChunkFiller(fleet, originStep, holidays);
  for (const server of servers) {
    if (chunk.isFull) chunk.clear();
    filler.add(chunk, server, undefined);
  }
  return performance.now() - start;
}

function median(measure: () => number): number {
  const samples = Array.from({ length: REPEATS }, measure).sort((a, b) => a - b);
  return Number(samples[Math.floor(REPEATS / 2)].toFixed(1));
}

const one = fleetOf([['UTC', undefined]]);
const many = fleetOf(ZONES.flatMap((zone) => COUNTRIES.map((country) => [zone, country] as const)));
const book = new HolidayBook();
const before = performance.now();
book.nameOn('DE', 20_000);
const firstCountryMs = performance.now() - before;
const firstCycleMs = fill(many, ORDINARY, book);
console.log(
  JSON.stringify({
    bench: 'calendar',
    servers: SERVERS,
    places: ZONES.length * COUNTRIES.length,
    one_place_ms: median(() => fill(one, ORDINARY, NO_HOLIDAYS)),
    many_places_ms: median(() => fill(many, ORDINARY, book)),
    many_places_after_change_ms: median(() => fill(many, AFTER_CHANGE, book)),
    first_country_ms: Number(firstCountryMs.toFixed(1)),
    first_cycle_ms: Number(firstCycleMs.toFixed(1)),
  }),
);
