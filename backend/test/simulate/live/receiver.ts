/** A tiny OTLP receiver on loopback that keeps what arrives; it shares no code with the one in src. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** The part of opentelemetry/proto/metrics/v1/metrics.proto that the simulator uses. */
const SCHEMA = `
syntax = "proto3";
message Request { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message Resource { repeated KeyValue attributes = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message ScopeMetrics { repeated Metric metrics = 2; }
message Metric { string name = 1; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7; } }
message Gauge { repeated Point data_points = 1; }
message Sum { repeated Point data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Point {
  repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; }
}`;
const RequestType = protobuf.parse(SCHEMA).root.lookupType('Request');

interface WirePoint {
  attributes?: { key: string; value: Record<string, unknown> }[];
  startTimeUnixNano: string;
  timeUnixNano: string;
  asDouble?: number;
  asInt?: string;
}
interface WireMetric {
  name: string;
  unit?: string;
  gauge?: { dataPoints: WirePoint[] };
  sum?: { dataPoints: WirePoint[]; aggregationTemporality: number; isMonotonic?: boolean };
}
interface WireRequest {
  resourceMetrics: {
    resource: { attributes: { key: string; value: Record<string, unknown> }[] };
    scopeMetrics: { metrics: WireMetric[] }[];
  }[];
}

/** One data point, with everything its resource and metric say about it. */
export interface ReceivedPoint {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly metric: string;
  readonly kind: 'gauge' | 'sum' | 'counter';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startMs: number;
  readonly timeMs: number;
  readonly value: number;
}

type Protocol = 'grpc' | 'http/protobuf' | 'http/json';

export interface Receiver {
  readonly endpoint: string;
  readonly points: ReceivedPoint[];
  /** Value of the x-api-key header of every request, also of refused ones. */
  readonly keys: (string | undefined)[];
  /** Requests are refused with this (gRPC code or HTTP status) while it is set. */
  refuseWith: number | undefined;
  /** Body of the answers to JSON requests. */
  jsonAnswer: string;
  close(): Promise<void>;
}

const newState = (): Omit<Receiver, 'endpoint' | 'close'> => ({
  points: [],
  keys: [],
  refuseWith: undefined,
  jsonAnswer: '{}',
});

const plain = (attributes: WirePoint['attributes'] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function keep(request: WireRequest, points: ReceivedPoint[]): void {
  for (const { resource, scopeMetrics } of request.resourceMetrics) {
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      const kind = metric.gauge !== undefined ? 'gauge' : metric.sum?.isMonotonic ? 'counter' : 'sum';
      for (const point of (metric.gauge ?? metric.sum)?.dataPoints ?? []) {
        points.push({
          resource: plain(resource.attributes),
          metric: metric.name,
          kind,
          attributes: plain(point.attributes),
          startMs: Number(point.startTimeUnixNano) / 1e6,
          timeMs: Number(point.timeUnixNano) / 1e6,
          value: point.asDouble ?? Number(point.asInt),
        });
      }
    }
  }
}

function decode(body: Buffer): WireRequest {
  return RequestType.toObject(RequestType.decode(body), { longs: String }) as WireRequest;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

async function startHttp(): Promise<Receiver> {
  const state = newState();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    state.keys.push(request.headers['x-api-key'] as string | undefined);
    if (state.refuseWith !== undefined) {
      response.writeHead(state.refuseWith, { 'retry-after': '1' }).end('{}');
      return;
    }
    if (request.url !== '/v1/metrics') {
      response.writeHead(404).end('{}');
      return;
    }
    const isJson = request.headers['content-type'] === 'application/json';
    keep(isJson ? (JSON.parse(body.toString()) as WireRequest) : decode(body), state.points);
    response
      .writeHead(200, { 'content-type': request.headers['content-type'] ?? '' })
      .end(isJson ? state.jsonAnswer : undefined);
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function startGrpc(): Promise<Receiver> {
  const state = newState();
  const server = new Server({ 'grpc.max_receive_message_length': 64 * 2 ** 20 });
  const same = (buffer: Buffer) => buffer;
  server.addService(
    {
      Export: {
        path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    },
    {
      Export: (
        call: { request: Buffer; metadata: Metadata },
        callback: (
          error: { code: number; details: string; metadata: Metadata } | null,
          answer?: Buffer,
        ) => void,
      ) => {
        state.keys.push(call.metadata.get('x-api-key')[0] as string | undefined);
        if (state.refuseWith !== undefined) {
          callback({ code: state.refuseWith, details: 'not now', metadata: new Metadata() });
          return;
        }
        keep(decode(call.request), state.points);
        callback(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return Object.assign(state, {
    endpoint: `127.0.0.1:${port}`,
    close: async () => server.forceShutdown(),
  });
}

/** Starts a receiver for a protocol on a free port. */
export function startReceiver(protocol: Protocol): Promise<Receiver> {
  return protocol === 'grpc' ? startGrpc() : startHttp();
}

export { status as grpcStatus };
