import assert from 'node:assert/strict';
import test from 'node:test';
import { METRICS } from '../../src/catalog/metrics.ts';
import { TARGETS } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { buildApp } from './helper.ts';

const fleet = [
  {
    name: 'ppdb001',
    profile: 'database',
    score: 91,
    breaches: [{ target: 0, threshold: 'critical', seconds: 0, value: 96 }],
  },
  { name: 'ppapi001', profile: 'web_api', score: 10, unmeasured: ['swap_used_pct'] },
  { name: 'newcomer' },
  { name: 'gone', mode: 'stale' },
] as const;

test('the list has every server, those at most risk first, with what it waits for', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { servers, count, total } = (await app.inject('/servers')).json();
  assert.deepEqual(
    servers.map(({ name, mode, risk_score }: { name: string; mode: string; risk_score: number | null }) => [
      name,
      mode,
      risk_score,
    ]),
    [
      ['ppdb001', 'model', 91],
      ['ppapi001', 'model', 10],
      ['gone', 'stale', null],
      ['newcomer', 'warming_up', null],
    ],
  );
  assert.deepEqual([count, total], [4, 4]);
  assert.equal(servers[3].reason, '3 of 48 steps measured');
  assert.match(servers[2].reason, /^Nothing was heard of it since 2026-03-01T12:01:59\.000Z/);
  assert.equal(servers[2].alert.label, 'Stale');
  assert.equal(servers[0].reason, null);
  assert.deepEqual(servers[0].attributes, { rack: 'r1' });
});

test('the list can be filtered, and says how many there are in all', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { servers, count, total } = (
    await app.inject('/servers?profile=database&profile=web_api&limit=1')
  ).json();
  assert.equal(servers.length, 1);
  assert.deepEqual([count, total], [1, 4]);
  assert.equal((await app.inject('/servers?limit=x')).statusCode, 422);
});

test('a server tells zone and country, its own date, and whether today or tomorrow is a holiday', async (t) => {
  const clock = { now: () => Date.parse('2026-12-24T23:30:00Z') };
  const servers = [
    { name: 'fra', timeZone: 'Europe/Berlin', country: 'DE' },
    { name: 'nyc', timeZone: 'America/New_York', country: 'US' },
    { name: 'nowhere' },
    { name: 'gone', timeZone: 'Mars/Olympus' },
  ];
  const { app } = await buildApp(t, { servers, sources: { clock } });
  const shown = async (name: string) => {
    const { time_zone, country, calendar } = (await app.inject(`/servers/${name}`)).json();
    return { time_zone, country, ...calendar };
  };
  assert.deepEqual(await shown('fra'), {
    time_zone: 'Europe/Berlin',
    country: 'DE',
    date: '2026-12-25',
    utc_offset_minutes: 60,
    holiday_today: 'Christmas Day',
    holiday_tomorrow: 'Boxing Day',
  });
  assert.deepEqual(await shown('nyc'), {
    time_zone: 'America/New_York',
    country: 'US',
    date: '2026-12-24',
    utc_offset_minutes: -300,
    holiday_today: null,
    holiday_tomorrow: 'Christmas Day',
  });
  const unknown = { date: '2026-12-24', utc_offset_minutes: 0, holiday_today: null, holiday_tomorrow: null };
  assert.deepEqual(await shown('nowhere'), { time_zone: 'UTC', country: null, ...unknown });
  assert.deepEqual(await shown('gone'), { time_zone: 'Mars/Olympus', country: null, ...unknown });
});

test('a server is shown with every metric, its risk and what that splits into', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const server = (await app.inject('/servers/ppdb001')).json();
  assert.deepEqual(
    Object.keys(server.metrics),
    METRICS.map(({ name }) => name),
  );
  assert.deepEqual(server.metrics.cpu_idle_pct, { value: 54.8, unit: '%' });
  assert.deepEqual(server.metrics.swap_used_pct, { value: null, unit: '%' });
  assert.equal(server.measured_steps, 200);
  assert.equal(server.window_steps, WINDOW_STEPS);
  assert.equal(server.parts.cpu, 91);
  assert.equal(server.severities.cpu_used_pct, 0);
  assert.equal(server.severities.load_average, null);
  assert.deepEqual(server.breaches, [
    { metric: 'cpu_used_pct', threshold: 'critical', seconds: 0, at: '2026-03-01T12:00:00.000Z', value: 96 },
  ]);
});

test('a server without a forecast is shown with its values and no risk', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const server = (await app.inject('/servers/newcomer')).json();
  assert.equal(server.risk_score, null);
  assert.equal(server.parts, null);
  assert.deepEqual(server.breaches, []);
  assert.equal(server.metrics.cpu_idle_pct.value, 54.8);
});

test('a forecast has every measured target with bands, thresholds and times', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const forecast = (await app.inject('/servers/ppapi001/forecast')).json();
  assert.equal(forecast.origin, '2026-03-01T12:00:00.000Z');
  assert.equal(forecast.step_seconds, 300);
  assert.equal(forecast.timestamps.length, HORIZON_STEPS);
  assert.equal(forecast.timestamps[0], forecast.origin);
  const measured = TARGETS.map(({ name }) => name).filter((name) => name !== 'swap_used_pct');
  assert.deepEqual(Object.keys(forecast.targets), measured);
  const { cpu_used_pct: cpu, load_average: load } = forecast.targets;
  assert.deepEqual(cpu.thresholds, { warning: 85, critical: 95 });
  assert.equal(cpu.unit, '%');
  assert.equal(cpu.label, 'CPU used');
  assert.deepEqual(
    [cpu.p10.length, cpu.p50.length, cpu.p90.length],
    [HORIZON_STEPS, HORIZON_STEPS, HORIZON_STEPS],
  );
  assert.equal(load.thresholds, null);
  assert.ok(!('history' in forecast));
});

test('the window a forecast was made from comes when asked for, with its gaps', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { history, timestamps } = (await app.inject('/servers/ppdb001/forecast?history=true')).json();
  assert.equal(history.timestamps.length, WINDOW_STEPS);
  assert.equal(history.timestamps.at(-1), '2026-03-01T11:55:00.000Z');
  assert.ok(history.timestamps.at(-1) < timestamps[0]);
  assert.equal(history.targets.cpu_used_pct[0], 45.2);
  assert.equal(history.targets.swap_used_pct[0], null);
});

test('a forecast that cannot be made yet is a 503 with the reason and the time to ask again', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const answer = await app.inject('/servers/newcomer/forecast');
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().code, 'ARGUS_FORECAST_NOT_READY');
  assert.match(answer.json().detail, /"newcomer".*3 of 48 steps measured/);
  assert.equal(answer.headers['retry-after'], '300');
});

test('a history that is neither true nor false is refused with its place', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const answer = await app.inject('/servers/ppdb001/forecast?history=maybe');
  assert.equal(answer.statusCode, 422);
  assert.deepEqual(answer.json().detail[0].loc, ['query', 'history']);
});

for (const path of [
  '/servers/nobody',
  '/servers/nobody/forecast',
  '/servers/__proto__',
  '/servers/constructor',
]) {
  test(`${path} is answered with 404 and the name`, async (t) => {
    const { app } = await buildApp(t, { servers: fleet });
    const answer = await app.inject(path);
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().code, 'ARGUS_SERVER_UNKNOWN');
    assert.ok(answer.json().detail.includes(`"${path.split('/')[2]}"`));
  });
}

test('a long unknown name is cut in the answer', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { detail } = (await app.inject(`/servers/${'n'.repeat(1000)}`)).json();
  assert.ok(detail.length < 400);
});

const awkwardNames = [
  'a/b',
  'a b',
  'a?b#c',
  '"quoted"',
  "it's",
  '100%',
  'ü🙂',
  'a/forecast',
  'x'.repeat(255),
  '🙂'.repeat(63),
];
for (const name of awkwardNames) {
  test(`a server named ${JSON.stringify(name.slice(0, 12))} is found by its encoded name`, async (t) => {
    const { app } = await buildApp(t, { servers: [{ name, score: 10 }] });
    const encoded = encodeURIComponent(name);
    assert.equal((await app.inject(`/servers/${encoded}`)).json().name, name);
    assert.equal((await app.inject(`/servers/${encoded}/forecast`)).json().server_name, name);
  });
}
