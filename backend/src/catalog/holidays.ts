/** Public holidays by country and region, from the date-holidays library, which is loaded when the first is asked for. */

import { createRequire } from 'node:module';
import type Library from 'date-holidays';
import type { HolidaysTypes } from 'date-holidays';
import { type HolidayCalendar, holidaysOn, localDayOf } from './calendar.ts';
import { DAY_MS, HOUR_MS } from './time.ts';

/** Shorter ones are afternoons off; a day on which clocks go forward has 23 hours. */
const WHOLE_DAY_MS = 23 * HOUR_MS;
/** About 600 regions are known, so this is a few years of all of them. */
const CACHED_YEARS = 4096;
const NAME_LANGUAGE = 'en';
/** What a holiday is called that is configured by its date. */
const CONFIGURED = 'holiday';

/** Names of the holidays of one region in one year, by local day since 1970-01-01. */
type YearOfHolidays = ReadonlyMap<number, string>;

interface Holidays {
  readonly Library: typeof Library;
  /** As the library spells them, by their upper-case form. */
  readonly regions: ReadonlyMap<string, string>;
}

let loaded: Holidays | undefined;
const years = new Map<string, YearOfHolidays>();

/** Its 160 ms and 20 MB are spent only where a country is known. */
function holidays(): Holidays {
  if (loaded === undefined) {
    // The whole chain from a server's first word to its calendar is synchronous, so an import() would come too late.
    const Loaded = createRequire(import.meta.url)('date-holidays') as typeof Library;
    loaded = { Library: Loaded, regions: regionsOf(new Loaded()) };
  }
  return loaded;
}

function regionsOf(library: Library): ReadonlyMap<string, string> {
  const codes = Object.keys(library.getCountries()).flatMap((country) => [
    country,
    ...Object.keys(library.getStates(country) ?? {}).flatMap((state) => [
      `${country}-${state}`,
      ...Object.keys(library.getRegions(country, state) ?? {}).map((area) => `${country}-${state}-${area}`),
    ]),
  ]);
  return new Map(codes.map((code) => [code.toUpperCase(), code]));
}

/**
 * The spelling under which a region's holidays are known.
 * @param code ISO 3166-1 country (`DE`) or ISO 3166-2 subdivision (`DE-BY`), some with an area in it (`DE-BY-A`); any case
 * @returns undefined where nothing is known of it
 */
export function findHolidayRegion(code: string): string | undefined {
  // Names come from clients; without this any text would load the library.
  if (!/^[a-z]{2}(-[a-z0-9]{1,12}){0,2}$/i.test(code)) return undefined;
  return holidays().regions.get(code.toUpperCase());
}

function isWholeDay({ type, start, end }: HolidaysTypes.Holiday): boolean {
  return type === 'public' && end.getTime() - start.getTime() >= WHOLE_DAY_MS;
}

/**
 * Public holidays of a region that keep people at home for whole days. One that begins at sunset is the day after it,
 * as calendars print it.
 * @param region as findHolidayRegion spells it
 */
function yearOf(region: string, year: number): YearOfHolidays {
  const key = `${region} ${year}`;
  let found = years.get(key);
  if (found === undefined) {
    if (years.size >= CACHED_YEARS) years.clear();
    found = examine(region, year);
    years.set(key, found);
  }
  return found;
}

function examine(region: string, year: number): YearOfHolidays {
  const [country, state, area] = region.split('-');
  const library = new (holidays().Library)();
  library.init(country, state ?? '', area ?? '');
  const names = new Map<number, string>();
  // One that begins at the end of a year may go on in the next.
  for (const holiday of [year - 1, year].flatMap((one) => library.getHolidays(one, NAME_LANGUAGE))) {
    if (!isWholeDay(holiday)) continue;
    const first = localDayOf(holiday.date.slice(0, 'YYYY-MM-DD'.length));
    const days = Math.round((holiday.end.getTime() - holiday.start.getTime()) / DAY_MS);
    for (let day = first; day < first + days; day++) {
      if (yearOfDay(day) === year && !names.has(day)) names.set(day, holiday.name);
    }
  }
  return names;
}

const yearOfDay = (localDay: number): number => new Date(localDay * DAY_MS).getUTCFullYear();

/** Holidays of servers: those of their country, and dates that are holidays for all. */
export class HolidayBook {
  readonly #dates: HolidayCalendar;
  readonly #byCountry = new Map<string, HolidayCalendar>();

  /**
   * @param dates ISO 8601 dates, `YYYY-MM-DD`
   * @throws RangeError naming the first entry that is not a date
   */
  constructor(dates: readonly string[] = []) {
    this.#dates = holidaysOn(dates);
  }

  /** @param country as findHolidayRegion spells it; undefined where it is not known */
  of(country: string | undefined): HolidayCalendar {
    if (country === undefined) return this.#dates;
    let calendar = this.#byCountry.get(country);
    if (calendar === undefined) {
      calendar = (localDay) => this.nameOn(country, localDay) !== null;
      this.#byCountry.set(country, calendar);
    }
    return calendar;
  }

  /**
   * What a local day is called where it is a holiday; null where it is none.
   * @param localDay since 1970-01-01
   */
  nameOn(country: string | undefined, localDay: number): string | null {
    const named = country === undefined ? undefined : yearOf(country, yearOfDay(localDay)).get(localDay);
    return named ?? (this.#dates(localDay) ? CONFIGURED : null);
  }
}

export const NO_HOLIDAYS = new HolidayBook();
