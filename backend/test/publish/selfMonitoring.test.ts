import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { systemClock } from '../../src/catalog/time.ts';
import { registerProcessMetrics } from '../../src/publish/processMetrics.ts';
import { RegistryProducer } from '../../src/publish/registryProducer.ts';
import { metricsUrl, startSelfMonitoring } from '../../src/publish/selfMonitoring.ts';

interface OtlpMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: { readonly isMonotonic: boolean; readonly aggregationTemporality: number };
  readonly gauge?: object;
}
interface OtlpRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string }[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

/** An OTLP endpoint that keeps what it was sent. */
async function endpoint(t: TestContext) {
  const requests: { readonly url: string; readonly body: OtlpRequest }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    requests.push({ url: request.url ?? '', body: JSON.parse(await text(request)) as OtlpRequest });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function sampleRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'x_requests_total',
    help: 'Requests.',
    labelNames: ['code'],
    registers,
  });
  requests.inc({ code: '200' }, 3);
  new Gauge({ name: 'x_size_bytes', help: 'Size.', registers }).set(7);
  const duration = new Histogram({
    name: 'x_duration_seconds',
    help: 'Time.',
    labelNames: ['route'],
    buckets: [0.1, 1],
    registers,
  });
  for (const seconds of [0.05, 0.5, 0.6, 5]) duration.observe({ route: 'a' }, seconds);
  return registry;
}

describe('self-monitoring over OTLP', () => {
  it('sends every metric of the registry when it is stopped', async (t) => {
    const { requests, url } = await endpoint(t);
    const registry = sampleRegistry();
    registerProcessMetrics(registry);
    const monitoring = startSelfMonitoring({
      config: { endpoint: url, intervalSeconds: 60 },
      registry,
      clock: systemClock,
      version: '1.2.3',
    });
    await monitoring?.stop();
    assert.deepEqual(
      requests.map((request) => request.url),
      ['/v1/metrics'],
    );
    const [{ resource, scopeMetrics }] = requests[0].body.resourceMetrics;
    assert.deepEqual(resource.attributes.map(({ key }) => key).sort(), ['service.name', 'service.version']);
    const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
    const requestsMetric = metrics.find(({ name }) => name === 'x_requests');
    assert.deepEqual(requestsMetric?.sum?.isMonotonic, true);
    assert.equal(requestsMetric?.sum?.aggregationTemporality, 2);
    assert.equal(metrics.find(({ name }) => name === 'x_size_bytes')?.unit, 'By');
    assert.ok(metrics.some(({ name }) => name === 'process_resident_memory_bytes'));
  });

  it('turns cumulative buckets into counts by bucket', async () => {
    const producer = new RegistryProducer(sampleRegistry(), resourceFromAttributes({}), () => 1_500);
    const { resourceMetrics } = await producer.collect();
    const metrics = resourceMetrics.scopeMetrics[0].metrics;
    const duration = metrics.find(({ descriptor }) => descriptor.name === 'x_duration_seconds');
    assert.deepEqual(duration?.dataPoints, [
      {
        startTime: [1, 500_000_000],
        endTime: [1, 500_000_000],
        attributes: { route: 'a' },
        value: { buckets: { boundaries: [0.1, 1], counts: [1, 2, 1] }, sum: 6.15, count: 4 },
      },
    ]);
  });

  it('is off without an endpoint', () => {
    const registry = new Registry();
    const config = { intervalSeconds: 60 };
    assert.equal(startSelfMonitoring({ config, registry, clock: systemClock, version: '0' }), null);
  });

  it('stops although nobody listens at the endpoint', async () => {
    const monitoring = startSelfMonitoring({
      config: { endpoint: 'http://127.0.0.1:1', intervalSeconds: 60 },
      registry: sampleRegistry(),
      clock: systemClock,
      version: '0',
    });
    await monitoring?.stop();
  });

  it('adds the path of the metrics signal where it is missing', () => {
    assert.equal(metricsUrl('http://a:4318'), 'http://a:4318/v1/metrics');
    assert.equal(metricsUrl('http://a:4318/'), 'http://a:4318/v1/metrics');
    assert.equal(metricsUrl('http://a/otlp/v1/metrics'), 'http://a/otlp/v1/metrics');
  });
});
