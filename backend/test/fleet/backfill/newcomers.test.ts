import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { METRIC } from '../../../src/catalog/metrics.ts';
import { FleetBackfill } from '../../../src/fleet/backfill/newcomers.ts';
import { silent } from '../diskSupport.ts';
import { backfillConfig, newFleet } from '../support.ts';

const MEMORY = 'node_memory_MemAvailable_bytes';

/** A Prometheus in which every server used 50 % of its memory at the end of each range that is asked for. */
async function startPrometheus(t: TestContext, servers: readonly string[]) {
  const queries: string[] = [];
  const state = { isDown: false };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const query = form.get('query') ?? '';
    queries.push(query);
    const values = [[Number(form.get('end')), '50']];
    const series = servers.map((instance) => ({ metric: { instance: `${instance}:9100` }, values }));
    const data = { resultType: 'matrix', result: query.includes(MEMORY) ? series : [] };
    response.writeHead(state.isDown ? 503 : 200).end(JSON.stringify({ status: 'success', data }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { prometheusUrl: `http://127.0.0.1:${port}`, queries, state };
}

async function setUp(
  t: TestContext,
  settings: { servers: 'all' | 'reporting' },
  known: readonly string[] = [],
) {
  const { prometheusUrl, queries, state } = await startPrometheus(t, ['a', 'b', 'c']);
  const { fleet, clock } = newFleet();
  for (const name of known) fleet.admit(name, {});
  const config = backfillConfig({ prometheusUrl, source: 'node_exporter', ...settings });
  const backfill = new FleetBackfill({ config, fleet, clock, logger: silent });
  t.after(() => backfill.stop());
  backfill.start();
  await backfill.idle();
  const names = () => [...fleet.servers()].map(({ name }) => name).sort();
  const isFilled = (name: string) => {
    const server = fleet.byName(name);
    return server !== undefined && fleet.window.isMeasured(server.index, fleet.closedStep, METRIC.memUsed);
  };
  return { fleet, clock, backfill, queries, state, names, isFilled };
}

describe('backfill', () => {
  it('starts with every server Prometheus has, where one instance watches all', async (t) => {
    const { names } = await setUp(t, { servers: 'all' });
    assert.deepEqual(names(), ['a', 'b', 'c']);
  });

  it('starts with the servers that report to this instance, where several share a Prometheus', async (t) => {
    const { names, isFilled, queries } = await setUp(t, { servers: 'reporting' }, ['b']);
    assert.deepEqual(names(), ['b']);
    assert.ok(isFilled('b'));
    assert.ok(queries.some((query) => query.includes(String.raw`instance=~"\\[?(?:b)\\]?(?::[0-9]+)?"`)));
  });

  it('asks once for a server that joins later, by its name', async (t) => {
    const { fleet, backfill, queries, names, isFilled } = await setUp(t, { servers: 'reporting' });
    assert.equal(queries.length, 0);
    fleet.admit('c', {});
    fleet.admit('new.one', {});
    backfill.look();
    await backfill.idle();
    assert.ok(isFilled('c'));
    assert.equal(isFilled('new.one'), false);
    assert.deepEqual(names(), ['c', 'new.one']);
    assert.ok(queries.some((query) => query.includes(String.raw`host_name=~"c|new\\.one"`)));
    const asked = queries.length;
    backfill.look();
    await backfill.idle();
    assert.equal(queries.length, asked);
  });

  it('asks again after 5 s where Prometheus does not answer, then less and less often', async (t) => {
    const { fleet, clock, backfill, queries, state, isFilled } = await setUp(t, { servers: 'reporting' });
    const look = async () => {
      const before = queries.length;
      backfill.look();
      await backfill.idle();
      return queries.length > before;
    };
    state.isDown = true;
    fleet.admit('a', {});
    assert.ok(await look());
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      clock.advance((seconds - 1) * 1000);
      assert.equal(await look(), false, `after ${seconds - 1} s`);
      clock.advance(1000);
      assert.ok(await look(), `after ${seconds} s`);
    }
    state.isDown = false;
    clock.advance(60_000);
    assert.ok(await look());
    assert.ok(isFilled('a'));

    state.isDown = true;
    fleet.admit('b', {});
    assert.ok(await look());
    state.isDown = false;
    clock.advance(5000);
    assert.ok(await look(), 'the wait is short again');
    assert.ok(isFilled('b'));
  });
});
