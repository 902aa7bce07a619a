import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { encodeRequest, type ResourceMessage } from './messages.ts';
import { callGrpc, fieldsOf, startReceiver } from './receiverSupport.ts';
import { NOW } from './support.ts';

const load = (host: string | null): ResourceMessage => ({
  resource: host === null ? {} : { 'host.name': host },
  metrics: [{ name: 'system.cpu.load_average.1m', points: [{ timeMs: NOW, value: 1.5 }] }],
});
const LOAD = encodeRequest([load('web-1')]);

test('an export is taken, with gzip and without', async (t) => {
  const { grpcAddress, intake } = await startReceiver(t);
  for (const gzip of [false, true]) {
    const { error, body } = await callGrpc(grpcAddress, LOAD, { gzip });
    assert.equal(error, null);
    assert.equal(body.length, 0);
  }
  // The same point again is a duplicate.
  assert.deepEqual(intake.values('web-1', 'load_average'), [1.5]);
});

test('points without identity are a partial success', async (t) => {
  const { grpcAddress } = await startReceiver(t);
  const { error, body } = await callGrpc(grpcAddress, encodeRequest([load(null)]));
  assert.equal(error, null);
  const partial = fieldsOf(fieldsOf(body).get(1) as Buffer);
  assert.equal(partial.get(1), 1);
  assert.match(String(partial.get(2)), /resource_detection/);
});

test('garbage is INVALID_ARGUMENT and says where', async (t) => {
  const { grpcAddress } = await startReceiver(t);
  const { error } = await callGrpc(grpcAddress, Buffer.from('this is not protobuf'));
  assert.equal(error?.code, status.INVALID_ARGUMENT);
  assert.match(error?.details ?? '', /at byte \d+/);
});

test('keys are asked for: UNAUTHENTICATED without, PERMISSION_DENIED with a wrong one', async (t) => {
  const { grpcAddress, intake } = await startReceiver(
    t,
    {},
    {
      authorize: ({ apiKey }) => (apiKey === undefined ? 'missing' : apiKey === 'good' ? 'ok' : 'wrong'),
    },
  );
  assert.equal((await callGrpc(grpcAddress, LOAD)).error?.code, status.UNAUTHENTICATED);
  const wrong = await callGrpc(grpcAddress, LOAD, { headers: { 'x-api-key': 'bad' } });
  assert.equal(wrong.error?.code, status.PERMISSION_DENIED);
  assert.deepEqual(intake.names, []);
  assert.equal((await callGrpc(grpcAddress, LOAD, { headers: { 'x-api-key': 'good' } })).error, null);
});

test('a message over the limit after decompression is RESOURCE_EXHAUSTED, not to be retried', async (t) => {
  const { grpcAddress, registry } = await startReceiver(t, {
    maxMessageBytes: 100_000,
    maxRequestsInFlight: 1,
  });
  const bomb = Buffer.alloc(20_000_000);
  for (const gzip of [true, false]) {
    const { error } = await callGrpc(grpcAddress, bomb, { gzip });
    assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
    assert.deepEqual(error?.metadata.get('grpc-status-details-bin'), []);
  }
  const page = await registry.metrics();
  assert.match(page, /argus_ingest_requests_total\{transport="grpc",code="INCOMPLETE"\} [12]/);
  // The only place was given back.
  assert.equal((await callGrpc(grpcAddress, LOAD)).error, null);
});

test('more points than allowed are RESOURCE_EXHAUSTED and change nothing', async (t) => {
  const { grpcAddress, intake } = await startReceiver(t, { maxPointsPerRequest: 1 });
  const { error } = await callGrpc(grpcAddress, encodeRequest([load('web-1'), load('web-2')]));
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.match(error?.details ?? '', /more than 1 points/);
  assert.deepEqual(intake.names, []);
});

test('traces and logs are UNIMPLEMENTED', async (t) => {
  const { grpcAddress } = await startReceiver(t);
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const traces = await callGrpc(grpcAddress, LOAD, { path });
  assert.equal(traces.error?.code, status.UNIMPLEMENTED);
  assert.match(traces.error?.details ?? '', /metrics only/);
  assert.equal((await callGrpc(grpcAddress, LOAD, { path: '/x/Y' })).error?.code, status.UNIMPLEMENTED);
});

test('where no more requests are let in, RESOURCE_EXHAUSTED carries a RetryInfo', async (t) => {
  // Bytes of all requests are bounded too; here the gate is shut by a limit that HTTP shares.
  const { grpcAddress, httpAddress } = await startReceiver(t, {
    maxRequestsInFlight: 1,
    retryAfterSeconds: 9,
  });
  const [host, port] = httpAddress.split(':');
  const slow = connect(Number(port), host);
  slow.write(
    'POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n',
  );
  await once(slow, 'data');
  const { error } = await callGrpc(grpcAddress, LOAD);
  slow.destroy();
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
  const retryInfo = fieldsOf(fieldsOf(details as Buffer).get(3) as Buffer);
  assert.match(String(retryInfo.get(1)), /google\.rpc\.RetryInfo$/);
  const delay = fieldsOf(fieldsOf(retryInfo.get(2) as Buffer).get(1) as Buffer);
  assert.equal(delay.get(1), 9);
});

test('calls are counted by their status', async (t) => {
  const { grpcAddress, registry } = await startReceiver(t);
  await callGrpc(grpcAddress, LOAD);
  await callGrpc(grpcAddress, Buffer.from('garbage'));
  const page = await registry.metrics();
  assert.match(page, /argus_ingest_requests_total\{transport="grpc",code="OK"\} 1/);
  assert.match(page, /argus_ingest_requests_total\{transport="grpc",code="INVALID_ARGUMENT"\} 1/);
});
