import assert from 'node:assert/strict';
import test from 'node:test';
import type { FastifyInstance } from 'fastify';
import { hostNameOf, isLoopback } from '../../src/api/loopback.ts';
import { buildApp } from './helper.ts';

/** One route for each scope. */
function scopedRoutes(app: FastifyInstance): void {
  for (const scope of ['open', 'read', 'ingest', 'admin'] as const) {
    app.get(`/test/${scope}`, { config: { scope } }, async () => scope);
  }
}

const allowed: readonly (readonly [scopes: readonly string[], reached: readonly string[]])[] = [
  [['read'], ['open', 'read']],
  [['ingest'], ['open', 'ingest']],
  [
    ['read', 'ingest'],
    ['open', 'read', 'ingest'],
  ],
  [['admin'], ['open', 'read', 'ingest', 'admin']],
];
for (const [scopes, reached] of allowed) {
  test(`a key with ${scopes.join(' and ')} reaches ${reached.join(', ')} and nothing else`, async (t) => {
    const { app, headers } = await buildApp(t, { scopes, routes: scopedRoutes });
    for (const scope of ['open', 'read', 'ingest', 'admin']) {
      const answer = await app.inject({ url: `/test/${scope}`, headers });
      assert.equal(answer.statusCode, reached.includes(scope) ? 200 : 403, scope);
      if (answer.statusCode === 403) {
        assert.equal(answer.json().code, 'ARGUS_SCOPE_MISSING');
        assert.match(answer.json().detail, new RegExp(`'${scope}'`));
      }
    }
  });
}

const withoutKey: readonly (readonly [what: string, headers: Record<string, string>])[] = [
  ['no header', {}],
  ['an empty X-API-Key', { 'x-api-key': '' }],
  ['another kind of authorization', { authorization: 'Basic YTpi' }],
  ['a bearer header without a token', { authorization: 'Bearer ' }],
];
for (const [what, headers] of withoutKey) {
  test(`a request with ${what} is answered with 401`, async (t) => {
    const { app } = await buildApp(t, { scopes: ['read'] });
    const answer = await app.inject({ url: '/predictions/current', headers });
    assert.equal(answer.statusCode, 401);
    assert.deepEqual(answer.json(), { detail: 'Invalid or missing API key', code: 'ARGUS_KEY_MISSING' });
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="argus"');
  });
}

test('an unknown key is answered with 403, whatever it looks like', async (t) => {
  const { app, headers } = await buildApp(t, { scopes: ['read'] });
  const wrong = [
    'argus_x',
    `${headers['x-api-key']}x`,
    headers['x-api-key'].slice(0, -1),
    '\u00ff',
    'x'.repeat(4000),
  ];
  for (const key of wrong) {
    const answer = await app.inject({ url: '/predictions/current', headers: { 'x-api-key': key } });
    assert.equal(answer.statusCode, 403);
    assert.equal(answer.json().code, 'ARGUS_KEY_WRONG');
  }
});

test('the key may come as a bearer token', async (t) => {
  const { app, headers } = await buildApp(t, { scopes: ['read'] });
  const authorization = `Bearer ${headers['x-api-key']}`;
  assert.equal((await app.inject({ url: '/servers', headers: { authorization } })).statusCode, 200);
});

test('health, status, the API description and its page need no key', async (t) => {
  const { app } = await buildApp(t, { scopes: ['read'] });
  for (const url of ['/health', '/status', '/openapi.json', '/docs', '/docs/static/swagger-ui.css']) {
    assert.equal((await app.inject(url)).statusCode, 200, url);
  }
});

test('a request without a key is refused before its body is read', async (t) => {
  const { app } = await buildApp(t, {
    scopes: ['ingest'],
    routes: (server) => server.post('/in', { config: { scope: 'ingest' } }, async () => 'ok'),
  });
  const answer = await app.inject({
    method: 'POST',
    url: '/in',
    payload: '{broken',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.statusCode, 401);
});

test('trying keys is limited by address', async (t) => {
  const { app, headers } = await buildApp(t, {
    scopes: ['read'],
    config: { rateLimits: { otherPerMinute: 3 } },
  });
  const statuses = [];
  for (let i = 0; i < 4; i++) {
    statuses.push((await app.inject({ url: '/servers', headers: { 'x-api-key': `guess-${i}` } })).statusCode);
  }
  assert.deepEqual(statuses, [403, 403, 403, 429]);
  assert.equal(
    (await app.inject({ url: '/servers', headers })).statusCode,
    200,
    'a known key has its own count',
  );
});

test('without any key everything is open to requests addressed to this machine', async (t) => {
  const { app } = await buildApp(t, { routes: scopedRoutes });
  for (const host of ['localhost:8000', '127.0.0.1', '[::1]:8000', 'argus.localhost']) {
    assert.equal((await app.inject({ url: '/test/admin', headers: { host } })).statusCode, 200, host);
  }
});

test('without any key a request addressed to another name is refused, as a rebound DNS name would send it', async (t) => {
  const { app } = await buildApp(t);
  for (const host of [
    'evil.example',
    'evil.example:8000',
    '127.0.0.1.evil.example',
    '192.0.2.1',
    '[2001:db8::1]:80',
  ]) {
    const answer = await app.inject({ url: '/predictions/current', headers: { host } });
    assert.equal(answer.statusCode, 403, host);
    assert.equal(answer.json().code, 'ARGUS_HOST_NOT_LOCAL');
  }
});

test('with keys the name in the address does not matter', async (t) => {
  const { app, headers } = await buildApp(t, { scopes: ['read'] });
  const answer = await app.inject({ url: '/servers', headers: { ...headers, host: 'argus.example' } });
  assert.equal(answer.statusCode, 200);
});

test('loopback is recognised in every notation and nothing else is', () => {
  for (const host of [
    '127.0.0.1',
    '127.8.9.10',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
  ]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.0.0.1.nip.io',
    'localhost.evil.example',
    '',
    '::2',
    '128.0.0.1',
  ]) {
    assert.ok(!isLoopback(host), host);
  }
  assert.equal(hostNameOf('[::1]:8000'), '[::1]');
  assert.equal(hostNameOf('localhost'), 'localhost');
});
