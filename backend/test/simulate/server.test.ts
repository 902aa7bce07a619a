import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { localDayOf } from '../../src/catalog/calendar.ts';
import { METRIC, METRICS } from '../../src/catalog/metrics.ts';
import { PROFILES, profileOf } from '../../src/catalog/profiles.ts';
import { nameServer } from '../../src/simulate/names.ts';
import { STATUSES } from '../../src/simulate/server.ts';
import type { ServerTraits } from '../../src/simulate/traits.ts';
import { runServer } from './helper.ts';

const DAY = 288;

test('whatever the seed, every metric stays inside its natural bounds and CPU shares sum to 100', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(5000), (seed, number) => {
      const { rows, steps } = runServer(number, 2 * DAY, { seed });
      for (const row of rows) {
        METRICS.forEach(({ name, min, max }, metric) => {
          const value = row[metric];
          assert.ok(Number.isNaN(value) || (value >= min && value <= max), `${name} is ${value}`);
        });
        const { cpuUser, cpuSys, cpuIowait, cpuIdle } = METRIC;
        const sum = row[cpuUser] + row[cpuSys] + row[cpuIowait] + row[cpuIdle];
        if (!Number.isNaN(sum)) assert.ok(Math.abs(sum - 100) < 1e-9, `shares sum to ${sum}`);
      }
      assert.ok(steps.every(({ status }) => STATUSES.includes(status)));
    }),
    { numRuns: 60 },
  );
});

test('the same seed gives the same server, another number another one', () => {
  const bytes = (number: number, seed: number) =>
    Buffer.concat(runServer(number, DAY, { seed }).rows.map((row) => Buffer.from(row.buffer)));
  assert.ok(bytes(5, 1).equals(bytes(5, 1)));
  assert.ok(!bytes(5, 1).equals(bytes(6, 1)));
  assert.ok(!bytes(5, 1).equals(bytes(5, 2)));
});

test('names say the profile, and every profile occurs', () => {
  const names = Array.from({ length: 200 }, (_, number) => nameServer(number));
  assert.equal(new Set(names.map(({ name }) => name)).size, names.length);
  for (const { name, profile } of names) {
    assert.equal(PROFILES[profileOf(name, undefined, [])].name, profile);
  }
  assert.equal(new Set(names.map(({ profile }) => profile)).size, PROFILES.length);
});

test('a metric that a server does not measure is never measured', () => {
  for (let number = 0; number < 60; number++) {
    const { server, rows } = runServer(number, 100);
    for (const metric of server.traits.unmeasured) {
      assert.ok(rows.every((row) => Number.isNaN(row[metric])));
    }
    if (!server.traits.hasSwap) assert.ok(rows.every((row) => Number.isNaN(row[METRIC.swapUsed])));
    if (Number.isNaN(server.traits.javaShare))
      assert.ok(rows.every((row) => Number.isNaN(row[METRIC.javaCpu])));
  }
});

test('about a quarter of the servers are odd, and some lack steps here and there', () => {
  const runs = Array.from({ length: 300 }, (_, number) => runServer(number, 1));
  const odd = runs.filter(({ server }) => server.traits.odd).length / runs.length;
  assert.ok(odd > 0.18 && odd < 0.32, `${odd} are odd`);
  const dropping = runs.find(({ server }) => server.traits.dropProbability > 0.01);
  assert.ok(dropping !== undefined);
  const number = runs.indexOf(dropping);
  const { steps } = runServer(number, 7 * DAY);
  assert.ok(steps.some(({ measured }) => !measured));
});

const office = (traits: ServerTraits): ServerTraits => ({
  ...traits,
  pattern: 'office',
  meanLoad: 0.3,
  cycleDepth: 0.8,
  weekendFactor: 0.2,
  slowNoise: 0.05,
  fastNoise: 0.05,
  dayToDayNoise: 0.05,
  burstsPerDay: 0,
  shiftsPerDay: 0,
  trendPerDay: 0,
  jobs: [],
  timeZone: 'UTC',
  unmeasured: [],
  gapsPerDay: 0,
  dropProbability: 0,
});

function meanCpu(rows: readonly Float64Array[], from: number, to: number): number {
  const used = rows.slice(from, to).map((row) => 100 - row[METRIC.cpuIdle]);
  return used.reduce((sum, value) => sum + value, 0) / used.length;
}

test('office servers work by day and rest at night and at weekends', () => {
  const { rows } = runServer(0, 7 * DAY, { script: [], adjustTraits: office });
  const wednesday = 2 * DAY;
  const saturday = 5 * DAY;
  const noon = [10 * 12, 16 * 12] as const;
  const day = meanCpu(rows, wednesday + noon[0], wednesday + noon[1]);
  assert.ok(day > 2 * meanCpu(rows, wednesday, wednesday + 4 * 12), 'by day more than at night');
  assert.ok(
    day > 2 * meanCpu(rows, saturday + noon[0], saturday + noon[1]),
    'on weekdays more than on Saturday',
  );
});

test('a holiday is lived through like a Saturday, and the days around it as without', () => {
  const holiday = localDayOf('2026-06-03');
  const options = { script: [], adjustTraits: office };
  const plain = runServer(0, 7 * DAY, options);
  const { rows } = runServer(0, 7 * DAY, { ...options, holidays: (day) => day === holiday });
  const cpu = (day: number) => meanCpu(rows, day * DAY + 10 * 12, day * DAY + 16 * 12);
  assert.ok(cpu(2) < 0.5 * cpu(1), 'less than the day before');
  assert.ok(Math.abs(cpu(2) - cpu(5)) < 0.3 * cpu(5), 'as much as on Saturday');
  const until = (day: number, run: typeof rows) => run.slice(0, day * DAY);
  assert.deepEqual(until(2, rows), until(2, plain.rows));
});

test('office hours are those of the server’s own time zone', () => {
  const busiest = (timeZone: string) => {
    const { rows } = runServer(0, 5 * DAY, {
      script: [],
      adjustTraits: (traits) => ({ ...office(traits), timeZone }),
    });
    const hours = Array.from({ length: 24 }, (_, hour) =>
      meanCpu(rows, DAY + hour * 12, DAY + hour * 12 + 12),
    );
    return hours.indexOf(Math.max(...hours));
  };
  assert.equal((busiest('UTC') - busiest('Asia/Tokyo') + 24) % 24, 9);
});

test('a regime change leaves what was before as it was and changes what comes after', () => {
  const change = 3 * DAY;
  const plain = runServer(0, 6 * DAY, { script: [], adjustTraits: office });
  const changed = runServer(0, 6 * DAY, {
    script: [],
    adjustTraits: office,
    regimeChangeStep: Math.floor(Date.UTC(2026, 5, 4) / 300_000),
  });
  assert.deepEqual(changed.rows.slice(0, change), plain.rows.slice(0, change));
  assert.notDeepEqual(changed.rows.slice(change), plain.rows.slice(change));
});

test('a reboot sets uptime back to nothing', () => {
  const { rows } = runServer(3, 60 * DAY, { adjustTraits: (traits) => ({ ...traits, unmeasured: [] }) });
  const uptimes = rows.map((row) => row[METRIC.uptimeDays]).filter((value) => !Number.isNaN(value));
  const resets = uptimes.filter((value, i) => i > 0 && value < uptimes[i - 1]);
  assert.ok(resets.length > 0);
  assert.ok(resets.every((value) => value < 3));
});
