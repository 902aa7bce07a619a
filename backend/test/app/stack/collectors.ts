/** The agent and the gateway, each a real Collector with the configuration of otel-collector/. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { COLLECTOR, COLLECTOR_FOLDER } from '../../otelCollector/support.ts';
import { freePort, runProgram, type Settings, temporaryFolder } from '../support.ts';
import { type Restartable, restartable, type Waits } from './monitoring.ts';

function collector(
  t: TestContext,
  files: readonly string[],
  healthPort: number,
  settings: () => Settings,
): Restartable {
  const health = `127.0.0.1:${healthPort}`;
  const args = files.flatMap((file) => ['--config', file]);
  return restartable(
    `http://${health}`,
    () => runProgram(t, COLLECTOR, args, { ...settings(), ARGUS_HEALTH_LISTEN: health }),
    async () => (await fetch(`http://${health}`).catch(() => undefined))?.ok === true,
  );
}

export interface Gateway extends Restartable {
  /** HOST:PORT for OTLP over gRPC. */
  readonly otlpGrpc: string;
  /** HOST:PORT of the instances it knows, from its next start on. */
  shards: readonly string[];
}

export interface GatewayOptions {
  readonly shards: readonly string[];
  readonly ingestKey: string;
  readonly gatewayKey: string;
  readonly prometheusUrl: string;
}

/** A gateway that also writes to Prometheus. */
export async function createGateway(t: TestContext, options: GatewayOptions): Promise<Gateway> {
  const otlpGrpc = `127.0.0.1:${await freePort()}`;
  const otlpHttp = `127.0.0.1:${await freePort()}`;
  const files = ['gateway.yaml', 'overlays/remote-write.yaml'].map((file) => join(COLLECTOR_FOLDER, file));
  const gateway: Gateway = {
    ...collector(t, files, await freePort(), () => ({
      ARGUS_GATEWAY_GRPC: otlpGrpc,
      ARGUS_GATEWAY_HTTP: otlpHttp,
      ARGUS_GATEWAY_KEY: options.gatewayKey,
      ARGUS_API_KEY: options.ingestKey,
      ARGUS_SHARDS: `[${gateway.shards.join(', ')}]`,
      ARGUS_TLS_INSECURE: 'true',
      ARGUS_REMOTE_WRITE_URL: `${options.prometheusUrl}/api/v1/write`,
    })),
    otlpGrpc,
    shards: options.shards,
  };
  return gateway;
}

export interface Agent extends Restartable {
  /** Reports that left it since the test began, whether or not Argus has them. */
  reports(): number;
}

export interface AgentOptions {
  readonly endpoint: string;
  readonly key: string;
  readonly hostName: string;
  /** Root of the machine it reads, if not this one. */
  readonly hostRoot?: string;
  readonly waits: Waits;
}

const SHORTEST_WAITS: Settings = {
  ARGUS_INTERVAL: '1s',
  ARGUS_RETRY_FIRST: '200ms',
  ARGUS_RETRY_LONGEST: '1s',
};

/** An agent. A second exporter counts its reports: it never waits for Argus. */
export async function createAgent(t: TestContext, options: AgentOptions): Promise<Agent> {
  const { endpoint, key, hostName, hostRoot = '', waits } = options;
  const folder = temporaryFolder(t);
  let reports = 0;
  const counter = createServer((request, response) => {
    request.resume().once('end', () => {
      reports += 1;
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(counter, 'listening');
  t.after(() => counter.close().closeAllConnections());
  const { port } = counter.address() as AddressInfo;
  const counting = join(folder, 'counting.json');
  // JSON is YAML.
  writeFileSync(
    counting,
    JSON.stringify({
      exporters: {
        'otlp_http/count': { endpoint: `http://127.0.0.1:${port}`, sending_queue: { enabled: false } },
      },
      service: { pipelines: { metrics: { exporters: ['otlp_grpc', 'otlp_http/count'] } } },
    }),
  );
  const files = [join(COLLECTOR_FOLDER, 'agent.yaml'), counting];
  const agent = collector(t, files, await freePort(), () => ({
    ARGUS_ENDPOINT: endpoint,
    ARGUS_API_KEY: key,
    ARGUS_HOST_NAME: hostName,
    ARGUS_TLS_INSECURE: 'true',
    ARGUS_HOST_ROOT: hostRoot,
    ARGUS_QUEUE_DIR: join(folder, 'queue'),
    ...(waits === 'shortest' ? SHORTEST_WAITS : {}),
  }));
  return { ...agent, reports: () => reports };
}
