/** Silences and annotations of other systems, told by HTTP servers of this test. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { PastWindows } from '../../src/annotations/past.ts';
import { FetchedWindows } from '../../src/annotations/refresh.ts';
import { alertmanagerSource, grafanaSource } from '../../src/annotations/sources.ts';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { folderUntilExit } from '../folders.ts';

const NOW = Date.UTC(2026, 4, 1);
const HOUR_MS = 3_600_000;
const iso = (timeMs: number) => new Date(timeMs).toISOString();
const profile = (name: string) => PROFILES.findIndex((known) => known.name === name);
const SERVERS = [
  { name: 'ppdb001', profile: profile('database') },
  { name: 'ppdb002', profile: profile('database') },
  { name: 'ppapi001', profile: profile('web_api') },
];

/** A server that answers every request with what `answer` gives. */
async function serving(
  t: TestContext,
  answer: (request: IncomingMessage) => { status?: number; body: string },
) {
  const server = createServer((request, response) => {
    const { status = 200, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('silences of Alertmanager', () => {
  const silence = (id: string, matchers: readonly object[], changes: object = {}) => ({
    id,
    matchers,
    startsAt: iso(NOW - HOUR_MS),
    endsAt: iso(NOW + HOUR_MS),
    comment: 'patching',
    ...changes,
  });
  const is = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });

  it('become windows of the servers they match, and others do not', async (t) => {
    const silences = [
      silence('exact', [is('server', 'ppdb001')]),
      silence('regex', [{ name: 'server', value: 'ppdb.*', isRegex: true, isEqual: true }]),
      silence('part', [{ name: 'server', value: 'ppdb', isRegex: true, isEqual: true }]),
      silence('profile', [is('profile', 'web_api')]),
      silence('not', [{ name: 'server', value: 'ppdb001', isRegex: false, isEqual: false }]),
      silence('both', [is('profile', 'database'), is('server', 'ppdb002')]),
      silence('other label', [is('server', 'ppdb001'), is('alertname', 'HighLatency')]),
      silence('expired', [is('server', 'ppdb001')], { endsAt: iso(NOW - 1) }),
      silence('far', [is('server', 'ppdb001')], {
        startsAt: iso(NOW + 30 * 24 * HOUR_MS),
        endsAt: iso(NOW + 31 * 24 * HOUR_MS),
      }),
      silence('broken', [{ name: 'server', value: '(', isRegex: true }]),
      silence('odd', [], { matchers: 'none' }),
      null,
    ];
    const url = await serving(t, ({ url: path }) => {
      assert.equal(path, '/api/v2/silences');
      return { body: JSON.stringify(silences) };
    });
    const found = await alertmanagerSource({
      url: `${url}/`,
      serverLabel: 'server',
      profileLabel: 'profile',
    }).fetch(SERVERS, NOW);
    assert.deepEqual(Object.fromEntries(found.map(({ id, server_names }) => [id, server_names])), {
      'alertmanager-exact': ['ppdb001'],
      'alertmanager-regex': ['ppdb001', 'ppdb002'],
      'alertmanager-profile': ['ppapi001'],
      'alertmanager-not': ['ppdb002', 'ppapi001'],
      'alertmanager-both': ['ppdb002'],
    });
    assert.deepEqual(
      [found[0].kind, found[0].text, found[0].author],
      ['maintenance', 'patching', 'alertmanager'],
    );
  });
});

describe('annotations of Grafana', () => {
  it('become windows where they have an end and the tags, for whom their tags say', async (t) => {
    const entry = (id: number, tags: readonly string[], changes: object = {}) => ({
      id,
      time: NOW - HOUR_MS,
      timeEnd: NOW + HOUR_MS,
      tags: ['maintenance', ...tags],
      text: 'rewiring',
      ...changes,
    });
    const entries = [
      entry(1, []),
      entry(2, ['server:ppdb001', 'server:ppdb002']),
      entry(3, ['profile:web_api']),
      entry(4, ['profile:no such profile']),
      entry(5, [], { timeEnd: NOW - HOUR_MS }),
      entry(6, [], { time: NOW + HOUR_MS, timeEnd: NOW + HOUR_MS }),
      entry(7, [], { tags: ['deploy'] }),
    ];
    let asked: IncomingMessage | undefined;
    const url = await serving(t, (request) => {
      asked = request;
      return { body: JSON.stringify(entries) };
    });
    const found = await grafanaSource({ url, tags: ['maintenance'], bearerToken: 'secret' }).fetch(
      SERVERS,
      NOW,
    );
    assert.deepEqual(
      found.map(({ id, server_names, profiles }) => [id, server_names, profiles]),
      [
        ['grafana-1', null, null],
        ['grafana-2', ['ppdb001', 'ppdb002'], null],
        ['grafana-3', null, ['web_api']],
      ],
    );
    assert.equal(asked?.headers.authorization, 'Bearer secret');
    assert.match(asked?.url ?? '', /^\/api\/annotations\?.*tags=maintenance/);
  });
});

describe('windows of other systems', () => {
  const DAY_MS = 24 * HOUR_MS;
  const told = (
    id: string,
    fromMs: number,
    toMs: number,
    servers: readonly string[] | null = ['ppdb001'],
  ) => ({
    id,
    kind: 'maintenance' as const,
    alert_id: null,
    server_names: servers,
    profiles: null,
    fromMs,
    toMs,
    recurrence: null,
    text: '',
    createdMs: fromMs,
    author: 'grafana',
  });
  const spans = (past: PastWindows) => [...past.all()].map(({ id, fromMs, toMs }) => [id, fromMs, toMs]);

  async function opened(path = join(folderUntilExit('argus-windows-'), 'deep', 'elsewhere.json')) {
    const errors: string[] = [];
    const logger = { error: (_fields: object, message?: string) => errors.push(message ?? '') };
    return { path, errors, past: await PastWindows.open(path, NOW, logger as never) };
  }

  it('are known when they are over and after a restart, those to come are not', async () => {
    const { past, path } = await opened();
    const [over, coming] = [told('a', NOW - 10, NOW + 10), told('b', NOW + 100, NOW + 200)];
    await past.told('grafana', [over, coming], NOW);
    await past.told('grafana', [], NOW + 20);
    const again = (await opened(path)).past;
    assert.deepEqual(spans(again), [['a', NOW - 10, NOW + 10]]);
    assert.deepEqual(spans(past), spans(again));
  });

  it('end when their source ends them before their time, and change as it changes them', async () => {
    const { past } = await opened();
    await past.told('grafana', [told('a', NOW, NOW + 50), told('b', NOW, NOW + 50)], NOW);
    await past.told('alertmanager', [], NOW + 5);
    await past.told('grafana', [told('b', NOW, NOW + 90)], NOW + 10);
    assert.deepEqual(spans(past), [
      ['a', NOW, NOW + 10],
      ['b', NOW, NOW + 90],
    ]);
  });

  it('are of every server that was meant at some time of theirs', async () => {
    const { past } = await opened();
    await past.told('grafana', [told('a', NOW, NOW + 50, ['x', 'y'])], NOW);
    await past.told('grafana', [told('a', NOW, NOW + 50, ['y', 'z'])], NOW + 1);
    assert.deepEqual([...past.all()][0].server_names, ['x', 'y', 'z']);
  });

  it('are forgotten after three months, and never more than ten thousand', async () => {
    const { past } = await opened();
    await past.told('grafana', [told('old', NOW - 1, NOW + 1)], NOW);
    const later = NOW + 93 * DAY_MS;
    const many = Array.from({ length: 10_005 }, (_, i) => told(`${i}`, later - 1, later + i + 1));
    await past.told('grafana', many, later);
    const ids = [...past.all()].map(({ id }) => id);
    assert.equal(ids.length, 10_000);
    assert.ok(!ids.includes('old') && !ids.includes('4') && ids.includes('5'));
  });

  it('outlive a damaged file by what is told next, and it is set aside', async () => {
    const { path } = await opened();
    mkdirSync(dirname(path));
    for (const damage of ['[{"id":', '{}', '[{"id":"a"}]', 'null']) {
      writeFileSync(path, damage);
      const { past, errors } = await opened(path);
      assert.equal(errors.length, 1, damage);
      await past.told('grafana', [told('a', NOW, NOW + 1)], NOW);
      assert.equal(spans((await opened(path)).past).length, 1);
    }
    assert.ok(readdirSync(dirname(path)).some((name) => name.includes('.damaged-')));
  });
});

describe('a source that fails', () => {
  it('keeps what it said last, and is complained of once', async (t) => {
    const answers: { status?: number; body: string }[] = [];
    const url = await serving(t, () => answers.shift() ?? { status: 503, body: '' });
    const told: string[] = [];
    const registry = new Registry();
    const windows = new FetchedWindows({
      sources: [grafanaSource({ url, tags: ['maintenance'] })],
      refreshSeconds: 60,
      servers: () => SERVERS,
      clock: { now: () => NOW },
      registry,
      logger: {
        warn: (fields: { reason: string }) => told.push(fields.reason),
        info: () => told.push('again'),
      } as never,
    });
    const good = JSON.stringify([
      { id: 1, time: NOW - 1, timeEnd: NOW + 9, tags: ['maintenance'], text: '' },
    ]);
    answers.push(
      { body: good },
      { status: 500, body: '' },
      { body: 'not json' },
      { body: '{}' },
      { body: good },
    );
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      await windows.refresh();
      seen.push(windows.all().length);
    }
    assert.deepEqual(seen, [1, 1, 1, 1, 1]);
    assert.deepEqual(told, ['it answered 500', 'again']);
    assert.match(await registry.metrics(), /argus_annotations_source_up\{source="grafana"\} 1/);
    windows.stop();
  });
});
