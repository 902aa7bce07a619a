/** The API's own routes; other stages register theirs on the same server. */
import type { FastifyInstance } from 'fastify';
import { alertRoutes } from './routes/alerts.ts';
import { healthRoutes } from './routes/health.ts';
import { predictionRoutes } from './routes/predictions.ts';
import { reportRoutes } from './routes/report.ts';
import { serverRoutes } from './routes/servers.ts';
import type { ApiSources } from './sources.ts';

/** Registers health, status, predictions, alerts, servers and the report card. */
export async function registerApiRoutes(app: FastifyInstance, sources: ApiSources): Promise<void> {
  for (const routes of [healthRoutes, predictionRoutes, alertRoutes, serverRoutes, reportRoutes]) {
    await app.register(routes, { sources });
  }
}
