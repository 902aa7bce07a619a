/** A real OpenTelemetry Collector that watches this machine, where one is built. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { COLLECTOR, reasonWithout } from '../otelCollector/support.ts';
import {
  eventually,
  freePort,
  type Running,
  runProgram,
  sampleSum,
  scrape,
  serve,
  serversOf,
  startArgus,
  stop,
  temporaryFolder,
} from './support.ts';
import { ahead, assertWholeMachine, measured } from './thisMachine.ts';

const NEEDED = ['host_metrics', 'resource', 'otlp_grpc', 'otlp_http', 'file_storage'];
/** Reports of the machine that the backend misses while it is away. */
const MISSED = 4;

const skip = reasonWithout(COLLECTOR, NEEDED);

/** Pipelines that report this machine every second: to each exporter under the name it is given, or under none. */
function configOf(
  folder: string,
  exporters: Readonly<Record<string, { readonly settings: object; readonly host?: string }>>,
): string {
  const named = Object.entries(exporters).filter(([, { host }]) => host !== undefined);
  const setHost = (value: string) => ({ attributes: [{ key: 'host.name', value, action: 'upsert' }] });
  const config = {
    receivers: {
      host_metrics: {
        collection_interval: '1s',
        initial_delay: '0s',
        scrapers: { cpu: {}, load: {}, memory: {}, paging: {}, filesystem: {}, network: {}, system: {} },
      },
    },
    processors: Object.fromEntries(named.map(([id, { host = '' }]) => [`resource/${id}`, setHost(host)])),
    exporters: Object.fromEntries(Object.entries(exporters).map(([id, { settings }]) => [id, settings])),
    extensions: { file_storage: { directory: join(folder, 'queue'), create_directory: true } },
    service: {
      extensions: ['file_storage'],
      telemetry: { metrics: { level: 'none' } },
      pipelines: Object.fromEntries(
        Object.entries(exporters).map(([id, { host }]) => [
          `metrics/${id.replaceAll('/', '_')}`,
          {
            receivers: ['host_metrics'],
            processors: host === undefined ? [] : [`resource/${id}`],
            exporters: [id],
          },
        ]),
      ),
    },
  };
  const file = join(folder, 'collector.json');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function startCollector(t: TestContext, ...config: Parameters<typeof configOf>): Running {
  mkdirSync(config[0], { recursive: true });
  return runProgram(t, COLLECTOR, ['--config', configOf(...config)]);
}

const retrying = { enabled: true, initial_interval: '200ms', max_interval: '1s', max_elapsed_time: '0s' };
const overGrpc = (endpoint: string) => ({
  endpoint,
  tls: { insecure: true },
  compression: 'gzip',
  sending_queue: { storage: 'file_storage' },
  retry_on_failure: retrying,
});
const overHttp = (endpoint: string) => ({
  metrics_endpoint: `${endpoint}/v1/metrics`,
  retry_on_failure: retrying,
});

/** Counts the reports of the Collector as they leave it. */
async function startCounter(t: TestContext): Promise<{ readonly url: string; count(): number }> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      count += 1;
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

describe('a Collector that watches this machine', () => {
  it('shows it with CPU, memory, disk, network and load over gRPC and HTTP', { skip }, async (t) => {
    const { addresses } = await startArgus(t, {}, { clock: ahead });
    const collector = startCollector(t, temporaryFolder(t), {
      'otlp_grpc/named': { settings: overGrpc(addresses.otlpGrpc), host: 'collected-grpc' },
      'otlp_http/named': { settings: overHttp(`http://${addresses.otlpHttp}`), host: 'collected-http' },
      'otlp_grpc/unnamed': { settings: overGrpc(addresses.otlpGrpc) },
    });
    for (const name of ['collected-grpc', 'collected-http']) {
      assertWholeMachine(await measured(addresses.rest, name));
    }
    // Who reports without a name is told what to add.
    await eventually('the Collector to say what was refused', () =>
      /Partial success response.*host\.name.*resource_detection/.test(collector.stderr()) ? true : undefined,
    );
    assert.deepEqual([...(await serversOf(addresses)).keys()].sort(), ['collected-grpc', 'collected-http']);
    assert.equal(await stop(collector), 0);
  });

  it('loses no report to a backend that is killed and comes back', { skip }, async (t) => {
    const dataDir = temporaryFolder(t);
    const otlpGrpc = `127.0.0.1:${await freePort()}`;
    const args = ['--otlp-grpc', otlpGrpc];
    const counter = await startCounter(t);
    const first = await serve(t, { dataDir, args });
    startCollector(t, temporaryFolder(t), {
      otlp_grpc: { settings: overGrpc(otlpGrpc), host: 'collected' },
      otlp_http: { settings: overHttp(counter.url), host: 'collected' },
    });
    const arrived = async ({ addresses }: typeof first) =>
      sampleSum(await scrape(addresses), 'argus_ingest_requests_total', 'transport="grpc",code="OK"');
    await eventually('reports to arrive', async () => ((await arrived(first)) >= 2 ? true : undefined));
    await stop(first, 'SIGKILL');
    const atKill = counter.count();
    await eventually('reports to be missed', () => (counter.count() >= atKill + MISSED ? true : undefined));

    const second = await serve(t, { dataDir, args });
    // One report may be on its way to either while they are counted.
    await eventually('the missed reports and those since', async () => {
      const left = counter.count() - atKill;
      return (await arrived(second)) >= left - 1 ? true : undefined;
    });
    assert.deepEqual([...(await serversOf(second.addresses)).keys()], ['collected']);
    const page = await scrape(second.addresses);
    assert.equal(sampleSum(page, 'argus_ingest_points_rejected_total'), 0);
    assert.equal(await stop(second), 0);
  });
});
