/** The preview's proxy decides as plugin.json says and as Grafana 12.4 was seen to. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { HttpError } from '../server/errors.ts';
import { PLUGIN_FOLDER } from '../server/paths.ts';
import type { PluginJson, PluginMeta } from '../server/plugins.ts';
import { fillIn, matchRoute, proxy } from '../server/proxy.ts';
import type { Role } from '../server/roles.ts';

const json = JSON.parse(readFileSync(`${PLUGIN_FOLDER}/src/datasource/plugin.json`, 'utf8')) as PluginJson;
const meta: PluginMeta = { ...json, module: '', baseUrl: '', signature: 'unsigned' };
const routes = json.routes ?? [];

function dataSource(url: string) {
  const secureJsonData = { apiKey: 'read-key', adminKey: 'admin-key' };
  const common = { id: 1, uid: 'argus', type: json.id, name: 'Argus', isDefault: true, readOnly: false };
  return { ...common, version: 1, url, jsonData: {}, secureJsonData };
}

const refused = (error: unknown) => error instanceof HttpError && error.status === 403;

it('everybody may read, administrators alone may change anything', () => {
  for (const role of ['Viewer', 'Editor', 'Admin'] as const) {
    assert.equal(matchRoute(routes, 'GET', 'api/servers', role)?.path, 'api/');
    assert.equal(matchRoute(routes, 'POST', 'api/what-if', role)?.path, 'api/what-if');
  }
  for (const role of ['Viewer', 'Editor'] as const) {
    assert.throws(() => matchRoute(routes, 'POST', 'api/admin/trigger-training', role), refused);
  }
  assert.equal(matchRoute(routes, 'POST', 'api/admin/trigger-training', 'Admin')?.path, 'api/admin/');
});

it('nobody gets past the routes', () => {
  for (const role of ['Viewer', 'Editor', 'Admin'] as const) {
    assert.throws(() => matchRoute(routes, 'POST', 'api/feed/data', role), refused);
    assert.throws(() => matchRoute(routes, 'GET', 'metrics', role), refused);
  }
});

it('fills in values, and leaves out what stands in a with whose value is missing', () => {
  const source = dataSource('http://argus:8000');
  assert.equal(fillIn('{{ .URL }}/admin', source), 'http://argus:8000/admin');
  assert.equal(fillIn('{{ with .SecureJsonData.apiKey }}{{ . }}{{ end }}', source), 'read-key');
  assert.equal(fillIn('{{ with .SecureJsonData.other }}Bearer {{ . }}{{ end }}', source), '');
});

/** A proxy for one role before a service that answers as told. */
async function proxied(
  t: TestContext,
  role: Role,
  answer: Parameters<typeof createServer>[1],
): Promise<string> {
  const service = createServer(answer);
  const front = createServer((request, response) => {
    const { port } = service.address() as AddressInfo;
    const url = new URL(request.url ?? '/', 'http://front');
    const source = dataSource(`http://127.0.0.1:${port}`);
    proxy(request, response, source, meta, role, url.pathname.slice(1), url.search);
  });
  for (const server of [service, front]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
  }
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
}

it('sends the key of the route on, the path as it was encoded, and no cookie', async (t) => {
  const url = await proxied(t, 'Viewer', (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path: request.url, headers: request.headers }));
  });
  const response = await fetch(`${url}/api/servers/a%2Fb?x=1`, { headers: { cookie: 'session=secret' } });
  const { path, headers } = (await response.json()) as { path: string; headers: Record<string, string> };
  assert.equal(path, '/servers/a%2Fb?x=1');
  assert.equal(headers['x-api-key'], 'read-key');
  assert.equal(headers.cookie, undefined);
});

it('adds nothing to a path that is all of its route', async (t) => {
  const url = await proxied(t, 'Viewer', (request, response) => response.end(request.url));
  const response = await fetch(`${url}/api/what-if`, { method: 'POST', body: '{}' });
  assert.equal(await response.text(), '/what-if');
});

it("turns a data source's 401 into 400, so that it does not look like the end of the session", async (t) => {
  const url = await proxied(t, 'Viewer', (_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail":"no key"}');
  });
  const response = await fetch(`${url}/api/servers`);
  assert.equal(response.status, 400);
  assert.equal(await response.text(), 'Authentication to data source failed');
});

it('answers an empty 502 where the data source cannot be reached', async (t) => {
  const url = await proxied(t, 'Viewer', (request) => request.socket.destroy());
  const response = await fetch(`${url}/api/servers`);
  assert.equal(response.status, 502);
  assert.equal(await response.text(), '');
});
