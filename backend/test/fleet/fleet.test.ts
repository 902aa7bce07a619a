import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { profileIndex } from '../../src/catalog/profiles.ts';
import { STEP_MS, stepStartMs, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import { ADMISSION_REFUSED, type ServerIdentity } from '../../src/fleet/types.ts';
import { fleetConfig, HeldClock, newFleet, START_MS, START_STEP } from './support.ts';

const SIZE = WINDOW_STEPS * METRIC_COUNT;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function lastRow(fleet: Fleet, server: number, step: number): number[] {
  const out = new Float32Array(SIZE);
  fleet.copyWindow(server, step, out, 0);
  return [...out.subarray(SIZE - METRIC_COUNT)];
}

describe('a measurement that is amended', () => {
  it('takes the place of what was recorded, alone or behind a mean', () => {
    const { fleet } = newFleet();
    const server = fleet.admit('a', {});
    const step = fleet.closedStep - 3;
    const value = () => lastRow(fleet, server, step)[METRIC.memUsed];
    fleet.record(server, METRIC.memUsed, stepStartMs(step), 75);
    fleet.amend(server, METRIC.memUsed, stepStartMs(step), 75, 30);
    assert.equal(value(), 30);
    fleet.record(server, METRIC.memUsed, stepStartMs(step) + 1, 80);
    fleet.amend(server, METRIC.memUsed, stepStartMs(step) + 1, 80, 40);
    assert.equal(value(), 35);
  });

  it('changes nothing where nothing was recorded, or the value cannot be', () => {
    const { fleet } = newFleet();
    const server = fleet.admit('a', {});
    const step = fleet.closedStep;
    fleet.amend(server, METRIC.memUsed, stepStartMs(step), 75, 30);
    fleet.amend(server, METRIC.memUsed, stepStartMs(step - 2 * WINDOW_STEPS), 75, 30);
    assert.ok(lastRow(fleet, server, step).every(Number.isNaN));
    fleet.record(server, METRIC.memUsed, stepStartMs(step), 75);
    for (const wrong of [101, -1, Number.NaN])
      fleet.amend(server, METRIC.memUsed, stepStartMs(step), 75, wrong);
    assert.equal(lastRow(fleet, server, step)[METRIC.memUsed], 75);
  });
});

describe('closing of steps', () => {
  it('closes a step when the grace after its end is over, not before', () => {
    const { fleet, clock } = newFleet();
    assert.equal(fleet.closedStep, START_STEP - 2);
    clock.advance(29_999);
    fleet.tick();
    assert.equal(fleet.closedStep, START_STEP - 2);
    clock.advance(1);
    assert.equal(fleet.nextClosingMs, clock.now());
    fleet.tick();
    assert.equal(fleet.closedStep, START_STEP - 1);
  });

  it('tells listeners the newest step only after a pause of several, until they unsubscribe', () => {
    const { fleet, clock } = newFleet();
    const told: number[] = [];
    const stop = fleet.onStepClosed((step) => told.push(step));
    clock.advance(STEP_MS);
    fleet.tick();
    clock.advance(7 * STEP_MS);
    fleet.tick();
    stop();
    clock.advance(STEP_MS);
    fleet.tick();
    assert.deepEqual(told, [START_STEP - 1, START_STEP + 6]);
  });

  it('goes on when a listener throws, and reports it', () => {
    const clock = new HeldClock(START_MS);
    const problems: string[] = [];
    const fleet = new Fleet({
      clock,
      config: fleetConfig(),
      onProblem: (message) => problems.push(message),
    });
    const told: number[] = [];
    fleet.onStepClosed(() => {
      throw new Error('broken');
    });
    fleet.onStepClosed((step) => told.push(step));
    clock.advance(STEP_MS);
    fleet.tick();
    assert.deepEqual(told, [START_STEP - 1]);
    assert.match(problems[0], /listener failed/);
  });

  it('takes new measurements after the clock was set back', () => {
    const { fleet, clock } = newFleet();
    const server = fleet.admit('web1', {});
    clock.advance(5 * HOUR_MS);
    fleet.tick();
    fleet.record(server, METRIC.cpuIdle, clock.now(), 10);
    clock.timeMs = START_MS + 30_000;
    fleet.tick();
    assert.equal(fleet.closedStep, START_STEP - 1);
    assert.equal(fleet.record(server, METRIC.cpuIdle, START_MS, 70), 'accepted');
    assert.equal(lastRow(fleet, server, START_STEP)[METRIC.cpuIdle], 70);
    assert.equal(fleet.measuredSteps(server, START_STEP + 100), 1);
  });
});

describe('record', () => {
  it('averages the points of a step, late ones included', () => {
    const { fleet, clock } = newFleet();
    const server = fleet.admit('web1', {});
    fleet.record(server, METRIC.memUsed, START_MS + 1, 20);
    fleet.record(server, METRIC.memUsed, START_MS + 2, 40);
    clock.advance(2 * STEP_MS);
    fleet.tick();
    assert.equal(fleet.record(server, METRIC.memUsed, START_MS + 3, 60), 'accepted');
    assert.equal(lastRow(fleet, server, START_STEP)[METRIC.memUsed], 40);
    assert.equal(fleet.stats.latePoints, 1);
  });

  it('refuses values that are not finite or not possible', () => {
    const { fleet } = newFleet();
    const server = fleet.admit('web1', {});
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.001, 100.001])
      assert.equal(fleet.record(server, METRIC.cpuIdle, START_MS, value), 'out_of_range');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e39])
      assert.equal(fleet.record(server, METRIC.netIn, START_MS, value), 'out_of_range');
    assert.equal(fleet.record(server, METRIC.netIn, START_MS, 1e30), 'accepted');
    assert.equal(fleet.record(server, 99, START_MS, 1), 'out_of_range');
    assert.equal(fleet.measuredSteps(server, START_STEP), 1);
  });

  it('refuses times more than ten minutes ahead, before the window, or not a number', () => {
    const { fleet } = newFleet();
    const server = fleet.admit('web1', {});
    const oldest = stepStartMs(fleet.closedStep - WINDOW_STEPS + 1);
    const outcomes = [
      [START_MS + 10 * MINUTE_MS, 'accepted'],
      [START_MS + 10 * MINUTE_MS + 1, 'too_new'],
      [Date.UTC(2100, 0), 'too_new'],
      [Number.POSITIVE_INFINITY, 'too_new'],
      [oldest, 'accepted'],
      [oldest - 1, 'too_old'],
      [0, 'too_old'],
      [Number.NaN, 'too_old'],
    ] as const;
    for (const [time, outcome] of outcomes)
      assert.equal(fleet.record(server, 0, time, 1), outcome, String(time));
  });

  it('notices by itself that time went on, even when closings are overdue', () => {
    const { fleet, clock } = newFleet();
    const server = fleet.admit('web1', {});
    clock.advance(6 * HOUR_MS);
    assert.equal(fleet.record(server, 0, clock.now() + 10 * MINUTE_MS, 1), 'accepted');
    assert.equal(fleet.closedStep, START_STEP - 2 + 72);
  });

  it('keeps the windows of the last three closed steps whole while points run ahead', () => {
    const { fleet, clock } = newFleet({ graceSeconds: 240 });
    const server = fleet.admit('web1', {});
    clock.timeMs = START_MS + 2 * STEP_MS + 240_000;
    fleet.tick();
    const oldest = stepStartMs(fleet.closedStep - WINDOW_STEPS + 1);
    fleet.record(server, 0, oldest, 42);
    clock.timeMs += 3 * STEP_MS - 1;
    fleet.tick();
    assert.equal(fleet.record(server, 0, clock.now() + 10 * MINUTE_MS, 1), 'accepted');
    const out = new Float32Array(SIZE);
    fleet.copyWindow(server, fleet.closedStep - 2, out, 0);
    assert.equal(out[0], 42);
  });

  it('throws a coded error for a slot without a server', () => {
    const { fleet } = newFleet();
    assert.throws(() => fleet.record(7, 0, START_MS, 1), { code: 'ARGUS_FLEET_UNKNOWN_SLOT' });
    assert.throws(() => fleet.measuredSteps(7, START_STEP), { code: 'ARGUS_FLEET_UNKNOWN_SLOT' });
  });
});

describe('admission', () => {
  it('refuses names that are empty, too long, or have control characters, and counts each reason', () => {
    const { fleet } = newFleet();
    const bad = [
      '',
      '  \t ',
      'x'.repeat(10_000),
      'ä'.repeat(128),
      'a\nb',
      'a\u0000b',
      'a\u007f',
      'a\u2028b',
      '\ud800',
    ];
    for (const name of bad) assert.equal(fleet.admit(name, {}), ADMISSION_REFUSED, JSON.stringify(name));
    assert.deepEqual(fleet.stats.refused, {
      name_empty: 2,
      name_too_long: 2,
      name_control: 5,
      fleet_full: 0,
      rate: 0,
    });
    assert.equal(fleet.serverCount, 0);
  });

  it('takes names that would break a careless exposition, and trims the rest', () => {
    const { fleet } = newFleet();
    const quoted = 'a"} 1\\evil{b="';
    assert.equal(fleet.byIndex(fleet.admit(quoted, {}))?.name, quoted);
    assert.equal(fleet.admit(' web1 ', {}), fleet.admit('web1', {}));
    assert.equal(fleet.admit('ü'.repeat(127), {}), 2);
    assert.notEqual(fleet.admit('__proto__', {}), ADMISSION_REFUSED);
  });

  it('refuses newcomers when the fleet is full; those already known go on', () => {
    const { fleet } = newFleet({ maxServers: 2 });
    const first = fleet.admit('a', {});
    fleet.admit('b', {});
    assert.equal(fleet.admit('c', {}), ADMISSION_REFUSED);
    assert.equal(fleet.admit('a', {}), first);
    assert.equal(fleet.record(first, 0, START_MS, 1), 'accepted');
    assert.equal(fleet.stats.refused.fleet_full, 1);
  });

  it('holds against a hundred thousand names in a minute and lets new ones in the next', () => {
    const { fleet, clock } = newFleet({ newServersPerMinute: 50 });
    const known = fleet.admit('known', {});
    for (let i = 0; i < 100_000; i++) fleet.admit(`flood-${i}`, {});
    assert.equal(fleet.serverCount, 50);
    assert.equal(fleet.stats.refused.rate, 100_000 - 49);
    assert.equal(fleet.admit('known', {}), known);
    clock.advance(MINUTE_MS);
    assert.notEqual(fleet.admit('late newcomer', {}), ADMISSION_REFUSED);
  });

  it('takes the profile from the attribute, else a pattern, else the prefix, and follows changes', () => {
    const { fleet } = newFleet({ profilePatterns: [{ pattern: '-spark-', profile: 'etl' }] });
    const profile = (name: string): number | undefined => fleet.byName(name)?.profile;
    fleet.admit('ppdb007', {});
    fleet.admit('x-spark-1', {});
    assert.equal(profile('ppdb007'), profileIndex('database'));
    assert.equal(profile('x-spark-1'), profileIndex('etl'));
    fleet.admit('ppdb007', { profile: 'web_api' });
    assert.equal(profile('ppdb007'), profileIndex('web_api'));
    fleet.admit('ppdb007', { profile: 'no such profile' });
    fleet.admit('ppdb007', {});
    assert.equal(profile('ppdb007'), profileIndex('web_api'));
  });

  it('takes zone and country from the server, else by its name, its profile, or the default', () => {
    const { fleet } = newFleet({
      defaultTimeZone: 'UTC',
      defaultCountry: 'us',
      places: [
        { profile: 'etl', timeZone: 'Asia/Tokyo', country: 'JP' },
        { pattern: '^fra', timeZone: 'Europe/Berlin', country: 'DE-HE' },
        { pattern: '^fra-spare', timeZone: 'Europe/London' },
      ],
    });
    const place = (name: string, identity: ServerIdentity = {}) => {
      fleet.admit(name, identity);
      const server = fleet.byName(name);
      return [server?.timeZone, server?.country];
    };
    assert.deepEqual(place('nyc-1'), ['UTC', 'US']);
    assert.deepEqual(place('ppetl-1'), ['Asia/Tokyo', 'JP']);
    assert.deepEqual(place('fra-1', { profile: 'etl' }), ['Europe/Berlin', 'DE-HE']);
    assert.deepEqual(place('fra-spare'), ['Europe/Berlin', 'DE-HE'], 'the first entry counts');
    assert.deepEqual(place('fra-1', { timeZone: 'Europe/Vienna', country: 'at' }), ['Europe/Vienna', 'AT']);
    assert.deepEqual(place('fra-1'), ['Europe/Vienna', 'AT'], 'what was said once stays');
    assert.deepEqual(place('nyc-1', { profile: 'etl' }), ['Asia/Tokyo', 'JP'], 'a new profile moves it');
  });

  it('ignores places that are none, and reports each once and counts every time', () => {
    const reports: string[] = [];
    const config = fleetConfig({ defaultTimeZone: 'Europe/Berlin', defaultCountry: 'DE' });
    const fleet = new Fleet({
      clock: new HeldClock(START_MS),
      config,
      onRefused: (message) => reports.push(message),
    });
    for (let i = 0; i < 3; i++) fleet.admit('a', { timeZone: 'Mars/Olympus', country: 'XX' });
    fleet.admit('b', { timeZone: 'Mars/Olympus', country: 'DE' });
    assert.deepEqual([fleet.byName('a')?.timeZone, fleet.byName('a')?.country], ['Europe/Berlin', 'DE']);
    assert.deepEqual(fleet.placesRefused, { time_zone: 4, country: 3 });
    assert.deepEqual(
      reports.map((report) => /argus\.\w+ "[^"]+"/.exec(report)?.[0]),
      ['argus.time_zone "Mars/Olympus"', 'argus.country "XX"'],
    );
    for (let i = 0; i < 1000; i++) fleet.admit('a', { country: `X${i}` });
    assert.ok(reports.length <= 100, 'a flood of values fills no log');
    assert.equal(fleet.placesRefused.country, 1003);
  });

  it('takes time zones that exist, keeps the default otherwise, and bounds attributes', () => {
    const { fleet } = newFleet({ maxAttributes: 2, maxAttributeBytes: 16, defaultTimeZone: 'Europe/Berlin' });
    fleet.admit('a', { timeZone: 'Mars/Olympus' });
    assert.equal(fleet.byName('a')?.timeZone, 'Europe/Berlin');
    fleet.admit('a', { timeZone: 'Asia/Tokyo', attributes: new Map([['zone', 'eu-1']]) });
    assert.equal(fleet.byName('a')?.timeZone, 'Asia/Tokyo');
    fleet.admit('a', {
      attributes: new Map([
        ['zone', 'eu-2'],
        ['long', 'x'.repeat(17)],
        ['rack', '7'],
        ['row', '1'],
        ['nul', '\u0000'],
      ]),
    });
    assert.deepEqual(
      [...(fleet.byName('a')?.attributes ?? [])],
      [
        ['zone', 'eu-2'],
        ['rack', '7'],
      ],
    );
    assert.equal(fleet.attributesDropped, 3);
  });

  it('names what is wrong with its configuration', () => {
    const clock = new HeldClock(START_MS);
    assert.throws(() => new Fleet({ clock, config: fleetConfig({ defaultTimeZone: 'Nowhere' }) }), {
      code: 'ARGUS_FLEET_PLACE_INVALID',
      message: /fleet\.defaultTimeZone: "Nowhere" is no time zone/,
    });
    const places = [{ profile: 'etl' as const, country: 'DE-ZZ' }];
    assert.throws(() => new Fleet({ clock, config: fleetConfig({ places }) }), {
      code: 'ARGUS_FLEET_PLACE_INVALID',
      message: /fleet\.places\.0\.country: "DE-ZZ" is no country/,
    });
    const profilePatterns = [{ pattern: '(', profile: 'etl' as const }];
    assert.throws(() => new Fleet({ clock, config: fleetConfig({ profilePatterns }) }), {
      code: 'ARGUS_FLEET_PATTERN_INVALID',
    });
  });
});

describe('life of a server', () => {
  it('is warm after the configured number of measured steps', () => {
    const { fleet, clock } = newFleet({ warmupSteps: 3 });
    const server = fleet.admit('a', {});
    for (let i = 0; i < 3; i++) {
      assert.equal(fleet.isWarm(server, fleet.closedStep), false);
      fleet.record(server, 0, clock.now(), 1);
      clock.advance(STEP_MS);
      fleet.tick();
      clock.advance(30_000);
      fleet.tick();
    }
    assert.equal(fleet.isWarm(server, fleet.closedStep), true);
  });

  it('grows stale, then leaves, then its slot serves a newcomer with nothing left of the old', () => {
    const { fleet, clock } = newFleet();
    const left: string[] = [];
    fleet.onServerLeft((server) => left.push(server.name));
    const old = fleet.admit('old', {});
    fleet.record(old, 0, START_MS, 1);
    const step = (): void => {
      clock.advance(STEP_MS);
      fleet.tick();
    };
    for (let i = 0; i < 3; i++) step();
    assert.equal(fleet.isStale(old), false);
    step();
    assert.equal(fleet.isStale(old), true);
    for (let i = 4; i < 24; i++) step();
    assert.deepEqual(left, []);
    step();
    assert.deepEqual(left, ['old']);
    assert.equal(fleet.byName('old'), undefined);
    assert.equal(fleet.byIndex(old), undefined);
    const heir = fleet.admit('heir', {});
    assert.equal(heir, old);
    assert.equal(fleet.measuredSteps(heir, START_STEP), 0);
    assert.ok(lastRow(fleet, heir, START_STEP).every(Number.isNaN));
  });

  it('leaves soon when a name never brought a measurement', () => {
    const { fleet, clock } = newFleet();
    fleet.admit('typo', {});
    for (let i = 0; i < 4; i++) {
      clock.advance(STEP_MS);
      fleet.tick();
    }
    assert.equal(fleet.serverCount, 0);
  });

  it('stays while it sends its past day, and when Argus itself slept', () => {
    const { fleet, clock } = newFleet();
    const server = fleet.admit('a', {});
    for (let i = 0; i < 30; i++) {
      clock.advance(STEP_MS);
      fleet.admit('a', {});
      fleet.record(server, 0, START_MS - 20 * HOUR_MS + i * STEP_MS, 1);
      fleet.tick();
    }
    assert.equal(fleet.serverCount, 1);
    assert.equal(fleet.isStale(server), true);
    clock.advance(9 * HOUR_MS);
    fleet.tick();
    assert.equal(fleet.serverCount, 1);
  });
});
