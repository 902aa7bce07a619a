/** The OpenTelemetry JavaScript SDK as a client, over each of its exporters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExportResult } from '@opentelemetry/core';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { HostMetrics } from '@opentelemetry/host-metrics';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { systemClock } from '../../../src/catalog/time.ts';
import { type RunningReceiver, startReceiver } from './receiverSupport.ts';

type Compression = CompressionAlgorithm;

const EXPORTERS: Readonly<
  Record<string, (receiver: RunningReceiver, compression: Compression) => PushMetricExporter>
> = {
  gRPC: ({ grpcAddress }, compression) => new GrpcExporter({ url: `http://${grpcAddress}`, compression }),
  'HTTP/protobuf': ({ httpAddress }, compression) =>
    new ProtobufExporter({ url: `http://${httpAddress}/v1/metrics`, compression }),
  'HTTP/JSON': ({ httpAddress }, compression) =>
    new JsonExporter({ url: `http://${httpAddress}/v1/metrics`, compression }),
};

function providerOf(exporter: PushMetricExporter, name: string): MeterProvider {
  return new MeterProvider({
    resource: resourceFromAttributes({ 'host.name': name, 'argus.profile': 'web_api' }),
    // Exports happen where the test forces them.
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
}

for (const [transport, exporterFor] of Object.entries(EXPORTERS)) {
  for (const compression of [CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP]) {
    test(`gauges and counters of the SDK arrive over ${transport} with compression ${compression}`, async (t) => {
      const running = await startReceiver(t, { holdSeconds: 0 }, { clock: systemClock });
      const provider = providerOf(exporterFor(running, compression), 'sdk-1');
      const meter = provider.getMeter('test');
      meter.createObservableGauge('system.cpu.load_average.1m').addCallback((result) => result.observe(2.5));
      const bytes = meter.createCounter('system.network.io', { unit: 'By' });
      const move = (count: number) => bytes.add(count, { device: 'eth0', direction: 'transmit' });
      move(1_000_000);
      await provider.forceFlush();
      // Two exports in the same millisecond would be one moment.
      await new Promise((resolve) => setTimeout(resolve, 5));
      move(2_000_000);
      await provider.forceFlush();
      await provider.shutdown();
      await running.receiver.stop();
      const latest = running.intake.latest('sdk-1');
      assert.equal(latest.load_average, 2.5);
      assert.ok(running.intake.values('sdk-1', 'net_out_mb_s').some((rate) => rate > 0));
      assert.equal(running.intake.identities.get('sdk-1')?.profile, 'web_api');
      assert.deepEqual(running.logged, []);
    });
  }
}

test('delta temporality of the SDK is a rate from its first export on', async (t) => {
  const running = await startReceiver(t, { holdSeconds: 0 }, { clock: systemClock });
  const exporter = new ProtobufExporter({
    url: `http://${running.httpAddress}/v1/metrics`,
    temporalityPreference: AggregationTemporality.DELTA as never,
  });
  const provider = providerOf(exporter, 'sdk-delta');
  const bytes = provider.getMeter('test').createCounter('system.network.io');
  bytes.add(5_000_000, { device: 'eth0', direction: 'receive' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await provider.forceFlush();
  await provider.shutdown();
  await running.receiver.stop();
  assert.ok(running.intake.values('sdk-delta', 'net_in_mb_s')[0] > 0);
});

test('the host-metrics package describes this machine', async (t) => {
  const running = await startReceiver(t, { holdSeconds: 0 }, { clock: systemClock });
  const provider = providerOf(EXPORTERS.gRPC(running, CompressionAlgorithm.GZIP), 'this-machine');
  const hostMetrics = new HostMetrics({ meterProvider: provider });
  hostMetrics.start();
  await provider.forceFlush();
  // Some CPU time has to pass between the two exports.
  const until = Date.now() + 150;
  while (Date.now() < until) Math.sqrt(until);
  await provider.forceFlush();
  await provider.shutdown();
  await running.receiver.stop();
  const latest = running.intake.latest('this-machine');
  const shares = latest.cpu_user_pct + latest.cpu_sys_pct + latest.cpu_idle_pct;
  assert.ok(Math.abs(shares - 100) < 1e-6, `${shares}`);
  assert.ok(latest.mem_used_pct > 0 && latest.mem_used_pct < 100);
  assert.ok(latest.net_in_mb_s >= 0);
  assert.equal(latest.cpu_iowait_pct, undefined);
  assert.match(await running.registry.metrics(), /argus_ingest_points_total \d+/);
});

test('the SDK is told that a key is missing', async (t) => {
  const running = await startReceiver(t, {}, { authorize: () => 'missing', clock: systemClock });
  for (const [transport, exporterFor] of Object.entries(EXPORTERS)) {
    const exporter = exporterFor(running, CompressionAlgorithm.NONE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    provider
      .getMeter('test')
      .createObservableGauge('node_load1')
      .addCallback((result) => result.observe(1));
    const { resourceMetrics } = await reader.collect();
    const result = await new Promise<ExportResult>((resolve) => exporter.export(resourceMetrics, resolve));
    assert.notEqual(result.code, 0, transport);
    assert.match(String(result.error), /401|Unauthorized|UNAUTHENTICATED/, transport);
    await provider.shutdown();
  }
  assert.deepEqual(running.intake.names, []);
});
