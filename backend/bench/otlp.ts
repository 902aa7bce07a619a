/**
 * How many data points the OTLP receiver takes per second of CPU: a child process runs the receiver on a
 * fleet that keeps its journal, this one sends
 * gzip requests of 41 hosts in the shape of a Collector with one series per CPU. CPU time is the child's, all threads.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ChannelCredentials, Client, compressionAlgorithms, Metadata } from '@grpc/grpc-js';
import { Registry } from 'prom-client';
import { systemClock } from '../src/catalog/time.ts';
import { createFleet } from '../src/fleet/createFleet.ts';
import { createOtlpReceiver, type OtlpAddresses } from '../src/ingest/otlp/receiver.ts';
import { fleetConfig } from '../test/fleet/support.ts';
import { collectorHost } from '../test/ingest/otlp/collectorShape.ts';
import { encodeRequest } from '../test/ingest/otlp/messages.ts';
import { otlpConfig } from '../test/ingest/otlp/support.ts';

const HOSTS = 41;
const HOST_SHAPE = { cpus: 16, devices: 4, mounts: 4 } as const;
const REQUESTS = 300;
const WARM_UP_REQUESTS = 60;
const IN_FLIGHT = 4;
const INTERVAL_MS = 1000;
const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

interface Usage {
  readonly cpuSeconds: number;
  readonly points: number;
  readonly rssMb: number;
}

async function runReceiver(): Promise<void> {
  const registry = new Registry();
  const clock = systemClock;
  const logger = { info: () => {}, warn: console.error, error: console.error };
  const dataDir = mkdtempSync(join(tmpdir(), 'argus-bench-otlp-'));
  const stage = createFleet({ clock, config: fleetConfig(), dataDir, registry, logger });
  await stage.open();
  const receiver = createOtlpReceiver({
    intake: stage.fleet,
    clock,
    config: otlpConfig(),
    registry,
    logger,
    authorize: () => 'ok',
  });
  process.send?.(await receiver.start());
  process.once('disconnect', async () => {
    await receiver.stop();
    await stage.stop();
    rmSync(dataDir, { recursive: true });
    process.exit();
  });
  process.on('message', async () => {
    const { user, system } = process.cpuUsage();
    const points = await registry.getSingleMetric('argus_ingest_points_total')?.get();
    const usage: Usage = {
      cpuSeconds: (user + system) / 1e6,
      points: points?.values[0]?.value ?? 0,
      rssMb: Math.round(process.memoryUsage.rss() / 1e6),
    };
    process.send?.(usage);
  });
}

function messages(count: number): readonly Buffer[] {
  const endMs = Date.now();
  const startMs = endMs - 86_400_000;
  return Array.from({ length: count }, (_, index) => {
    const timeMs = endMs - (count - index) * INTERVAL_MS;
    const hosts = Array.from({ length: HOSTS }, (_unused, host) =>
      collectorHost({ name: `host-${host}`, ...HOST_SHAPE }, startMs, timeMs),
    );
    return encodeRequest(hosts.flat());
  });
}

async function usageOf(child: ChildProcess): Promise<Usage> {
  child.send('usage');
  const [usage] = await once(child, 'message');
  return usage as Usage;
}

async function eachInFlight(bodies: readonly Buffer[], send: (body: Buffer) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < bodies.length) await send(bodies[next++]);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

function overGrpc(address: string): { send: (body: Buffer) => Promise<void>; close: () => void } {
  const client = new Client(address, ChannelCredentials.createInsecure(), {
    'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
  });
  const identity = (bytes: Buffer) => bytes;
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(EXPORT, identity, identity, body, new Metadata(), (error) =>
          error === null ? resolve() : reject(error),
        );
      }),
    close: () => client.close(),
  };
}

function overHttp(address: string): { send: (body: Buffer) => Promise<void>; close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'gzip' };
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const sent = httpRequest(
          `http://${address}/v1/metrics`,
          { method: 'POST', agent, headers },
          (answer) => {
            answer.resume();
            answer.once('end', () =>
              answer.statusCode === 200 ? resolve() : reject(new Error(`HTTP ${answer.statusCode}`)),
            );
          },
        );
        sent.once('error', reject);
        sent.end(gzipSync(body));
      }),
    close: () => agent.destroy(),
  };
}

async function measure(transport: 'grpc' | 'http', bodies: readonly Buffer[]) {
  const child = fork(import.meta.filename, ['receiver']);
  const [addresses] = (await once(child, 'message')) as [OtlpAddresses];
  const client = transport === 'grpc' ? overGrpc(addresses.grpcAddress) : overHttp(addresses.httpAddress);
  try {
    await eachInFlight(bodies.slice(0, WARM_UP_REQUESTS), client.send);
    const before = await usageOf(child);
    await eachInFlight(bodies.slice(WARM_UP_REQUESTS), client.send);
    const after = await usageOf(child);
    const points = after.points - before.points;
    return {
      pointsPerCpuSecond: Math.round(points / (after.cpuSeconds - before.cpuSeconds)),
      points,
      rssMb: after.rssMb,
    };
  } finally {
    client.close();
    child.disconnect();
    await once(child, 'exit');
  }
}

if (process.argv[2] === 'receiver') {
  await runReceiver();
} else {
  const bodies = messages(REQUESTS);
  const grpc = await measure('grpc', bodies);
  const http = await measure('http', bodies);
  console.log(
    JSON.stringify({
      benchmark: 'otlp',
      hostsPerRequest: HOSTS,
      pointsPerRequest: grpc.points / (REQUESTS - WARM_UP_REQUESTS),
      bytesPerRequest: bodies[0].length,
      grpcGzip: grpc,
      httpGzip: http,
      boundPointsPerCpuSecond: 2_000_000,
      isWithinBound: grpc.pointsPerCpuSecond >= 2_000_000,
    }),
  );
}
