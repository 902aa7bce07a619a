/** Where measurements come from: a real history, Prometheus, a data set. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NO_HOLIDAYS } from '../../src/catalog/holidays.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { STEP_SECONDS, stepStartMs } from '../../src/catalog/time.ts';
import { datasetSource } from '../../src/replay/sources/dataset.ts';
import { historyFolder } from '../../src/replay/sources/history.ts';
import { prometheusSource } from '../../src/replay/sources/prometheus.ts';
import type { ReadRequest } from '../../src/replay/sources/source.ts';
import { folderUntilExit } from '../folders.ts';
import { LAST_OF_DAY, MIDNIGHT_STEP, metricBlock, openArchive } from '../history/support.ts';
import { FIRST_STEP, runSql, writeFleet } from '../training/fixtures.ts';

function request(changes: Partial<ReadRequest> = {}): ReadRequest {
  return {
    span: { first: MIDNIGHT_STEP, last: LAST_OF_DAY },
    names: null,
    maxServers: 10,
    signal: new AbortController().signal,
    ...changes,
  };
}

test('the history is read as it lies there, while another process has it open', async (t) => {
  const folder = folderUntilExit('argus-replay-history-');
  const archive = await openArchive(t, { folder });
  const rows = ['ppdb001', 'ppapi001'].flatMap((server) =>
    [0, 1, 2, 287].map((i) => ({
      server,
      step: MIDNIGHT_STEP + i,
      memory: 40 + i / 10,
      timeZone: 'Europe/Berlin',
    })),
  );
  await archive.put(metricBlock(rows.slice(0, 4)));
  await archive.put(metricBlock(rows.slice(4)));
  const source = await historyFolder(folder, ['2026-03-10']);
  assert.deepEqual(source.extent, { first: MIDNIGHT_STEP, last: LAST_OF_DAY });
  const { servers } = await source.read(request());
  assert.deepEqual(
    servers.map(({ name, timeZone, firstStep, steps }) => ({ name, timeZone, firstStep, steps })),
    ['ppapi001', 'ppdb001'].map((name) => {
      return { name, timeZone: 'Europe/Berlin', firstStep: MIDNIGHT_STEP, steps: 288 };
    }),
  );
  const isHoliday = (date: string) => servers[0].holidays?.(Date.parse(date) / 86_400_000);
  assert.deepEqual([isHoliday('2026-03-10'), isHoliday('2026-03-11')], [true, false]);
  assert.ok(Math.abs(servers[0].values[METRIC_COUNT + METRIC.memUsed] - 40.1) < 1e-3);
  const some = await source.read(
    request({ names: ['ppdb001'], span: { first: MIDNIGHT_STEP + 1, last: MIDNIGHT_STEP + 9 } }),
  );
  assert.deepEqual(
    some.servers.map(({ name, firstStep, steps }) => [name, firstStep, steps]),
    [['ppdb001', MIDNIGHT_STEP + 1, 2]],
  );
  assert.equal((await source.read(request({ maxServers: 1 }))).servers.length, 1);
});

test('a history without measurements, and a time it does not cover, are said with a remedy', async (t) => {
  const folder = folderUntilExit('argus-replay-history-');
  await assert.rejects(historyFolder(folder, []), { code: 'ARGUS_REPLAY_NO_HISTORY', message: /--data-dir/ });
  const archive = await openArchive(t, { folder });
  await archive.put(metricBlock([{ server: 'a', step: MIDNIGHT_STEP, memory: 40 }]));
  const source = await historyFolder(folder, ['2026-03-10']);
  const later = { first: MIDNIGHT_STEP + 1000, last: MIDNIGHT_STEP + 2000 };
  await assert.rejects(source.read(request({ span: later })), {
    code: 'ARGUS_REPLAY_NO_HISTORY',
    message: /keepDays/,
  });
});

/** A Prometheus that knows the memory of one host under the names of node_exporter. */
async function prometheus(
  t: TestContext,
  status = 200,
): Promise<{ readonly url: string; readonly queries: string[] }> {
  const queries: string[] = [];
  const server: Server = createServer((message, response) => {
    let body = '';
    message.on('data', (text) => {
      body += text;
    });
    message.on('end', () => {
      const asked = new URLSearchParams(body);
      const query = asked.get('query') ?? '';
      queries.push(query);
      const [start, end] = [Number(asked.get('start')), Number(asked.get('end'))];
      const values = [];
      for (let at = start; at <= end; at += STEP_SECONDS) values.push([at, String((at / STEP_SECONDS) % 50)]);
      const result = query.includes('MemAvailable') ? [{ metric: { instance: 'ppdb001:9100' }, values }] : [];
      response.statusCode = status;
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, queries };
}

const prometheusAt = (prometheusUrl: string) =>
  prometheusSource({
    config: {
      prometheusUrl,
      source: 'auto',
      servers: 'all',
      serverLabel: 'auto',
      selector: '',
      timeoutSeconds: 5,
    },
    patterns: [],
    places: { of: () => ({ timeZone: 'UTC', country: undefined }) },
    holidays: NO_HOLIDAYS,
    clock: { now: Date.now },
  });

test('Prometheus is asked a day at a time, under the names of both families', async (t) => {
  const { url, queries } = await prometheus(t);
  const span = { first: MIDNIGHT_STEP, last: MIDNIGHT_STEP + 3 * 288 - 1 };
  const { servers } = await prometheusAt(url).read(request({ span }));
  const [{ name, profile, firstStep, steps, values }] = servers;
  assert.deepEqual([servers.length, name, profile, firstStep, steps], [1, 'ppdb001', 0, MIDNIGHT_STEP, 864]);
  for (const row of [0, 1, 500, 863]) {
    // What Prometheus says at the end of a step is the mean over it.
    const endStep = MIDNIGHT_STEP + row + 1;
    assert.equal(values[row * METRIC_COUNT + METRIC.memUsed], endStep % 50, `row ${row}`);
    assert.ok(Number.isNaN(values[row * METRIC_COUNT + METRIC.netIn]));
  }
  assert.equal(queries.length, 3 * 24);
  assert.ok(queries.some((query) => query.includes('system_memory_usage_bytes')));
});

test('a Prometheus that cannot be reached, or refuses, stops the replay with a sentence', async (t) => {
  const { url } = await prometheus(t, 503);
  await assert.rejects(prometheusAt(url).read(request()), {
    code: 'ARGUS_REPLAY_PROMETHEUS',
    message: /could not be read: it answered 503.*Check the address/,
  });
  await assert.rejects(prometheusAt('http://127.0.0.1:9').read(request()), {
    code: 'ARGUS_REPLAY_PROMETHEUS',
  });
});

test('a data set brings the failures that its truth knows', async () => {
  const folder = folderUntilExit('argus-replay-data-');
  await writeFleet(join(folder, 'data.parquet'), 2, 2);
  assert.equal((await datasetSource(folder)).failures, null);
  await runSql(`COPY (SELECT 'ppdb001' AS server_name, true AS failed, TIMESTAMP '2026-03-03 12:00:00' AS failure_time,
    'disk_full' AS kind) TO '${join(folder, 'truth.parquet')}' (FORMAT parquet)`);
  const source = await datasetSource(folder);
  assert.deepEqual(source.failures?.get('ppdb001')?.[0].kind, 'disk_full');
  assert.deepEqual(source.extent, { first: FIRST_STEP, last: FIRST_STEP + 2 * 288 - 1 });
  const { servers } = await source.read(request({ span: { first: FIRST_STEP + 10, last: FIRST_STEP + 19 } }));
  assert.deepEqual(
    [servers.length, servers[0].steps, stepStartMs(servers[0].firstStep)],
    [2, 10, stepStartMs(FIRST_STEP + 10)],
  );
});
