/** The preview's server: what it tells a browser, and what it keeps to itself. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { before, describe, it, type TestContext } from 'node:test';
import { ensurePluginBuilt } from '../server/build.ts';
import { createPreview } from '../server/preview.ts';

const SECRET = 'a-key-that-nobody-may-see';
const admin = { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` };

describe('the preview', () => {
  let dist = '';
  before(async () => {
    dist = await ensurePluginBuilt();
  });

  async function started(t: TestContext): Promise<string> {
    const server = createPreview({
      dist,
      host: dist,
      backend: 'http://127.0.0.1:1',
      keys: { apiKey: SECRET },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('serves the page with the plugins, the navigation of the role, and no secret', async (t) => {
    const url = await started(t);
    const asAdmin = await (await fetch(`${url}/a/argus-app/fleet`)).text();
    assert.match(asAdmin, /preview without Grafana/);
    assert.match(asAdmin, /argus-forecast-panel/);
    assert.match(asAdmin, /"text":"Configuration"/);
    assert.ok(!asAdmin.includes(SECRET));
    const asViewer = await fetch(`${url}/a/argus-app/fleet`, {
      headers: { cookie: 'argus_preview_role=Viewer' },
    });
    assert.doesNotMatch(await asViewer.text(), /"text":"Configuration"/);
  });

  it('tells that a secret is set, never what it is', async (t) => {
    const url = await started(t);
    for (const path of ['/api/datasources/uid/argus', '/api/datasources', '/api/frontend/settings']) {
      const text = await (await fetch(`${url}${path}`)).text();
      assert.ok(!text.includes(SECRET), path);
    }
    const settings = (await (await fetch(`${url}/api/datasources/uid/argus`)).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual(settings.secureJsonFields, { apiKey: true });
  });

  it('lets administrators alone change data sources and users', async (t) => {
    const url = await started(t);
    const headers = { ...admin, 'content-type': 'application/json' };
    const create = { method: 'POST', headers, body: JSON.stringify({ login: 'v', password: 'p' }) };
    assert.equal((await fetch(`${url}/api/admin/users`, create)).status, 200);
    const viewer = { authorization: `Basic ${Buffer.from('v:p').toString('base64')}` };
    for (const [method, path] of [
      ['PUT', '/api/datasources/uid/argus'],
      ['DELETE', '/api/datasources/uid/argus'],
      ['POST', '/api/datasources'],
      ['POST', '/api/plugins/argus-app/settings'],
      ['POST', '/api/admin/users'],
    ] as const) {
      assert.equal(
        (await fetch(`${url}${path}`, { method, headers: viewer })).status,
        403,
        `${method} ${path}`,
      );
    }
    const wrong = { authorization: `Basic ${Buffer.from('v:wrong').toString('base64')}` };
    assert.equal((await fetch(`${url}/api/user`, { headers: wrong })).status, 401);
  });

  it('remembers the role and the theme that the address asks for', async (t) => {
    const url = await started(t);
    const response = await fetch(`${url}/a/argus-app/fleet?search=x&role=Editor&theme=light`, {
      redirect: 'manual',
    });
    assert.equal(response.headers.get('location'), '/a/argus-app/fleet?search=x');
    assert.deepEqual(
      response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]),
      ['argus_preview_role=Editor', 'argus_preview_theme=light'],
    );
  });

  it('serves files of the plugins and of nothing else', async (t) => {
    const url = await started(t);
    for (const path of [
      'argus-app/module.js',
      'argus-datasource/module.js',
      'argus-fleet-panel/plugin.json',
    ]) {
      assert.equal((await fetch(`${url}/public/plugins/${path}`)).status, 200, path);
    }
    for (const path of [
      'plugins/argus-app/..%2f..%2fpackage.json',
      'plugins/other/module.js',
      'other/x',
      'plugins/argus-app/',
    ]) {
      assert.equal((await fetch(`${url}/public/${path}`)).status, 404, path);
    }
  });

  it('answers bad JSON as bad, and what it does not have as missing', async (t) => {
    const url = await started(t);
    const bad = await fetch(`${url}/api/datasources`, { method: 'POST', headers: admin, body: '{' });
    assert.equal(bad.status, 400);
    assert.equal((await fetch(`${url}/api/no-such-thing`)).status, 404);
    assert.equal((await fetch(`${url}/api/datasources/uid/none`)).status, 404);
    assert.equal((await fetch(`${url}/api/dashboards/uid/none`)).status, 404);
    assert.equal((await fetch(`${url}/api/dashboards/uid/argus-fleet`)).status, 200);
  });
});
