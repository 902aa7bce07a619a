import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { jsonStream } from '../../src/api/jsonStream.ts';
import { HORIZON_STEPS } from '../../src/catalog/time.ts';
import { CLOSED_STEP, type FakeServer, FIRST_STEP_AHEAD, fakeFleet, fakeForecast } from './fakes.ts';
import { buildApp } from './helper.ts';

const breaches = [
  { target: 0, threshold: 'warning', seconds: 2700, value: 86 },
  { target: 0, threshold: 'critical', seconds: 2700, value: 96 },
  { target: 3, threshold: 'warning', seconds: 9000, value: 88 },
] as const;

const fleet: readonly FakeServer[] = [
  { name: 'calm', profile: 'web_api', score: 5, failureProbability: 0 },
  { name: 'almost', profile: 'database', score: 79.6, unmeasured: ['mem_used_pct'], failureProbability: 0.5 },
  { name: 'worst', profile: 'database', score: 92, breaches, failureProbability: 0.5 },
  { name: 'silent', profile: 'etl', score: 85, mode: 'stale' },
  { name: 'newcomer' },
];

test('a prediction has every field clients of the seed read', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const answer = await app.inject('/predictions/current');
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  const { predictions, alerts, timestamp } = answer.json();
  const { worst } = predictions;
  assert.equal(worst.risk_score, 92);
  assert.equal(worst.profile, 'database');
  assert.deepEqual(worst.alert, {
    level: 'critical',
    score: 92,
    color: '#FF0000',
    emoji: '🔴',
    label: 'Critical',
  });
  assert.equal(worst.display_metrics.cpu, '45.2%');
  assert.equal(worst.display_metrics.memory, '2.0%');
  assert.equal(worst.forecast.cpu_pct.length, HORIZON_STEPS);
  assert.equal(worst.forecast.mem_pct[0], 50.13);
  assert.equal(worst.forecast.timestamps.length, HORIZON_STEPS);
  assert.equal(worst.forecast.timestamps[0], FIRST_STEP_AHEAD);
  assert.deepEqual(alerts[0], {
    server_name: 'worst',
    level: 'critical',
    risk_score: 92,
    message: 'worst: CPU used reaches 95% in 40 minutes',
  });
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('a prediction tells its parts, probabilities, mode, cause and the soonest breach, the worse of two at once', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { worst } = (await app.inject('/predictions/current')).json().predictions;
  assert.deepEqual(worst.parts, { cpu: 92, memory: 0, disk: 0, network: 0, connections: 0, cascade: 0 });
  assert.equal(worst.failure_probability_8h, 0.5);
  assert.equal(worst.mode, 'model');
  assert.equal(worst.cause, 'CPU used reaches 95% in 40 minutes');
  assert.deepEqual(worst.time_to_breach, {
    metric: 'cpu_used_pct',
    threshold: 'critical',
    seconds: 2700,
    at: '2026-03-01T12:45:00.000Z',
    value: 96,
  });
  assert.equal(worst.time_to_breach_seconds, 2700);
});

test('a score just under a level keeps the level below it', async (t) => {
  const { app } = await buildApp(t, { servers: [{ name: 'edge', score: 79.999 }] });
  const { edge } = (await app.inject('/predictions/current')).json().predictions;
  assert.equal(edge.alert.level, 'warning');
  assert.ok(edge.risk_score < 80);
});

test('a server without a forecast is shown without a score, and with the reason', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { newcomer } = (await app.inject('/predictions/current')).json().predictions;
  assert.equal(newcomer.risk_score, null);
  assert.equal(newcomer.mode, 'warming_up');
  assert.equal(newcomer.reason, '3 of 48 steps measured');
  assert.deepEqual(newcomer.alert, {
    level: 'unknown',
    score: null,
    color: '#808080',
    emoji: '⚪',
    label: 'Warming up',
  });
  assert.deepEqual(newcomer.forecast, { cpu_pct: [], mem_pct: [], timestamps: [] });
});

test('a metric that is not measured has no forecast and no invented one', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { predictions } = (await app.inject('/predictions/current?fields=forecast,bands')).json();
  assert.deepEqual(predictions.almost.forecast.mem_pct, []);
  assert.equal(predictions.almost.forecast.cpu_pct.length, HORIZON_STEPS);
  assert.ok(!('mem_used_pct' in predictions.almost.bands));
  assert.ok('mem_used_pct' in predictions.worst.bands);
});

test('the summary counts each server once, and its health is that of the scored', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { summary } = (await app.inject('/predictions/current?limit=1')).json();
  assert.deepEqual(summary, {
    total_servers: 5,
    critical: 1,
    warning: 1,
    degraded: 0,
    healthy: 1,
    warming_up: 1,
    stale: 1,
    fleet_health: Math.round((100 - (5 + 79.6 + 92) / 3) * 10) / 10,
    prob_30m: 75,
    prob_8h: 75,
    failure_probability_30m: 0.75,
    failure_probability_8h: 0.75,
  });
});

test('while no server can be forecast the answer says so as the seed does', async (t) => {
  const { app } = await buildApp(t, { servers: [{ name: 'a' }, { name: 'b' }] });
  const answer = await app.inject('/predictions/current');
  assert.equal(answer.statusCode, 200);
  const { error, message, predictions, summary } = answer.json();
  assert.equal(error, 'insufficient_data');
  assert.match(message, /servers seen: 2/);
  assert.deepEqual(predictions, {});
  assert.equal(summary.warming_up, 2);
  assert.equal(summary.fleet_health, null);
});

test('an empty fleet is told how to begin', async (t) => {
  const { app } = await buildApp(t, { servers: [] });
  assert.match((await app.inject('/predictions/current')).json().message, /No server has sent anything yet/);
});

const filters: readonly (readonly [query: string, names: readonly string[]])[] = [
  ['', ['worst', 'silent', 'almost', 'calm', 'newcomer']],
  ['limit=2', ['worst', 'silent']],
  ['server=calm', ['calm']],
  ['server=calm&server=newcomer', ['calm', 'newcomer']],
  ['server=nobody', []],
  ['level=critical', ['worst', 'silent']],
  ['level=critical&level=healthy', ['worst', 'silent', 'calm']],
  ['profile=database', ['worst', 'almost']],
  ['profile=database&level=warning', ['almost']],
  ['mode=warming_up', ['newcomer']],
  ['mode=model&limit=1', ['worst']],
  ['unheard_of=1&limit=1', ['worst']],
];
for (const [query, names] of filters) {
  test(`predictions filtered by "${query}" are of ${names.join(', ') || 'nobody'}`, async (t) => {
    const { app } = await buildApp(t, { servers: fleet });
    const { predictions, alerts } = (await app.inject(`/predictions/current?${query}`)).json();
    assert.deepEqual(Object.keys(predictions), names);
    for (const alert of alerts) assert.ok(names.includes(alert.server_name));
  });
}

test('only the fields asked for are sent; bands have every measured metric in its unit', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { predictions } = (
    await app.inject('/predictions/current?fields=risk_score,%20bands&limit=1')
  ).json();
  assert.deepEqual(Object.keys(predictions.worst), ['risk_score', 'bands']);
  const band = predictions.worst.bands.net_in_mb_s;
  assert.equal(band.unit, 'MB/s');
  assert.deepEqual([band.p10[0], band.p50[0], band.p90[0]], [10.13, 50.13, 90.13]);
  assert.ok(!('bands' in (await app.inject('/predictions/current')).json().predictions.worst));
});

const invalid: readonly (readonly [query: string, loc: readonly (string | number)[], type: string])[] = [
  ['limit=0', ['query', 'limit'], 'greater_than_equal'],
  ['limit=-1', ['query', 'limit'], 'greater_than_equal'],
  ['limit=1.5', ['query', 'limit'], 'integer_type'],
  ['limit=many', ['query', 'limit'], 'integer_type'],
  ['limit=9999999', ['query', 'limit'], 'less_than_equal'],
  ['limit=', ['query', 'limit'], 'integer_type'],
  ['level=red', ['query', 'level', 0], 'enum'],
  ['level=healthy&level=', ['query', 'level', 1], 'enum'],
  ['profile=ppdb', ['query', 'profile', 0], 'enum'],
  ['mode=fast', ['query', 'mode', 0], 'enum'],
  ['fields=', ['query', 'fields'], 'enum'],
  ['fields=risk_score,__proto__', ['query', 'fields'], 'enum'],
  [`fields=${'x'.repeat(501)}`, ['query', 'fields'], 'string_too_long'],
];
for (const [query, loc, type] of invalid) {
  test(`the query "${query.slice(0, 30)}" is refused with 422 and its place`, async (t) => {
    const { app } = await buildApp(t, { servers: fleet });
    const answer = await app.inject(`/predictions/current?${query}`);
    assert.equal(answer.statusCode, 422);
    const { detail, code } = answer.json();
    assert.equal(code, 'ARGUS_INVALID_INPUT');
    assert.deepEqual(detail[0].loc, loc);
    assert.equal(detail[0].type, type);
    assert.ok(detail[0].msg.length > 0);
  });
}

const hostileNames = [
  'a"b',
  'back\\slash',
  '</script>',
  'new\nline',
  '__proto__',
  'constructor',
  'ü🙂',
  '\u2028',
  'a,b',
  '{}',
  '\u0000',
];

test('hostile server names come through the stream unharmed', async (t) => {
  const servers = hostileNames.map((name) => ({ name, score: 10 }));
  const { app } = await buildApp(t, { servers });
  const answer = await app.inject('/predictions/current?fields=risk_score');
  const { predictions } = answer.json();
  assert.deepEqual(Object.keys(predictions).sort(), [...hostileNames].sort());
});

test('a forecast value that is not a number is null, so that the answer stays JSON', async (t) => {
  const servers = [{ name: 'a', score: 10 }];
  const forecast = fakeForecast(servers);
  const values = new Float32Array(HORIZON_STEPS).fill(Number.NaN);
  values[1] = Number.POSITIVE_INFINITY;
  values[2] = 1.5;
  const { app } = await buildApp(t, { servers, sources: { forecast: { ...forecast, band: () => values } } });
  const { cpu_pct } = (await app.inject('/predictions/current')).json().predictions.a.forecast;
  assert.deepEqual(cpu_pct.slice(0, 3), [null, null, 1.5]);
});

const many = Array.from({ length: 2000 }, (_, i) => ({ name: `server-${i}`, score: i % 100 }));

test('2,000 servers are streamed as one valid document while other requests are answered', async (t) => {
  const { app } = await buildApp(t, { servers: many });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  let isDone = false;
  const streamed = fetch(`${address}/predictions/current`).then(async (response) => {
    const text = await response.text();
    isDone = true;
    return text;
  });
  await fetch(`${address}/health`);
  assert.equal(isDone, false, 'a small request is answered before the large one is complete');
  const { predictions, summary } = JSON.parse(await streamed);
  assert.equal(Object.keys(predictions).length, 2000);
  assert.equal(summary.total_servers, 2000);
});

test('a client that goes away ends the work for it', async (t) => {
  let bandsRead = 0;
  const forecast = fakeForecast(many);
  const counting = {
    ...forecast,
    band: (...args: Parameters<typeof forecast.band>) => {
      bandsRead += 1;
      return forecast.band(...args);
    },
  };
  const { app, registry } = await buildApp(t, { servers: many, sources: { forecast: counting } });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const request = get(`${address}/predictions/current`);
  const [response] = await once(request, 'response');
  await once(response, 'readable');
  request.destroy();
  while (!(await registry.metrics()).includes('argus_http_requests_in_flight 0')) await delay(5);
  // The slice that was being made when the client left is still finished.
  for (let before = -1; before !== bandsRead; ) {
    before = bandsRead;
    await delay(50);
  }
  assert.ok(bandsRead < many.length * 2);
  assert.equal((await fetch(`${address}/health`)).status, 200);
});

test('a slow client is waited for instead of being buffered for', async (t) => {
  let made = 0;
  function* endless(): Generator<string> {
    for (;;) {
      made += 1;
      yield `"${made}"`;
    }
  }
  const stream = jsonStream('[', endless(), () => ']');
  t.after(() => stream.destroy());
  await once(stream, 'readable');
  await delay(50);
  assert.ok(made < 1000, `${made} entries were made for a client that reads none`);
});

test('a server that leaves while the answer is streamed is left out', async (t) => {
  const servers = [
    { name: 'stays', score: 20 },
    { name: 'leaves', score: 10 },
  ];
  const fleetView = fakeFleet(servers);
  const byIndex = (index: number) => (index === 0 ? fleetView.byIndex(index) : undefined);
  const { app } = await buildApp(t, { servers, sources: { fleet: { ...fleetView, byIndex } } });
  const { predictions } = (await app.inject('/predictions/current')).json();
  assert.deepEqual(Object.keys(predictions), ['stays']);
});

test('slices joined are the same JSON whatever the number of entries', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string(), { maxLength: 200 }), async (values) => {
      const stream = jsonStream(
        '{"values":[',
        values.map((value) => JSON.stringify(value)),
        () => '],"end":true}',
      );
      const text = Buffer.concat(await stream.toArray()).toString();
      assert.deepEqual(JSON.parse(text), { values, end: true });
    }),
    { numRuns: 50 },
  );
});

test('times are those of the forecast each server has', async (t) => {
  const servers = [
    { name: 'new', score: 10 },
    { name: 'old', score: 5 },
  ];
  const forecast = { ...fakeForecast(servers), originOf: (index: number) => CLOSED_STEP - index };
  const { app } = await buildApp(t, { servers, sources: { forecast } });
  const { predictions } = (await app.inject('/predictions/current?fields=forecast')).json();
  assert.equal(predictions.new.forecast.timestamps[0], '2026-03-01T12:00:00.000Z');
  assert.equal(predictions.old.forecast.timestamps[0], '2026-03-01T11:55:00.000Z');
});
