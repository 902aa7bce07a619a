import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request as tlsRequest } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import createError from '@fastify/error';
import { Registry } from 'prom-client';
import { KeyStore } from '../../src/api/keys.ts';
import { buildServer, closeServer, listen } from '../../src/api/server.ts';
import { apiConfig, buildApp, HandClock, silent, temporaryFolder } from './helper.ts';

const open = { config: { scope: 'open' } } as const;

async function bareServer(t: TestContext, config: object = {}) {
  const keys = new KeyStore(join(temporaryFolder(t), 'keys.json'), new HandClock(), silent);
  const settings = apiConfig({ port: 0, ...config });
  const app = await buildServer({
    config: settings,
    keys,
    logger: silent,
    registry: new Registry(),
    version: '0',
  });
  t.after(() => app.close());
  return { app, keys, settings };
}

test('a route that is not there is answered with 404, its address and no more', async (t) => {
  const { app } = await buildApp(t);
  const answer = await app.inject(`/nowhere/${'x'.repeat(5000)}?secret=1`);
  assert.equal(answer.statusCode, 404);
  const { detail, code } = answer.json();
  assert.equal(code, 'ARGUS_NOT_FOUND');
  assert.match(detail, /^There is no GET \/nowhere\/x+ here/);
  assert.ok(detail.length < 400);
  assert.doesNotMatch(detail, /secret/);
});

test('a method that a route does not have is answered with 404', async (t) => {
  const { app } = await buildApp(t);
  const answer = await app.inject({ method: 'DELETE', url: '/predictions/current' });
  assert.equal(answer.statusCode, 404);
  assert.match(answer.json().detail, /DELETE \/predictions\/current/);
});

const brokenBodies = [
  {
    what: 'JSON cut off',
    payload: '{"records": [',
    type: 'application/json',
    status: 400,
    code: 'ARGUS_MALFORMED_JSON',
  },
  {
    what: 'an empty JSON body',
    payload: '',
    type: 'application/json',
    status: 400,
    code: 'ARGUS_MALFORMED_JSON',
  },
  {
    what: 'bytes that are no text',
    payload: Buffer.from([0xff, 0xfe, 0]),
    type: 'application/json',
    status: 400,
    code: 'ARGUS_MALFORMED_JSON',
  },
  {
    what: 'a poisoned prototype',
    payload: '{"__proto__": {"admin": true}}',
    type: 'application/json',
    status: 400,
    code: 'ARGUS_MALFORMED_JSON',
  },
  {
    what: 'plain text',
    payload: '{}',
    type: 'text/plain',
    status: 415,
    code: 'ARGUS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'a form',
    payload: 'a=1',
    type: 'application/x-www-form-urlencoded',
    status: 415,
    code: 'ARGUS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'an unreadable content type',
    payload: '{}',
    type: '///',
    status: 415,
    code: 'ARGUS_MEDIA_TYPE_UNSUPPORTED',
  },
  {
    what: 'two MiB where one is allowed',
    payload: JSON.stringify('x'.repeat(2 ** 21)),
    type: 'application/json',
    status: 413,
    code: 'ARGUS_BODY_TOO_LARGE',
  },
];
for (const { what, payload, type, status, code } of brokenBodies) {
  test(`a body of ${what} is refused with ${status}`, async (t) => {
    const { app } = await buildApp(t, {
      config: { bodyLimitMebibytes: 1 },
      routes: (server) => server.post('/echo', open, async ({ body }) => body),
    });
    const answer = await app.inject({
      method: 'POST',
      url: '/echo',
      payload,
      headers: { 'content-type': type },
    });
    assert.equal(answer.statusCode, status);
    assert.equal(answer.json().code, code);
  });
}

test('an address that is not validly encoded is refused with 400', async (t) => {
  const { app } = await buildApp(t);
  const answer = await app.inject('/servers/%E0%A4%A');
  assert.equal(answer.statusCode, 400);
  assert.equal(answer.json().code, 'ARGUS_MALFORMED_REQUEST');
  assert.ok(answer.headers['content-type']?.toString().startsWith('application/json'));
});

test('a part of an address longer than any server name is refused with 414', async (t) => {
  const { app } = await buildApp(t);
  const answer = await app.inject(`/servers/${'x'.repeat(4000)}`);
  assert.equal(answer.statusCode, 414);
  assert.equal(answer.json().code, 'ARGUS_URI_TOO_LONG');
});

test('a failure of ours tells its request id and nothing of its inside', async (t) => {
  const { app } = await buildApp(t, {
    routes: (server) =>
      server.get('/broken', open, async () => {
        throw new Error('cannot read /etc/shadow at Object.<anonymous>');
      }),
  });
  const answer = await app.inject('/broken');
  assert.equal(answer.statusCode, 500);
  const body = answer.json();
  assert.equal(body.code, 'ARGUS_INTERNAL');
  assert.equal(body.error, 'Internal Server Error');
  assert.equal(body.request_id, answer.headers['x-request-id']);
  assert.doesNotMatch(answer.body, /shadow|anonymous|stack/);
});

test('an error without our code that carries a client status does not show its message', async (t) => {
  const { app } = await buildApp(t, {
    routes: (server) =>
      server.get('/library', open, async () => {
        throw Object.assign(new Error('inner secret'), { statusCode: 409 });
      }),
  });
  const answer = await app.inject('/library');
  assert.equal(answer.statusCode, 409);
  assert.doesNotMatch(answer.body, /secret/);
});

test('a thrown value that is no error is a failure of ours', async (t) => {
  const { app } = await buildApp(t, {
    routes: (server) =>
      server.get('/odd', open, async () => {
        throw { toString: () => 'secret' };
      }),
  });
  const answer = await app.inject('/odd');
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json().code, 'ARGUS_INTERNAL');
});

test('a coded error of another stage keeps its status, message and time to wait', async (t) => {
  const Busy = createError('ARGUS_BUSY', 'Busy; come back.', 503);
  const { app } = await buildApp(t, {
    routes: (server) =>
      server.get('/busy', open, async () => {
        throw Object.assign(new Busy(), { retryAfterSeconds: 7 });
      }),
  });
  const answer = await app.inject('/busy');
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json(), { detail: 'Busy; come back.', code: 'ARGUS_BUSY' });
  assert.equal(answer.headers['retry-after'], '7');
});

test('every answer carries headers that keep browsers from guessing, framing and caching', async (t) => {
  const { app } = await buildApp(t);
  for (const url of ['/health', '/nowhere', '/predictions/current']) {
    const { headers } = await app.inject(url);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.equal(headers['strict-transport-security'], undefined);
  }
});

test('a route without a scope stops the start and is named', async (t) => {
  const { app } = await bareServer(t);
  assert.throws(() => app.get('/forgotten', async () => 'x'), {
    code: 'ARGUS_ROUTE_WITHOUT_SCOPE',
    message: /GET \/forgotten/,
  });
});

test('without configured origins no page of another site may read the API', async (t) => {
  const { app } = await buildApp(t);
  const answer = await app.inject({ url: '/health', headers: { origin: 'https://evil.example' } });
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
});

test('a configured origin may read the API and another one may not', async (t) => {
  const { app } = await buildApp(t, { config: { corsOrigins: ['https://grafana.example'] } });
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/predictions/current',
      headers: { origin, 'access-control-request-method': 'GET' },
    });
  const friend = await preflight('https://grafana.example');
  assert.equal(friend.statusCode, 204);
  assert.equal(friend.headers['access-control-allow-origin'], 'https://grafana.example');
  const stranger = await preflight('https://evil.example');
  assert.notEqual(stranger.headers['access-control-allow-origin'], 'https://evil.example');
});

test('more requests than allowed are answered with 429 and the time to wait', async (t) => {
  const { app } = await buildApp(t, { config: { rateLimits: { forecastsPerMinute: 3 } } });
  for (let i = 0; i < 3; i++) assert.equal((await app.inject('/alerts/active')).statusCode, 200);
  const answer = await app.inject('/alerts/active');
  assert.equal(answer.statusCode, 429);
  assert.match(answer.json().detail, /^Rate limit exceeded\. Try again in \d+ seconds\.$/);
  assert.equal(answer.json().code, 'ARGUS_RATE_LIMITED');
  assert.ok(Number(answer.headers['retry-after']) >= 1);
  assert.equal(
    (await app.inject('/predictions/current')).statusCode,
    200,
    'each route is counted on its own',
  );
});

test("the seed's limits hold by default", async (t) => {
  const routes = (server: Parameters<NonNullable<Parameters<typeof buildApp>[1]>['routes'] & object>[0]) => {
    server.post('/feed/data', open, async () => 'ok');
    server.get('/explain/:name', open, async () => 'ok');
    server.get('/admin/models', open, async () => 'ok');
    server.post('/admin/reload-model', open, async () => 'ok');
  };
  const { app } = await buildApp(t, { routes });
  const limitOf = async (method: 'GET' | 'POST', url: string) =>
    Number((await app.inject({ method, url })).headers['x-ratelimit-limit']);
  assert.equal(await limitOf('POST', '/feed/data'), 60);
  assert.equal(await limitOf('GET', '/predictions/current'), 30);
  assert.equal(await limitOf('GET', '/alerts/active'), 30);
  assert.equal(await limitOf('GET', '/explain/a'), 30);
  assert.equal(await limitOf('POST', '/admin/reload-model'), 10);
  assert.equal(await limitOf('GET', '/admin/models'), 300);
  assert.equal(await limitOf('GET', '/health'), 300);
});

test('limits can be turned off, and for one route by itself', async (t) => {
  const { app } = await buildApp(t, { config: { rateLimits: { enabled: false } } });
  assert.equal((await app.inject('/health')).headers['x-ratelimit-limit'], undefined);
  const other = await buildApp(t, {
    routes: (server) =>
      server.get('/free', { config: { scope: 'open', rateLimit: false } }, async () => 'ok'),
  });
  assert.equal((await other.app.inject('/free')).headers['x-ratelimit-limit'], undefined);
});

test('addresses that do not exist are counted too', async (t) => {
  const { app } = await buildApp(t, { config: { rateLimits: { otherPerMinute: 2 } } });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await app.inject(`/guess-${i}`)).statusCode);
  assert.deepEqual(statuses, [404, 404, 429]);
});

test('a forwarded address is believed from a trusted proxy only', async (t) => {
  const routes = (server: Parameters<NonNullable<Parameters<typeof buildApp>[1]>['routes'] & object>[0]) => {
    server.get('/ip', open, async ({ ip }) => ({ ip }));
  };
  const forwarded = { url: '/ip', headers: { 'x-forwarded-for': '203.0.113.9' } };
  const plain = await buildApp(t, { routes });
  assert.equal((await plain.app.inject(forwarded)).json().ip, '127.0.0.1');
  const behindProxy = await buildApp(t, { routes, config: { trustedProxies: ['127.0.0.0/8'] } });
  assert.equal((await behindProxy.app.inject(forwarded)).json().ip, '203.0.113.9');
});

test('bytes that are not HTTP get a 400 and the connection is closed', async (t) => {
  const { app, keys, settings } = await bareServer(t);
  const address = new URL(await listen(app, settings, keys));
  const socket = connect(Number(address.port), address.hostname);
  socket.end('NONSENSE\r\n\r\n');
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(answer, /ARGUS_MALFORMED_REQUEST/);
});

test('a port that is taken is reported with the address and the way out', async (t) => {
  const taken = createTcpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const { app, keys, settings } = await bareServer(t, { port });
  await assert.rejects(listen(app, settings, keys), {
    code: 'ARGUS_CANNOT_LISTEN',
    message: new RegExp(`127\\.0\\.0\\.1:${port}.*EADDRINUSE.*another`),
  });
});

for (const host of ['0.0.0.0', '::', '192.0.2.1', 'argus.example']) {
  test(`without a key listening on ${host} is refused and the way to make one is told`, async (t) => {
    const { app, keys, settings } = await bareServer(t, { host });
    await assert.rejects(listen(app, settings, keys), {
      code: 'ARGUS_KEYS_NEEDED',
      message: /argus keys create/,
    });
  });
}

/** A self-signed certificate, or null on a machine without openssl. */
function selfSigned(t: TestContext): { readonly certFile: string; readonly keyFile: string } | null {
  const folder = temporaryFolder(t);
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const outputs = ['-keyout', files.keyFile, '-out', files.certFile];
  const args = ['req', '-x509', '-nodes', '-days', '1', '-subj', '/CN=localhost', ...curve, ...outputs];
  return spawnSync('openssl', args, { stdio: 'ignore' }).status === 0 ? files : null;
}

test('over TLS the answer comes encrypted and asks browsers to stay there', async (t) => {
  const tls = selfSigned(t);
  if (tls === null) return t.skip('openssl is not installed');
  const { app, keys, settings } = await bareServer(t, { tls });
  app.get('/x', open, async () => 'ok');
  const address = await listen(app, settings, keys);
  assert.match(address, /^https:/);
  const request = tlsRequest(`${address}/x`, { rejectUnauthorized: false, agent: false }).end();
  const [response] = await once(request, 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
  assert.match(response.headers['strict-transport-security'], /max-age/);
});

test('a certificate that cannot be read stops the start and is named', async (t) => {
  const tls = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' };
  await assert.rejects(bareServer(t, { tls }), {
    code: 'ARGUS_TLS_UNREADABLE',
    message: /\/nowhere\/cert\.pem/,
  });
});

test('closing lets a running request finish', async (t) => {
  const { app, keys, settings } = await bareServer(t);
  const running = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  app.get('/slow', open, async () => {
    running.resolve();
    await release.promise;
    return { done: true };
  });
  const answer = fetch(`${await listen(app, settings, keys)}/slow`);
  await running.promise;
  const closed = closeServer(app, 60);
  release.resolve();
  assert.deepEqual(await (await answer).json(), { done: true });
  await closed;
});

test('closing cuts a request that does not finish in its time', async (t) => {
  const { app, keys, settings } = await bareServer(t);
  const running = Promise.withResolvers<void>();
  app.get('/stuck', open, () => {
    running.resolve();
    return new Promise<never>(() => {});
  });
  const answer = assert.rejects(fetch(`${await listen(app, settings, keys)}/stuck`));
  await running.promise;
  await closeServer(app, 0.05);
  await answer;
});

test('requests are counted by route and never by the name in the address', async (t) => {
  const { app, registry } = await buildApp(t);
  await app.inject('/servers/ppdb001');
  await app.inject('/servers/unknown-name');
  const text = await registry.metrics();
  assert.match(text, /argus_http_requests_total\{route="\/servers\/:name",method="GET",code="200"\} 1/);
  assert.match(text, /argus_http_requests_total\{route="\/servers\/:name",method="GET",code="404"\} 1/);
  assert.doesNotMatch(text, /unknown-name/);
});
