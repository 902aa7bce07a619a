/** Who may do what, over every door of a running Argus. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { encodeRequest } from '../ingest/otlp/messages.ts';
import { callGrpc, sendHttp } from '../ingest/otlp/receiverSupport.ts';
import { argus, eventually, runServe, serve, stop, temporaryFolder } from './support.ts';

const EVERYWHERE = ['--http', '0.0.0.0:0', '--otlp-grpc', '0.0.0.0:0', '--otlp-http', '0.0.0.0:0'];
const LOAD = encodeRequest([
  {
    resource: { 'host.name': 'web-1' },
    metrics: [{ name: 'system.cpu.load_average.1m', points: [{ timeMs: Date.now(), value: 1 }] }],
  },
]);
const RECORDS = JSON.stringify({
  records: [{ timestamp: new Date().toISOString(), server_name: 'fed-1', load_average: 1 }],
});

type Test = Parameters<typeof argus>[0];

/** A key as `argus keys create` prints it. */
async function createKey(
  t: Test,
  dataDir: string,
  name: string,
  ...scopes: readonly string[]
): Promise<string> {
  const flags = scopes.flatMap((scope) => ['--scope', scope]);
  const creating = argus(t, ['keys', 'create', '--name', name, ...flags, '--data-dir', dataDir]);
  assert.equal(await creating.ended, 0, creating.stderr());
  return creating.stdout().trim();
}

describe('without keys', () => {
  for (const flag of ['--http', '--otlp-grpc', '--otlp-http']) {
    it(`an address that other machines reach is refused (${flag})`, async (t) => {
      const running = runServe(t, { dataDir: temporaryFolder(t), args: [flag, '0.0.0.0:0'] });
      assert.equal(await running.ended, 1);
      assert.match(running.stderr(), /ARGUS_KEYS_NEEDED: .*0\.0\.0\.0.*argus keys create/);
    });
  }

  it('a page of another site that a browser on this machine shows is refused', async (t) => {
    const { addresses } = await serve(t, { dataDir: temporaryFolder(t) });
    const { port } = new URL(addresses.rest);
    const answer = await sendHttp(`127.0.0.1:${port}`, Buffer.alloc(0), {
      method: 'GET',
      path: '/predictions/current',
      headers: { Host: 'evil.example' },
    });
    assert.equal(answer.status, 403);
  });
});

describe('with keys', () => {
  it('every door asks for one with its own scope, and a revoked one opens none', async (t) => {
    const dataDir = temporaryFolder(t);
    const ingest = await createKey(t, dataDir, 'collector', 'ingest');
    const read = await createKey(t, dataDir, 'grafana', 'read');
    const admin = await createKey(t, dataDir, 'operator', 'admin');
    const wrong = `${read.slice(0, -4)}AAAA`;
    const serving = await serve(t, { dataDir, args: EVERYWHERE });
    const local = (address: string) => address.replace('0.0.0.0', '127.0.0.1');
    const rest = local(serving.addresses.rest);
    const headersOf = (key: string | undefined): Record<string, string> =>
      key === undefined ? {} : { 'X-API-Key': key };

    const get = async (path: string, key?: string) =>
      (await fetch(`${rest}${path}`, { headers: headersOf(key) })).status;
    const feed = async (key?: string) => {
      const headers = { ...headersOf(key), 'content-type': 'application/json' };
      return (await fetch(`${rest}/feed/data`, { method: 'POST', headers, body: RECORDS })).status;
    };
    const reload = async (key?: string) =>
      (await fetch(`${rest}/admin/reload-model`, { method: 'POST', headers: headersOf(key) })).status;
    const otlpHttp = async (key?: string) =>
      (await sendHttp(local(serving.addresses.otlpHttp), LOAD, { headers: headersOf(key) })).status;
    const otlpGrpc = async (key?: string) =>
      (await callGrpc(local(serving.addresses.otlpGrpc), LOAD, { headers: key ? { 'x-api-key': key } : {} }))
        .error?.code ?? status.OK;

    for (const open of ['/health', '/status']) assert.equal(await get(open), 200);
    for (const path of ['/predictions/current', '/alerts/active', '/servers', '/metrics']) {
      assert.deepEqual(
        [await get(path), await get(path, wrong), await get(path, ingest), await get(path, read)],
        [401, 403, 403, 200],
        path,
      );
    }
    assert.deepEqual(
      [await feed(), await feed(wrong), await feed(read), await feed(ingest)],
      [401, 403, 403, 200],
    );
    assert.deepEqual([await reload(), await reload(read), await reload(admin)], [401, 403, 200]);
    assert.deepEqual(
      [await otlpHttp(), await otlpHttp(wrong), await otlpHttp(read), await otlpHttp(ingest)],
      [401, 403, 403, 200],
    );
    assert.deepEqual(
      [await otlpGrpc(), await otlpGrpc(wrong), await otlpGrpc(read), await otlpGrpc(ingest)],
      [status.UNAUTHENTICATED, status.PERMISSION_DENIED, status.PERMISSION_DENIED, status.OK],
    );
    assert.deepEqual([await get('/servers', admin), await otlpHttp(admin)], [200, 200]);
    const bearer = await fetch(`${rest}/servers`, { headers: { authorization: `Bearer ${read}` } });
    assert.equal(bearer.status, 200);

    const revoking = argus(t, ['keys', 'revoke', 'grafana', '--data-dir', dataDir]);
    assert.equal(await revoking.ended, 0, revoking.stderr());
    await eventually('the revoked key to be refused', async () =>
      (await get('/servers', read)) === 403 ? true : undefined,
    );
    assert.equal(await stop(serving), 0);
    for (const key of [ingest, read, admin]) assert.ok(!serving.stderr().includes(key));
  });
});
