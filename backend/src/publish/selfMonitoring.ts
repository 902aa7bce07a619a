import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Registry } from 'prom-client';
import type { Clock } from '../catalog/time.ts';
import type { PublishConfig } from './config.ts';
import { RegistryProducer } from './registryProducer.ts';

const METRICS_PATH = '/v1/metrics';
/** An export, its retries included, and so the wait for the last one; an endpoint that is down must not hold up a stop. */
const EXPORT_MS = 2000;

export interface SelfMonitoringOptions {
  readonly config: PublishConfig['selfMonitoring'];
  readonly registry: Registry;
  readonly clock: Clock;
  readonly version: string;
}

export interface SelfMonitoring {
  /** Sends a last time and ends; never rejects. */
  stop(): Promise<void>;
}

/** Endpoint of the configuration with the path of the metrics signal, as OTEL_EXPORTER_OTLP_ENDPOINT is read. */
export function metricsUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '');
  return base.endsWith(METRICS_PATH) ? base : base + METRICS_PATH;
}

/**
 * Sends the registry's metrics over OTLP/HTTP at an interval.
 * The resource carries no host name: sent to Argus itself, it must not become a server of the fleet.
 * @returns null where no endpoint is configured
 */
export function startSelfMonitoring(options: SelfMonitoringOptions): SelfMonitoring | null {
  const { endpoint, intervalSeconds } = options.config;
  if (endpoint === undefined) return null;
  const resource = resourceFromAttributes({ 'service.name': 'argus', 'service.version': options.version });
  const interval = intervalSeconds * 1000;
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: metricsUrl(endpoint), timeoutMillis: EXPORT_MS }),
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(interval, EXPORT_MS),
    metricProducers: [new RegistryProducer(options.registry, resource, () => options.clock.now())],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return {
    async stop() {
      // The last export may fail for any reason; the process ends all the same.
      await provider.shutdown({ timeoutMillis: EXPORT_MS }).catch(() => undefined);
    },
  };
}
