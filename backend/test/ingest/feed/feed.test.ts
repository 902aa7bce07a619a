import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { METRIC, METRIC_COUNT, METRICS } from '../../../src/catalog/metrics.ts';
import { STEP_MS, WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { feedRoutes } from '../../../src/ingest/feed/routes.ts';
import { buildApp } from '../../api/helper.ts';
import { newFleet, START_MS, START_STEP } from '../../fleet/support.ts';

const NOW = new Date(START_MS).toISOString();
const SIZE = WINDOW_STEPS * METRIC_COUNT;

interface Settings {
  readonly maxServers?: number;
  readonly warmupSteps?: number;
  readonly scopes?: readonly string[];
  readonly config?: object;
}

async function feedApp(t: TestContext, { scopes, config, ...fleetSettings }: Settings = {}) {
  const { fleet, clock } = newFleet(fleetSettings);
  const registry = new Registry();
  const { app, headers } = await buildApp(t, {
    ...(scopes === undefined ? {} : { scopes }),
    ...(config === undefined ? {} : { config }),
    routes: (server) => {
      server.register(feedRoutes, { fleet, clock, registry });
    },
  });
  const send = (payload: unknown, query = '', more: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: `/feed/data${query}`,
      headers: { 'content-type': 'application/json', ...headers, ...more },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });
  return { fleet, clock, registry, send };
}

function record(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const values = Object.fromEntries(METRICS.map(({ name }, i) => [name, i + 1]));
  return { timestamp: NOW, server_name: 'ppdb001', status: 'healthy', ...values, ...changes };
}

describe('POST /feed/data', () => {
  it('takes records of the seed and answers its fields', async (t) => {
    const { fleet, send } = await feedApp(t);
    const answer = await send({ records: [record(), record({ server_name: 'web1' })] });
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), {
      status: 'warming_up',
      records_received: 2,
      records_accepted: 2,
      tick: 1,
      rolling_window_size: WINDOW_STEPS,
      warmup_complete: false,
      progress: '0% (need 48 records minimum)',
    });
    const server = fleet.byName('ppdb001');
    assert.ok(server);
    const window = new Float32Array(SIZE);
    fleet.copyWindow(server.index, START_STEP, window, 0);
    assert.deepEqual(
      [...window.subarray(SIZE - METRIC_COUNT)],
      METRICS.map((_, i) => i + 1),
    );
  });

  it('says how far the warm-up is, and when it is done', async (t) => {
    const { clock, fleet, send } = await feedApp(t, { warmupSteps: 20 });
    const past = (steps: number) => record({ timestamp: new Date(START_MS - steps * STEP_MS).toISOString() });
    const first = await send({ records: Array.from({ length: 9 }, (_, i) => past(i + 2)) });
    assert.equal(first.json().progress, '45% (need 20 records minimum)');
    const second = await send({ records: Array.from({ length: 11 }, (_, i) => past(i + 11)) });
    assert.equal(second.json().status, 'accepted');
    assert.equal(second.json().warmup_complete, true);
    assert.equal(second.json().progress, undefined);
    assert.equal(second.json().tick, 2);
    clock.advance(STEP_MS);
    fleet.tick();
    assert.equal((await send({ records: [] })).json().tick, 3);
  });

  it('takes metrics that are missing or null as not measured, and ignores what it does not know', async (t) => {
    const { fleet, send } = await feedApp(t);
    const answer = await send({
      records: [
        {
          timestamp: NOW,
          server_name: 'a',
          cpu_idle_pct: 70,
          mem_used_pct: null,
          gpu_pct: 'x',
          status: null,
        },
      ],
      extra: true,
    });
    assert.equal(answer.statusCode, 200);
    const window = new Float32Array(SIZE);
    fleet.copyWindow(fleet.byName('a')?.index ?? -1, START_STEP, window, 0);
    const row = window.subarray(SIZE - METRIC_COUNT);
    assert.equal(row[METRIC.cpuIdle], 70);
    assert.equal(row.filter(Number.isNaN).length, METRIC_COUNT - 1);
  });

  const wrong: readonly (readonly [string, Record<string, unknown>, string, string])[] = [
    ['text where a number belongs', { cpu_user_pct: '12' }, 'cpu_user_pct', 'float_type'],
    ['true where a number belongs', { cpu_user_pct: true }, 'cpu_user_pct', 'float_type'],
    ['a list where a number belongs', { cpu_user_pct: [1] }, 'cpu_user_pct', 'float_type'],
    ['a percentage above 100', { mem_used_pct: 100.5 }, 'mem_used_pct', 'less_than_equal'],
    ['a negative percentage', { mem_used_pct: -1 }, 'mem_used_pct', 'greater_than_equal'],
    ['a negative count', { back_close_wait: -1 }, 'back_close_wait', 'greater_than_equal'],
    ['a number too large to be kept', { net_in_mb_s: 1e200 }, 'net_in_mb_s', 'finite_number'],
    ['no name', { server_name: undefined }, 'server_name', 'missing'],
    ['an empty name', { server_name: ' ' }, 'server_name', 'name_empty'],
    ['a number as name', { server_name: 7 }, 'server_name', 'string_type'],
    ['a name of 10,000 characters', { server_name: 'x'.repeat(10_000) }, 'server_name', 'name_too_long'],
    ['control characters in a name', { server_name: 'a\u0000b\n' }, 'server_name', 'name_control'],
    ['no time', { timestamp: null }, 'timestamp', 'missing'],
    ['a time that is none', { timestamp: 'yesterday' }, 'timestamp', 'datetime_parsing'],
    ['a number as time', { timestamp: 1_764_000_000 }, 'timestamp', 'datetime_parsing'],
    ['1970', { timestamp: '1970-01-01T00:00:00Z' }, 'timestamp', 'too_old'],
    ['2100', { timestamp: '2100-01-01T00:00:00Z' }, 'timestamp', 'too_new'],
    ['an unknown status', { status: 'fine' }, 'status', 'enum'],
  ];
  for (const [what, changes, field, type] of wrong) {
    it(`refuses ${what} by record and field, and takes nothing of the request`, async (t) => {
      const { fleet, send } = await feedApp(t);
      const answer = await send({ records: [record({ server_name: 'good' }), record(changes)] });
      assert.equal(answer.statusCode, 422);
      const { detail, code } = answer.json();
      assert.equal(code, 'ARGUS_FEED_INVALID');
      assert.equal(detail.length, 1);
      assert.deepEqual(detail[0].loc, ['body', 'records', 1, field]);
      assert.equal(detail[0].type, type);
      assert.ok(detail[0].msg.startsWith(`${field} `));
      assert.ok(answer.body.length < 500, 'what was sent is not sent back');
      assert.equal(fleet.serverCount, 0);
    });
  }

  it('refuses infinities that JSON can hide', async (t) => {
    const { send } = await feedApp(t);
    const answer = await send(
      `{"records":[{"timestamp":"${NOW}","server_name":"a","load_average":1e999,"uptime_days":-1e999}]}`,
    );
    assert.equal(answer.statusCode, 422);
    assert.deepEqual(
      answer.json().detail.map((issue: { type: string }) => issue.type),
      ['finite_number', 'finite_number'],
    );
  });

  it('refuses what is no list of objects', async (t) => {
    const { send } = await feedApp(t);
    const bodies: readonly (readonly [unknown, readonly unknown[], string])[] = [
      [[], ['body'], 'dict_type'],
      ['null', ['body'], 'dict_type'],
      ['7', ['body'], 'dict_type'],
      [{}, ['body', 'records'], 'missing'],
      [{ records: {} }, ['body', 'records'], 'list_type'],
      [{ records: null }, ['body', 'records'], 'list_type'],
      [{ records: [null] }, ['body', 'records', 0], 'dict_type'],
      [{ records: [[1]] }, ['body', 'records', 0], 'dict_type'],
    ];
    for (const [body, loc, type] of bodies) {
      const answer = await send(body);
      assert.equal(answer.statusCode, 422, JSON.stringify(body));
      assert.deepEqual(answer.json().detail[0].loc, loc);
      assert.equal(answer.json().detail[0].type, type);
    }
  });

  it('refuses broken JSON with 400, other content with 415, a body too large with 413', async (t) => {
    const { send } = await feedApp(t, { config: { bodyLimitMebibytes: 1 } });
    assert.equal((await send('{"records": [')).statusCode, 400);
    assert.equal((await send('{"__proto__": {"records": []}}')).statusCode, 400);
    assert.equal((await send('a,b', '', { 'content-type': 'text/csv' })).statusCode, 415);
    assert.equal((await send({ records: [], padding: 'x'.repeat(2 ** 21) })).statusCode, 413);
  });

  it('takes the good records and lists the others with partial=true', async (t) => {
    const { fleet, registry, send } = await feedApp(t);
    const answer = await send(
      { records: [record({ server_name: 'good' }), record({ server_name: 'bad', swap_used_pct: 101 })] },
      '?partial=true',
    );
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json().records_received, 2);
    assert.equal(answer.json().records_accepted, 1);
    assert.deepEqual(answer.json().rejected[0].loc, ['body', 'records', 1, 'swap_used_pct']);
    assert.deepEqual(
      [...fleet.servers()].map(({ name }) => name),
      ['good'],
    );
    assert.match(await registry.metrics(), /points_rejected_total\{reason="less_than_equal"\} 1/);
    assert.equal((await send({ records: [] }, '?partial=maybe')).statusCode, 422);
  });

  it('keeps a long list of mistakes short', async (t) => {
    const { send } = await feedApp(t);
    const answer = await send({ records: Array.from({ length: 5000 }, () => ({})) });
    const { detail } = answer.json();
    assert.equal(detail.length, 101);
    assert.match(detail[100].msg, /9900 more/);
  });

  it('lets those it knows go on when the fleet is full, and names the newcomer', async (t) => {
    const { fleet, send } = await feedApp(t, { maxServers: 1 });
    await send({ records: [record()] });
    const answer = await send({
      records: [record({ mem_used_pct: 50 }), record({ server_name: 'newcomer' })],
    });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json().records_accepted, 1);
    assert.deepEqual(answer.json().rejected[0].loc, ['body', 'records', 1, 'server_name']);
    assert.equal(fleet.stats.refused.fleet_full, 1);
    assert.equal(fleet.stats.points, 2 * METRIC_COUNT);
  });

  it('needs the ingest scope, and is limited to 60 requests a minute', async (t) => {
    const reader = await feedApp(t, { scopes: ['read'] });
    assert.equal((await reader.send({ records: [] })).statusCode, 403);
    const writer = await feedApp(t, { scopes: ['ingest'] });
    for (let i = 0; i < 60; i++) assert.equal((await writer.send({ records: [] })).statusCode, 200);
    const answer = await writer.send({ records: [] });
    assert.equal(answer.statusCode, 429);
    assert.ok(Number(answer.headers['retry-after']) > 0);
  });

  it('answers 200 or 422 to anything that is JSON, and never half takes a request', async (t) => {
    const { fleet, send } = await feedApp(t, { config: { rateLimits: { enabled: false } } });
    const field = fc.oneof(
      fc.constantFrom('timestamp', 'server_name', 'status', 'cpu_idle_pct'),
      fc.string(),
    );
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(NOW, 'web1', 50, 'healthy'));
    const anyRecord = fc.oneof(
      fc.dictionary(field, value, { maxKeys: 6 }),
      fc.jsonValue(),
      fc.constant(record({ server_name: 'web1' })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { maxLength: 5 }), fc.boolean(), async (records, partial) => {
        const before = fleet.stats.points;
        const answer = await send({ records }, `?partial=${partial}`);
        const proto = JSON.stringify(records).includes('__proto__');
        assert.ok([200, 422].includes(answer.statusCode) || (proto && answer.statusCode === 400));
        if (answer.statusCode !== 200) assert.equal(fleet.stats.points, before);
      }),
      { numRuns: 300 },
    );
  });
});
