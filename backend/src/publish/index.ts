import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import type { Clock } from '../catalog/time.ts';
import type { PublishConfig } from './config.ts';
import { type PageSources, ServerPage } from './page.ts';
import { registerProcessMetrics } from './processMetrics.ts';
import { metricsRoutes } from './routes.ts';
import { startSelfMonitoring } from './selfMonitoring.ts';

export interface PublishStageOptions extends PageSources {
  readonly config: PublishConfig;
  /** Holds every stage's own metrics. */
  readonly registry: Registry;
  readonly clock: Clock;
  /** Version of Argus, for the resource of what is sent over OTLP. */
  readonly version: string;
}

export interface PublishStage {
  /** Fastify plugin with GET /metrics. */
  readonly routes: FastifyPluginAsync;
  /** Call after each forecast cycle: the next scrape sees its results. */
  cycleEnded(): void;
  /** Ends the subscription to the fleet and sends the own metrics a last time; never rejects. */
  close(): Promise<void>;
}

/** Builds the publish stage. */
export function createPublishStage(options: PublishStageOptions): PublishStage {
  const { fleet, registry, config } = options;
  const page = new ServerPage(options, config.forecastSeries);
  registerProcessMetrics(registry);
  const selfMonitoring = startSelfMonitoring({ ...options, config: config.selfMonitoring });
  const unsubscribe = fleet.onServerLeft(() => page.invalidate());
  return {
    routes: metricsRoutes(page, registry, config),
    cycleEnded: () => page.invalidate(),
    async close() {
      unsubscribe();
      await selfMonitoring?.stop();
    },
  };
}
