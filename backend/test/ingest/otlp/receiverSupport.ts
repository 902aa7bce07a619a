import { request } from 'node:http';
import type { TestContext } from 'node:test';
import {
  ChannelCredentials,
  Client,
  compressionAlgorithms,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { Registry } from 'prom-client';
import type { OtlpConfig } from '../../../src/ingest/config.ts';
import {
  createOtlpReceiver,
  type OtlpReceiver,
  type OtlpReceiverOptions,
} from '../../../src/ingest/otlp/receiver.ts';
import { FakeIntake } from './fakeIntake.ts';
import { HeldClock, otlpConfig } from './support.ts';

export const METRICS_EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface RunningReceiver {
  readonly receiver: OtlpReceiver;
  readonly intake: FakeIntake;
  readonly registry: Registry;
  readonly clock: HeldClock;
  readonly grpcAddress: string;
  readonly httpAddress: string;
  readonly logged: unknown[];
}

/** A receiver on free ports, stopped when the test ends. */
export async function startReceiver(
  t: TestContext,
  changes: Partial<OtlpConfig> = {},
  options: Partial<OtlpReceiverOptions> = {},
): Promise<RunningReceiver> {
  const intake = new FakeIntake();
  const registry = new Registry();
  const clock = new HeldClock();
  const logged: unknown[] = [];
  const receiver = createOtlpReceiver({
    intake,
    clock,
    config: otlpConfig({ drainSeconds: 1, ...changes }),
    registry,
    logger: { info: () => {}, error: (fields) => logged.push(fields) },
    authorize: () => 'ok',
    ...options,
  });
  const addresses = await receiver.start();
  t.after(() => receiver.stop());
  return { receiver, intake, registry, clock, logged, ...addresses };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface HttpOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request as it is; a connection that the server closes early still yields its answer. */
export function sendHttp(address: string, body: Buffer, options: HttpOptions = {}): Promise<HttpAnswer> {
  const { method = 'POST', path = '/v1/metrics', headers = {} } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      `http://${address}${path}`,
      { method, headers: { 'Content-Type': 'application/x-protobuf', ...headers }, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

export interface GrpcAnswer {
  readonly error: ServiceError | null;
  readonly body: Buffer;
}

/** One Export call with a client of its own. */
export async function callGrpc(
  address: string,
  body: Buffer,
  options: {
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly gzip?: boolean;
  } = {},
): Promise<GrpcAnswer> {
  const client = new Client(address, ChannelCredentials.createInsecure(), {
    'grpc.enable_retries': 0,
    ...(options.gzip === true ? { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } : {}),
  });
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(options.headers ?? {})) metadata.set(key, value);
  const identity = (bytes: Buffer) => bytes;
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(
        options.path ?? METRICS_EXPORT,
        identity,
        identity,
        body,
        metadata,
        (error, answer) => resolve({ error, body: answer ?? Buffer.alloc(0) }),
      );
    });
  } finally {
    client.close();
  }
}

/** A small protobuf decoder for answers: field number to value, length-delimited fields as bytes. */
export function fieldsOf(bytes: Buffer): ReadonlyMap<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    if ((key & 7) === 0) {
      fields.set(key >> 3, varint());
      continue;
    }
    const length = varint();
    fields.set(key >> 3, bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}
