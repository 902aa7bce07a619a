import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Gate } from '../../../src/ingest/otlp/gate.ts';
import { encodeFailure, failureOf } from '../../../src/ingest/otlp/status.ts';
import { otlpConfig } from './support.ts';

function failureOfEntering(gate: Gate) {
  try {
    gate.enter();
  } catch (error) {
    return failureOf(error, 5);
  }
  return assert.fail('the gate let the request in');
}

test('a gate that is not open answers 503 and UNAVAILABLE, to be retried', () => {
  const gate = new Gate(otlpConfig());
  const before = failureOfEntering(gate);
  assert.equal(before.httpStatus, 503);
  assert.equal(before.grpcStatus, status.UNAVAILABLE);
  assert.equal(before.retryAfterSeconds, 5);
  gate.open();
  gate.enter().leave();
  gate.close();
  assert.equal(failureOfEntering(gate).httpStatus, 503);
});

test('places and bytes are given back once, however often a request leaves', () => {
  const gate = new Gate(otlpConfig({ maxRequestsInFlight: 1, maxBytesInFlight: 2048 }));
  gate.open();
  const pass = gate.enter();
  pass.hold(2000);
  assert.throws(() => pass.hold(100), { code: 'ARGUS_OTLP_BUSY', statusCode: 429 });
  assert.equal(failureOfEntering(gate).httpStatus, 429);
  pass.leave();
  pass.leave();
  pass.hold(500);
  assert.equal(gate.requests, 0);
  assert.equal(gate.bytes, 0);
});

test('an error that is not ours shows nothing of itself in either encoding', () => {
  const failure = failureOf(new Error('password=1234'), 5);
  assert.equal(failure.httpStatus, 500);
  for (const encoding of ['protobuf', 'json'] as const) {
    assert.doesNotMatch(encodeFailure(failure, encoding).toString(), /password/);
  }
});
