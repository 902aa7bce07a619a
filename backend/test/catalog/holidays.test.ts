import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dateOfLocalDay, localDayOf } from '../../src/catalog/calendar.ts';
import { findHolidayRegion, HolidayBook, NO_HOLIDAYS } from '../../src/catalog/holidays.ts';

const book = new HolidayBook();
const named = (country: string, date: string): string | null => book.nameOn(country, localDayOf(date));

describe('a region with holidays', () => {
  it('is found in any case, and given in the spelling it is known by', () => {
    assert.equal(findHolidayRegion('de'), 'DE');
    assert.equal(findHolidayRegion('gb-sct'), 'GB-SCT');
    assert.equal(findHolidayRegion('NZ-CAN-TIMARU'), 'NZ-CAN-Timaru');
  });

  for (const code of [
    '',
    'D',
    'DEU',
    'XX',
    'DE-ZZ',
    'DE-BY-ZZ',
    'DE_BY',
    'DE-',
    ' DE',
    'DE\n',
    'x'.repeat(10_000),
  ]) {
    it(`is not found as ${JSON.stringify(code.slice(0, 20))}`, () => {
      assert.equal(findHolidayRegion(code), undefined);
    });
  }

  it('has those of its own beside those of its country', () => {
    assert.equal(named('DE', '2026-12-25'), 'Christmas Day');
    assert.equal(named('DE-BY', '2026-12-25'), 'Christmas Day');
    assert.equal(named('DE-BY', '2026-01-06'), 'Epiphany');
    assert.equal(named('DE', '2026-01-06'), null);
    assert.equal(named('US', '2026-12-26'), null);
    assert.equal(named('GB-SCT', '2026-01-02'), 'January 2nd');
  });
});

describe('a holiday', () => {
  it('that moves is found in each year', () => {
    // Easter Mondays, and Thanksgiving: the fourth Thursday of November.
    const easterMondays = ['2024-04-01', '2025-04-21', '2026-04-06', '2027-03-29', '2028-04-17'];
    for (const date of easterMondays) assert.equal(named('DE', date), 'Easter Monday', date);
    for (const date of ['2024-11-28', '2025-11-27', '2026-11-26'])
      assert.match(named('US', date) ?? '', /Thanks/);
  });

  it('that begins at sunset is the day after', () => {
    assert.equal(named('IL', '2026-09-20'), null);
    assert.match(named('IL', '2026-09-21') ?? '', /Atonement/);
    assert.equal(named('IL', '2026-09-22'), null);
  });

  it('of several days is each of them', () => {
    const eid = ['2026-05-26', '2026-05-27', '2026-05-28', '2026-05-29'];
    for (const date of eid) assert.match(named('SA', date) ?? '', /Sacrifice/, date);
    assert.equal(named('SA', '2026-05-25'), null);
    assert.equal(named('SA', '2026-05-30'), null);
  });

  it('that is none by law, or only an afternoon, does not count', () => {
    assert.equal(named('US', '2026-02-14'), null, "Valentine's Day");
    assert.equal(named('DE', '2026-12-24'), null, 'Christmas Eve');
  });

  it('is found on both sides of a year end and on the day that only leap years have', () => {
    assert.equal(named('DE', '2027-01-01'), "New Year's Day");
    assert.equal(named('DE', '2026-12-31'), null);
    assert.equal(new HolidayBook(['2028-02-29']).nameOn('DE', localDayOf('2028-02-29')), 'holiday');
  });
});

describe('a book of holidays', () => {
  it('adds configured dates to those of every country, and of none', () => {
    const shutdown = new HolidayBook(['2026-08-10']);
    for (const country of [undefined, 'DE', 'US-NY']) {
      assert.equal(shutdown.of(country)(localDayOf('2026-08-10')), true);
      assert.equal(shutdown.of(country)(localDayOf('2026-08-11')), false);
    }
    assert.equal(shutdown.of('DE')(localDayOf('2026-12-25')), true);
    assert.equal(shutdown.of(undefined)(localDayOf('2026-12-25')), false);
  });

  it('without dates and country knows none', () => {
    assert.equal(NO_HOLIDAYS.of(undefined)(localDayOf('2026-12-25')), false);
  });

  it('says the same of any day in whatever order it is asked', () => {
    const day = fc.integer({ min: localDayOf('2015-01-01'), max: localDayOf('2040-12-31') });
    fc.assert(
      fc.property(
        fc.constantFrom('DE-BY', 'US-NY', 'JP', 'IL'),
        fc.array(day, { maxLength: 5 }),
        (country, days) => {
          for (const one of days) {
            const isHoliday = new HolidayBook().of(country)(one);
            assert.equal(book.of(country)(one), isHoliday, dateOfLocalDay(one));
            assert.equal(book.nameOn(country, one) !== null, isHoliday);
          }
        },
      ),
      { seed: 8, numRuns: 40 },
    );
  });
});

it('the library is not loaded before a country is named', () => {
  const program = `
    import { NO_HOLIDAYS, findHolidayRegion } from './src/catalog/holidays.ts';
    import { createRequire } from 'node:module';
    const { cache } = createRequire(import.meta.url);
    const isLoaded = () => Object.keys(cache).some((path) => path.includes('date-holidays'));
    NO_HOLIDAYS.of(undefined)(20000);
    findHolidayRegion('no country');
    const before = isLoaded();
    findHolidayRegion('DE');
    console.log(before, isLoaded());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  assert.equal(stdout.trim(), 'false true', stderr);
});
