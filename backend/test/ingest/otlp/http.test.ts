import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { createOtlpReceiver } from '../../../src/ingest/otlp/receiver.ts';
import { FakeIntake } from './fakeIntake.ts';
import { encodeRequest, jsonRequest, type ResourceMessage } from './messages.ts';
import { fieldsOf, sendHttp, startReceiver } from './receiverSupport.ts';
import { HeldClock, NOW, otlpConfig } from './support.ts';

const load = (host: string | null, value = 1.5, timeMs = NOW): ResourceMessage => ({
  resource: host === null ? { 'os.type': 'linux' } : { 'host.name': host },
  metrics: [{ name: 'system.cpu.load_average.1m', points: [{ timeMs, value }] }],
});
const LOAD = encodeRequest([load('web-1')]);
const JSON_TYPE = { 'Content-Type': 'application/json' };

test('protobuf is answered in protobuf with an empty response', async (t) => {
  const { httpAddress, intake } = await startReceiver(t);
  const answer = await sendHttp(httpAddress, LOAD);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/x-protobuf');
  assert.equal(answer.body.length, 0);
  assert.deepEqual(intake.latest('web-1'), { load_average: 1.5 });
});

test('JSON is answered in JSON with an empty object', async (t) => {
  const { httpAddress, intake } = await startReceiver(t);
  const body = Buffer.from(JSON.stringify(jsonRequest([load('web-1')])));
  const answer = await sendHttp(httpAddress, body, {
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(answer.body.toString()), {});
  assert.deepEqual(intake.latest('web-1'), { load_average: 1.5 });
});

test('gzip bodies are taken in both encodings', async (t) => {
  const { httpAddress, intake } = await startReceiver(t);
  const headers = { 'Content-Encoding': 'gzip' };
  assert.equal((await sendHttp(httpAddress, gzipSync(LOAD), { headers })).status, 200);
  const json = Buffer.from(JSON.stringify(jsonRequest([load('web-2')])));
  const answer = await sendHttp(httpAddress, gzipSync(json), { headers: { ...headers, ...JSON_TYPE } });
  assert.equal(answer.status, 200);
  assert.deepEqual(intake.names, ['web-1', 'web-2']);
});

test('an empty protobuf message is a valid request', async (t) => {
  const { httpAddress } = await startReceiver(t);
  assert.equal((await sendHttp(httpAddress, Buffer.alloc(0))).status, 200);
});

test('a resource without identity is a partial success that names the remedy', async (t) => {
  const { httpAddress, intake } = await startReceiver(t);
  const body = encodeRequest([load(null), load('web-1')]);
  const answer = await sendHttp(httpAddress, body);
  assert.equal(answer.status, 200);
  const partial = fieldsOf(fieldsOf(answer.body).get(1) as Buffer);
  assert.equal(partial.get(1), 1);
  assert.match(String(partial.get(2)), /host\.name, host\.id, service\.instance\.id.*resource_detection/);
  assert.deepEqual(intake.names, ['web-1']);

  const json = Buffer.from(JSON.stringify(jsonRequest([load(null)])));
  const jsonAnswer = await sendHttp(httpAddress, json, { headers: JSON_TYPE });
  const { partialSuccess } = JSON.parse(jsonAnswer.body.toString());
  assert.equal(partialSuccess.rejectedDataPoints, '1');
  assert.match(partialSuccess.errorMessage, /no_identity/);
});

test('garbage and truncated protobuf are a 400 Status and change nothing', async (t) => {
  const { httpAddress, intake } = await startReceiver(t);
  const truncated = LOAD.subarray(0, LOAD.length - 3);
  for (const body of [Buffer.from('this is not protobuf at all'), truncated, Buffer.alloc(50, 0xff)]) {
    const answer = await sendHttp(httpAddress, body);
    assert.equal(answer.status, 400);
    assert.equal(answer.headers['content-type'], 'application/x-protobuf');
    const status = fieldsOf(answer.body);
    assert.equal(status.get(1), 3);
    assert.match(String(status.get(2)), /not a valid ExportMetricsServiceRequest.*byte \d+/);
  }
  assert.deepEqual(intake.names, []);
});

test('wrong JSON types are a 400 that names the field', async (t) => {
  const { httpAddress } = await startReceiver(t);
  const body = Buffer.from('{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":7}]}]}]}');
  const answer = await sendHttp(httpAddress, body, { headers: JSON_TYPE });
  assert.equal(answer.status, 400);
  const status = JSON.parse(answer.body.toString());
  assert.equal(status.code, 3);
  assert.equal(status.message, 'resourceMetrics[0].scopeMetrics[0].metrics[0].name is not a string.');
});

test('broken gzip is a 400', async (t) => {
  const { httpAddress } = await startReceiver(t);
  const headers = { 'Content-Encoding': 'gzip' };
  for (const body of [Buffer.from('not gzip'), gzipSync(LOAD).subarray(0, 20)]) {
    assert.equal((await sendHttp(httpAddress, body, { headers })).status, 400);
  }
});

test('a zip bomb is stopped at the limit with 413', async (t) => {
  const { httpAddress } = await startReceiver(t, { maxMessageBytes: 1024 * 1024 });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  assert.ok(bomb.length < 1024 * 1024);
  const answer = await sendHttp(httpAddress, bomb, { headers: { 'Content-Encoding': 'gzip' } });
  assert.equal(answer.status, 413);
  assert.equal(fieldsOf(answer.body).get(1), 8);
  assert.equal(answer.headers['retry-after'], undefined);
});

test('a body declared larger than the limit is refused before it is read', async (t) => {
  const { httpAddress } = await startReceiver(t, { maxMessageBytes: 2048 });
  const [host, port] = httpAddress.split(':');
  const socket = connect(Number(port), host);
  socket.write(
    'POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 99999999\r\n\r\n',
  );
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1\.1 413 /);
  await once(socket, 'close');
});

test('a chunked body that grows past the limit is cut off with 413', async (t) => {
  const { httpAddress } = await startReceiver(t, { maxMessageBytes: 2048 });
  const [host, port] = httpAddress.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  socket.write(
    'POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`);
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('other content types and compressions are a 415 that says what to send', async (t) => {
  const { httpAddress } = await startReceiver(t);
  const text = await sendHttp(httpAddress, LOAD, { headers: { 'Content-Type': 'text/plain' } });
  assert.equal(text.status, 415);
  assert.match(JSON.parse(text.body.toString()).message, /application\/x-protobuf or application\/json/);
  const zstd = await sendHttp(httpAddress, LOAD, { headers: { 'Content-Encoding': 'zstd' } });
  assert.equal(zstd.status, 415);
  assert.match(String(fieldsOf(zstd.body).get(2)), /gzip or identity/);
});

test('traces, logs and other paths are a 404 that says only metrics are taken', async (t) => {
  const { httpAddress } = await startReceiver(t);
  for (const path of ['/v1/traces', '/v1/logs', '/']) {
    const answer = await sendHttp(httpAddress, LOAD, { path });
    assert.equal(answer.status, 404);
    assert.match(String(fieldsOf(answer.body).get(2)), /metrics only/);
  }
});

test('another method is a 405 that names the right one', async (t) => {
  const { httpAddress } = await startReceiver(t);
  const answer = await sendHttp(httpAddress, Buffer.alloc(0), { method: 'PUT' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'POST');
});

test('a missing key is 401 and a wrong one 403; the keys come from both headers', async (t) => {
  const { httpAddress, intake } = await startReceiver(
    t,
    {},
    {
      authorize: ({ apiKey, authorization }) => {
        if (apiKey === undefined && authorization === undefined) return 'missing';
        return apiKey === 'good' || authorization === 'Bearer good' ? 'ok' : 'wrong';
      },
    },
  );
  const statusWith = async (headers: Record<string, string>) =>
    (await sendHttp(httpAddress, LOAD, { headers })).status;
  assert.equal(await statusWith({}), 401);
  assert.equal(await statusWith({ 'X-API-Key': 'bad' }), 403);
  assert.deepEqual(intake.names, []);
  assert.equal(await statusWith({ 'X-API-Key': 'good' }), 200);
  assert.equal(await statusWith({ Authorization: 'Bearer good' }), 200);
});

test('over the requests in flight the answer is 429 with Retry-After, and the place is given back', async (t) => {
  const { httpAddress } = await startReceiver(t, { maxRequestsInFlight: 1, retryAfterSeconds: 7 });
  const [host, port] = httpAddress.split(':');
  const slow = connect(Number(port), host);
  slow.write(
    `POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${LOAD.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  // The interim answer shows that the slow request has its place.
  await once(slow, 'data');
  const refused = await sendHttp(httpAddress, LOAD);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '7');
  const detail = fieldsOf(refused.body).get(3) as Buffer;
  assert.match(String(fieldsOf(detail).get(1)), /google\.rpc\.RetryInfo$/);
  slow.write(LOAD);
  const [head] = await once(slow, 'data');
  assert.match(String(head), /^HTTP\/1\.1 200 /);
  slow.destroy();
  assert.equal((await sendHttp(httpAddress, LOAD)).status, 200);
});

test('over the bytes in flight the answer is 429', async (t) => {
  const { httpAddress } = await startReceiver(t, { maxBytesInFlight: 1024 });
  const body = encodeRequest(Array.from({ length: 40 }, (_, index) => load(`web-${index}`)));
  assert.ok(body.length > 1024);
  assert.equal((await sendHttp(httpAddress, body)).status, 429);
  assert.equal((await sendHttp(httpAddress, LOAD)).status, 200);
});

test('a client that goes away in the middle of its body leaves no place taken', async (t) => {
  const { httpAddress } = await startReceiver(t, { maxRequestsInFlight: 1 });
  const [host, port] = httpAddress.split(':');
  const gone = connect(Number(port), host);
  gone.write(
    'POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n',
  );
  await once(gone, 'data');
  gone.destroy();
  let status = 429;
  while (status === 429) status = (await sendHttp(httpAddress, LOAD)).status;
  assert.equal(status, 200);
});

test('requests and refused points are counted', async (t) => {
  const { httpAddress, registry } = await startReceiver(t);
  await sendHttp(httpAddress, encodeRequest([load('web-1', Number.NaN), load('web-2')]));
  await sendHttp(httpAddress, Buffer.from('garbage'));
  const page = await registry.metrics();
  assert.match(page, /argus_ingest_requests_total\{transport="http",code="200"\} 1/);
  assert.match(page, /argus_ingest_requests_total\{transport="http",code="400"\} 1/);
  assert.match(page, /argus_ingest_points_rejected_total\{reason="not_finite"\} 1/);
  assert.match(page, /argus_ingest_points_total 1\n/);
});

test('an error of our own is a 500 that shows nothing of it and is logged', async (t) => {
  const intake = new FakeIntake();
  intake.commit = () => {
    intake.commit = () => {};
    throw new Error('secret at /var/lib/argus');
  };
  const { httpAddress, logged } = await startReceiver(t, {}, { intake });
  const answer = await sendHttp(httpAddress, LOAD);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(String(fieldsOf(answer.body).get(2)), /secret|var/);
  assert.equal(logged.length, 1);
});

test('a port in use stops the start and names address and setting; neither port stays open', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const address = taken.address();
  assert.ok(address !== null && typeof address === 'object');
  for (const transport of ['grpc', 'http'] as const) {
    const receiver = createOtlpReceiver({
      intake: new FakeIntake(),
      clock: new HeldClock(),
      config: otlpConfig({ [transport]: { host: '127.0.0.1', port: address.port } }),
      registry: new Registry(),
      logger: { info: () => {}, error: () => {} },
      authorize: () => 'ok',
    });
    await assert.rejects(receiver.start(), {
      code: 'ARGUS_OTLP_LISTEN',
      message: new RegExp(
        `127\\.0\\.0\\.1:${address.port}.*another program.*ingest\\.otlp\\.${transport}\\.port`,
      ),
    });
  }
});

test('a stop lets the request in flight finish and refuses newcomers', async (t) => {
  const { httpAddress, receiver, intake } = await startReceiver(t, { drainSeconds: 5 });
  const [host, port] = httpAddress.split(':');
  const slow = connect(Number(port), host);
  slow.write(
    `POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${LOAD.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(slow, 'data');
  const stopped = receiver.stop();
  await assert.rejects(sendHttp(httpAddress, LOAD), { code: 'ECONNREFUSED' });
  slow.write(LOAD);
  const [head] = await once(slow, 'data');
  assert.match(String(head), /^HTTP\/1\.1 200 /);
  await stopped;
  assert.deepEqual(intake.names, ['web-1']);
});

test('a missing TLS file is named', () => {
  assert.throws(
    () =>
      createOtlpReceiver({
        intake: new FakeIntake(),
        clock: new HeldClock(),
        config: otlpConfig({ tls: { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' } }),
        registry: new Registry(),
        logger: { info: () => {}, error: () => {} },
        authorize: () => 'ok',
      }),
    { code: 'ARGUS_OTLP_TLS_FILE', message: /\/nowhere\/cert\.pem.*ENOENT/ },
  );
});
