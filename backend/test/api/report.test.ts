import assert from 'node:assert/strict';
import test from 'node:test';
import type { ReportRow } from '../../src/watch/types.ts';
import { fakeReport } from './fakes.ts';
import { buildApp } from './helper.ts';

const ROW: ReportRow = {
  target: 3,
  horizon: 4,
  scored: 120,
  losses: [1, 2, 3, 4, 5],
  bestBaseline: 'last_value',
  skill: 0.5,
  coverage: 0.79,
  coverageRaw: 0.6,
  winkler: 12.5,
};
const SERVERS = [{ name: 'ppdb001', score: 10, baselines: { cpu_used_pct: 'last_value' } }] as const;

test('the report card says what forecasts were worth by metric and horizon, and who forecasts', async (t) => {
  const { app } = await buildApp(t, { servers: SERVERS, sources: { report: fakeReport([ROW]) } });
  const answer = await app.inject('/report-card');
  assert.equal(answer.statusCode, 200);
  const body = answer.json();
  assert.equal(body.model, 'tft-1');
  assert.equal(body.message, null);
  assert.deepEqual(body.rows, [
    {
      metric: 'disk_usage_pct',
      horizon: '8h',
      scored: 120,
      pinball: { model: 1, last_value: 2, seasonal: 3, blended_seasonal: 4, linear_trend: 5 },
      best_baseline: 'last_value',
      skill: 0.5,
      coverage: 0.79,
      coverage_uncorrected: 0.6,
      winkler: 12.5,
    },
  ]);
  assert.equal(body.sources.length, 9);
  assert.equal(body.sources[0].baseline_share, 0.5);
  assert.ok(!('server' in body));
});

test("a server's own rows say who forecasts each metric, since when, and why", async (t) => {
  const { app } = await buildApp(t, { servers: SERVERS, sources: { report: fakeReport([ROW]) } });
  const { server } = (await app.inject('/report-card?server=ppdb001')).json();
  assert.equal(server.server_name, 'ppdb001');
  assert.equal(server.mode, 'model');
  const [cpu, memory] = server.metrics;
  assert.equal(cpu.forecaster, 'last_value');
  assert.match(cpu.since, /Z$/);
  assert.equal(
    cpu.reason,
    'Over the last day the loss of last_value was 2; that of model 1 (31 scored forecasts).',
  );
  assert.equal(cpu.scores.skill, 0.5);
  assert.equal(memory.forecaster, 'model');
  assert.equal(memory.since, null);
});

test('before anything has been scored the report card is empty and says why', async (t) => {
  const { app } = await buildApp(t, { servers: SERVERS });
  const answer = await app.inject('/report-card?server=ppdb001');
  assert.equal(answer.statusCode, 200);
  const body = answer.json();
  assert.deepEqual(body.rows, []);
  assert.equal(body.since, null);
  assert.match(body.message, /^Nothing has been scored yet/);
  assert.equal(body.server.metrics[0].scores, null);
  assert.equal(body.server.metrics[0].reason, 'No forecast has been scored yet.');
});

test('an unknown server is a 404, and an unknown parameter does no harm', async (t) => {
  const { app } = await buildApp(t, { servers: SERVERS, sources: { report: fakeReport([ROW]) } });
  const unknown = await app.inject('/report-card?server=nobody');
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.json().code, 'ARGUS_SERVER_UNKNOWN');
  assert.equal((await app.inject('/report-card?limit=-1')).statusCode, 200);
});

test('the report card needs a key that may read', async (t) => {
  const { app } = await buildApp(t, { servers: SERVERS, scopes: ['ingest'] });
  assert.equal((await app.inject('/report-card')).statusCode, 401);
});

test('each band says whose forecast it is', async (t) => {
  const { app } = await buildApp(t, { servers: SERVERS });
  const { targets } = (await app.inject('/servers/ppdb001/forecast')).json();
  assert.equal(targets.cpu_used_pct.forecaster, 'last_value');
  assert.equal(targets.mem_used_pct.forecaster, 'model');
});
