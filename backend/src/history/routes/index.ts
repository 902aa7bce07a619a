/** Every route of the history. */
import type { FastifyPluginAsync } from 'fastify';
import type { Clock } from '../../catalog/time.ts';
import type { FleetView } from '../../fleet/types.ts';
import type { HistoryView } from '../index.ts';
import { alertHistoryRoutes } from './alerts.ts';
import { exportRoutes } from './exports.ts';
import { serverHistoryRoutes } from './servers.ts';
import { historyStatusRoutes } from './status.ts';

export interface HistoryRouteOptions {
  readonly view: HistoryView;
  readonly fleet: Pick<FleetView, 'byName'>;
  readonly clock: Clock;
  /** False where the configuration switches the history off. */
  readonly enabled: boolean;
}

export function historyRoutes(options: HistoryRouteOptions): FastifyPluginAsync {
  return async (app) => {
    for (const routes of [alertHistoryRoutes, serverHistoryRoutes, exportRoutes, historyStatusRoutes]) {
      await app.register(routes, options);
    }
  };
}
