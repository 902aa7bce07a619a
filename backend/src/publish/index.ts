import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import type { PublishConfig } from './config.ts';
import { type PageSources, ServerPage } from './page.ts';
import { registerProcessMetrics } from './processMetrics.ts';
import { metricsRoutes } from './routes.ts';

export interface PublishStageOptions extends PageSources {
  readonly config: PublishConfig;
  /** Holds every stage's own metrics. */
  readonly registry: Registry;
}

export interface PublishStage {
  /** Fastify plugin with GET /metrics. */
  readonly routes: FastifyPluginAsync;
  /** Call after each forecast cycle: the next scrape sees its results. */
  cycleEnded(): void;
  /** Ends the subscription to the fleet. */
  close(): void;
}

/** Builds the publish stage. */
export function createPublishStage(options: PublishStageOptions): PublishStage {
  const { fleet, registry, config } = options;
  const page = new ServerPage(options, config.forecastSeries);
  registerProcessMetrics(registry);
  const unsubscribe = fleet.onServerLeft(() => page.invalidate());
  return {
    routes: metricsRoutes(page, registry, config),
    cycleEnded: () => page.invalidate(),
    close: unsubscribe,
  };
}
