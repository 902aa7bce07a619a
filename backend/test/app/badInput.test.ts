/** Everything wrong that can be sent to a running Argus, with good data in between. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import type { AppAddresses } from '../../src/app.ts';
import { stepOf, stepStartMs } from '../../src/catalog/time.ts';
import {
  type Attributes,
  encodeRequest,
  jsonRequest,
  type MetricMessage,
  type ResourceMessage,
} from '../ingest/otlp/messages.ts';
import {
  callGrpc,
  fieldsOf,
  type HttpAnswer,
  METRICS_EXPORT,
  sendHttp,
} from '../ingest/otlp/receiverSupport.ts';
import { LATE_ROWS, type Row, send, windowOf } from './rows.ts';
import {
  getJson,
  type ServerDetail,
  sampleSum,
  scrape,
  serve,
  serversOf,
  temporaryFolder,
} from './support.ts';

const MAX_SERVERS = 500;
const GIGABYTE = 2 ** 30;
/** A backend with one forecasting thread that holds a few servers is far below this. */
const MEMORY_BOUND = 700e6;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const GOOD = 'good-1';

interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const gauge = (
  name: string,
  value: number,
  timeMs = Date.now(),
  attributes: Attributes = {},
): MetricMessage => ({
  name,
  points: [{ timeMs, value, attributes }],
});
const of = (server: string, ...metrics: readonly MetricMessage[]): ResourceMessage => ({
  resource: { 'host.name': server },
  metrics,
});

/** The partial success of an answer; nothing rejected where there is none. */
function partialSuccess({ status: code, body }: HttpAnswer): PartialSuccess {
  assert.equal(code, 200, body.toString());
  const partial = fieldsOf(body).get(1);
  if (!Buffer.isBuffer(partial)) return { rejected: 0, message: '' };
  const fields = fieldsOf(partial);
  return { rejected: Number(fields.get(1) ?? 0), message: String(fields.get(2) ?? '') };
}

async function exportAll({ otlpHttp }: AppAddresses, ...resources: readonly ResourceMessage[]) {
  return partialSuccess(await sendHttp(otlpHttp, encodeRequest(resources)));
}

/** Zeros beyond any limit, small on the wire. */
async function zipBomb(bytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 1 });
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  const zeros = Buffer.alloc(4 * 2 ** 20);
  for (let written = 0; written < bytes; written += zeros.length) {
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  gzip.end();
  await new Promise((resolve) => gzip.once('end', resolve));
  return Buffer.concat(chunks);
}

/** A gRPC call whose compressed message is sent as it is. @returns the grpc-status of the answer */
function callCompressed(address: string, compressed: Buffer): Promise<number> {
  const frame = Buffer.alloc(5);
  frame.writeUInt8(1, 0);
  frame.writeUInt32BE(compressed.length, 1);
  const session = connect(`http://${address}`);
  return new Promise<number>((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': METRICS_EXPORT,
      'content-type': 'application/grpc',
      'grpc-encoding': 'gzip',
      te: 'trailers',
    });
    const note = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', reject);
    stream.resume();
    stream.end(Buffer.concat([frame, compressed]));
  }).finally(() => session.destroy());
}

async function post(
  address: AppAddresses,
  body: string,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
) {
  const answer = await fetch(`${address.rest}/feed/data`, { method: 'POST', headers, body });
  const text = await answer.text();
  return { status: answer.status, text, json: () => JSON.parse(text) as FeedRefusal };
}

interface FeedRefusal {
  readonly code: string;
  readonly detail: readonly { readonly loc: readonly (string | number)[]; readonly type: string }[];
}

function goodRow(presentStep: number, age: number): Row {
  const step = presentStep - age;
  const memoryPercent = 30 + (age % 40);
  return { server: GOOD, step, timeMs: stepStartMs(step) + 1000, memoryPercent, load: age % 7 };
}

test('whatever is sent, it is refused with a reason and counted, and nothing good is lost', async (t) => {
  const { addresses, stderr } = await serve(t, {
    dataDir: temporaryFolder(t),
    settings: { ...LATE_ROWS, ARGUS_FLEET__MAX_SERVERS: `${MAX_SERVERS}` },
  });
  const { otlpHttp, otlpGrpc, rest } = addresses;
  const presentStep = stepOf(Date.now());
  const good: Row[] = [];
  const sendGood = async (...rows: readonly Row[]) => {
    good.push(...rows);
    assert.ok(await send(addresses, rows));
  };
  await sendGood(...Array.from({ length: 100 }, (_, index) => goodRow(presentStep, 250 - index)));
  let age = 100;
  // Every kind of bad input is followed by a good row: what came before must not be in its way.
  const bad = (what: string, run: () => Promise<void>) =>
    t.test(what, async () => {
      await run();
      await sendGood(goodRow(presentStep, --age));
    });
  const before = await scrape(addresses);

  await bad('garbage and truncated protobuf', async () => {
    const whole = encodeRequest([of('truncated', gauge('mem_used_pct', 50), gauge('load_average', 1))]);
    for (const body of [Buffer.from('this is not protobuf'), whole.subarray(0, whole.length - 7)]) {
      const http = await sendHttp(otlpHttp, body);
      assert.equal(http.status, 400);
      assert.match(String(fieldsOf(http.body).get(2)), /at byte \d+/);
      const { error } = await callGrpc(otlpGrpc, body);
      assert.equal(error?.code, status.INVALID_ARGUMENT);
      assert.match(error?.details ?? '', /at byte \d+/);
    }
    assert.equal((await serversOf(addresses)).has('truncated'), false);
  });

  await bad('a wrong content type or encoding', async () => {
    const body = encodeRequest([of('mistyped', gauge('mem_used_pct', 50))]);
    const headers = { 'Content-Type': 'text/plain' };
    assert.equal((await sendHttp(otlpHttp, body, { headers })).status, 415);
    assert.equal((await sendHttp(otlpHttp, body, { headers: { 'Content-Encoding': 'br' } })).status, 415);
    assert.equal((await sendHttp(otlpHttp, body, { headers: { 'Content-Encoding': 'gzip' } })).status, 400);
    assert.equal((await sendHttp(otlpHttp, body, { headers: JSON_TYPE })).status, 400);
    const fed = await post(addresses, '<records/>', { 'Content-Type': 'application/xml' });
    assert.equal(fed.status, 415);
  });

  await bad('a zip bomb', async () => {
    const bomb = await zipBomb(GIGABYTE);
    assert.ok(bomb.length < GIGABYTE / 100);
    const answer = await sendHttp(otlpHttp, bomb, { headers: { 'Content-Encoding': 'gzip' } });
    assert.equal(answer.status, 413);
    assert.equal(await callCompressed(otlpGrpc, bomb), status.RESOURCE_EXHAUSTED);
  });

  await bad('more bytes than are read, told to who is still sending them', async () => {
    const tooMuch = Buffer.alloc(65 * 2 ** 20);
    // As OTLP clients do; to one that wants the connection closed, an early answer may be lost with it.
    const headers = { Connection: 'keep-alive' };
    for (let time = 0; time < 3; time += 1)
      assert.equal((await sendHttp(otlpHttp, tooMuch, { headers })).status, 413);
    for (let time = 0; time < 3; time += 1)
      assert.equal((await post(addresses, `"${'x'.repeat(17 * 2 ** 20)}"`)).status, 413);
  });

  await bad('JSON of the wrong types', async () => {
    const right = JSON.stringify(jsonRequest([of('json', gauge('mem_used_pct', 50))]));
    const wrongs = [
      right.slice(0, -2),
      '[]',
      '{"resourceMetrics": {}}',
      right.replace(/"metrics":\[/, '"metrics":[7,'),
      right.replace(/"timeUnixNano":"\d+"/, '"timeUnixNano":"yesterday"'),
    ];
    for (const wrong of wrongs) {
      const answer = await sendHttp(otlpHttp, Buffer.from(wrong), { headers: JSON_TYPE });
      assert.equal(answer.status, 400, wrong);
      assert.ok((JSON.parse(answer.body.toString()) as { message: string }).message.length > 0);
    }
    assert.equal((await serversOf(addresses)).has('json'), false);
  });

  await bad('values that cannot be', async () => {
    const counter = (value: number): MetricMessage => ({
      name: 'system.network.io',
      kind: 'sum',
      points: [{ timeMs: Date.now(), value, attributes: { device: 'eth0', direction: 'receive' } }],
    });
    const partial = await exportAll(
      addresses,
      of(
        'odd-values',
        gauge('load_average', 4),
        gauge('mem_used_pct', Number.NaN),
        gauge('swap_used_pct', Number.POSITIVE_INFINITY),
        gauge('disk_usage_pct', 150),
        gauge('system.memory.utilization', 1.5, Date.now(), { state: 'used' }),
        gauge('back_close_wait', -1),
        counter(-5),
      ),
    );
    assert.equal(partial.rejected, 6);
    for (const reason of [/not_finite/, /out_of_range/, /negative/]) assert.match(partial.message, reason);
    assert.match(partial.message, /disk_usage_pct of odd-values/);
    // One bad point does not cost its neighbours.
    const shown = await getJson<ServerDetail>(`${rest}/servers/odd-values`);
    assert.ok(shown);
  });

  await bad('times of 1970 and 2100', async () => {
    const partial = await exportAll(
      addresses,
      of('odd-times', gauge('load_average', 1, 0), gauge('mem_used_pct', 50, 1000)),
      of('odd-times', gauge('disk_usage_pct', 50, Date.UTC(2100, 0, 1))),
    );
    assert.equal(partial.rejected, 3);
    for (const reason of [/no_time/, /too_old/, /too_new/]) assert.match(partial.message, reason);
  });

  await bad('names that are too long, have control characters or forge labels', async () => {
    const refused = ['n'.repeat(10_000), 'bell\u0007', 'a"} 1\nforged 99', '', '\u2028'];
    const partial = await exportAll(addresses, ...refused.map((name) => of(name, gauge('load_average', 1))), {
      resource: {},
      metrics: [gauge('load_average', 1)],
    });
    assert.equal(partial.rejected, refused.length + 1);
    assert.match(partial.message, /bad_name/);
    assert.match(partial.message, /no_identity.*host\.name/);
    const odd = ['a"} 1', 'back\\slash', '{}', '__proto__', '../../etc/passwd'];
    const taken = await exportAll(addresses, ...odd.map((name) => of(name, gauge('load_average', 1))));
    assert.equal(taken.rejected, 0, taken.message);
    const servers = await serversOf(addresses);
    for (const name of odd) assert.ok(servers.has(name), name);
    for (const name of refused) assert.equal(servers.has(name), false);
    for (const name of odd) {
      const answer = await fetch(`${rest}/servers/${encodeURIComponent(name)}`);
      assert.equal(answer.status, 200, name);
    }
  });

  await bad('records of the feed that break rules, each named by place and field', async () => {
    const now = new Date().toISOString();
    const record = (changes: object) => ({ timestamp: now, server_name: 'fed', ...changes });
    const wrongs: readonly [changes: object, field: string][] = [
      [{ mem_used_pct: '50' }, 'mem_used_pct'],
      [{ mem_used_pct: 101 }, 'mem_used_pct'],
      [{ load_average: -1 }, 'load_average'],
      [{ server_name: 'n'.repeat(10_000) }, 'server_name'],
      [{ server_name: 'a"} 1\n2' }, 'server_name'],
      [{ server_name: 7 }, 'server_name'],
      [{ timestamp: '1970-01-01T00:00:00Z' }, 'timestamp'],
      [{ timestamp: '2100-01-01T00:00:00Z' }, 'timestamp'],
      [{ timestamp: 'soon' }, 'timestamp'],
      [{ status: 'fine' }, 'status'],
    ];
    const records = [record({ mem_used_pct: 50 }), ...wrongs.map(([changes]) => record(changes))];
    const answer = await post(addresses, JSON.stringify({ records }));
    assert.equal(answer.status, 422);
    const places = answer.json().detail.map(({ loc }) => loc);
    wrongs.forEach(([, field], index) => {
      assert.deepEqual(places[index], ['body', 'records', index + 1, field]);
    });
    // None of a refused request counts, not even its good record.
    assert.equal((await serversOf(addresses)).has('fed'), false);
    const infinite = JSON.stringify({ records: [record({ load_average: 1 })] }).replace(':1}', ':1e999}');
    assert.equal((await post(addresses, infinite)).status, 422);
    for (const body of ['{"records": [', '{"records": [{"load_average": NaN}]}', '']) {
      const malformed = await post(addresses, body);
      assert.equal(malformed.status, 400, body);
      assert.match(malformed.json().code, /^ARGUS_/);
    }
    for (const body of ['[]', '{}', '{"records": 1}', '{"records": [1]}']) {
      assert.equal((await post(addresses, body)).status, 422, body);
    }
  });

  await bad('questions to the API that make no sense', async () => {
    const asked: readonly [path: string, code: number][] = [
      ['/predictions/current?limit=-1', 422],
      ['/predictions/current?level=doomed', 422],
      ['/predictions/current?fields=nonsense', 422],
      ['/servers/nobody', 404],
      ['/servers/nobody/forecast', 404],
      ['/servers/%E0%A4%A', 400],
      ['/servers/..%2f..%2fetc%2fpasswd%00', 404],
      [`/servers/${'n'.repeat(10_000)}`, 414],
      ['/nothing/here', 404],
    ];
    for (const [path, code] of asked) {
      const answer = await fetch(`${rest}${path}`);
      const text = await answer.text();
      assert.equal(answer.status, code, `${path}: ${text}`);
      assert.doesNotMatch(text, /\bat .*\.ts|node_modules|\/backend\//);
    }
  });

  await bad('100,000 newcomers: the known go on, and memory stays bounded', async () => {
    const nowMs = Date.now();
    let rejected = 0;
    for (let from = 0; from < 100_000; from += 2000) {
      const newcomers = Array.from({ length: 2000 }, (_, index) =>
        of(`newcomer-${from + index}`, gauge('load_average', 1, nowMs)),
      );
      const partial = await exportAll(addresses, ...newcomers);
      rejected += partial.rejected;
    }
    const page = await scrape(addresses);
    assert.equal(sampleSum(page, 'argus_fleet_servers'), MAX_SERVERS);
    assert.ok(rejected > 100_000 - MAX_SERVERS && rejected < 100_000);
    assert.equal(sampleSum(page, 'argus_fleet_servers_refused_total', 'fleet_full'), rejected);
    assert.ok(sampleSum(page, 'process_resident_memory_bytes') < MEMORY_BOUND);
    // Over gRPC and the feed it is the same.
    const { body } = await callGrpc(otlpGrpc, encodeRequest([of('late-comer', gauge('load_average', 1))]));
    assert.match(
      String(fieldsOf(fieldsOf(body).get(1) as Buffer).get(2)),
      /server_refused.*fleet\.maxServers/,
    );
    const record = { timestamp: new Date().toISOString(), server_name: 'late-comer', load_average: 1 };
    const fed = await post(addresses, JSON.stringify({ records: [record] }));
    assert.match(fed.text, /server_refused/);
  });

  await t.test('the good data is all there, and everything refused was counted', async () => {
    const window = await windowOf(addresses, GOOD);
    for (const { step, memoryPercent, load } of good) {
      const found = window(step);
      assert.ok(Math.abs((found.memory ?? Number.NaN) - memoryPercent) < 1e-2, `step ${step}`);
      assert.equal(found.load, load);
    }
    const page = await scrape(addresses);
    const rise = (family: string, labels: string) =>
      sampleSum(page, family, labels) - sampleSum(before, family, labels);
    for (const code of ['200', '400', '413', '415'])
      assert.ok(rise('argus_ingest_requests_total', `transport="http",code="${code}"`) > 0, code);
    for (const code of ['400', '413', '415', '422'])
      assert.ok(rise('argus_ingest_requests_total', `transport="feed",code="${code}"`) > 0, code);
    assert.ok(rise('argus_ingest_requests_total', 'transport="grpc",code="INVALID_ARGUMENT"') > 0);
    for (const reason of [
      ...['not_finite', 'out_of_range', 'negative', 'no_time', 'too_old', 'too_new', 'bad_name'],
      ...['no_identity', 'server_refused', 'datetime_parsing', 'float_type', 'less_than_equal'],
    ])
      assert.ok(rise('argus_ingest_points_rejected_total', `reason="${reason}"`) > 0, reason);
    const health = await getJson<{ status: string }>(`${rest}/health`);
    assert.equal(health?.status, 'healthy');
    assert.equal(stderr(), '');
    assert.doesNotMatch(page, /^forged/m);
    if (spawnSync('promtool', ['--version']).error === undefined) {
      const checked = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
      assert.equal(checked.stdout + checked.stderr, '');
    }
  });
});
