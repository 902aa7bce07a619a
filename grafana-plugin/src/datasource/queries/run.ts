import type { ArgusQueryType } from '../types';
import type { QueryAnswer, QueryContext, QueryRunner } from './context';
import { runFleet } from './fleet';
import { runForecast } from './forecast';

export const DEFAULT_QUERY_TYPE: ArgusQueryType = 'forecast';

const RUNNERS: Partial<Record<ArgusQueryType, QueryRunner>> = {
  forecast: runForecast,
  fleet: runFleet,
};

/** @throws ArgusError */
export function runQuery(context: QueryContext): Promise<QueryAnswer> {
  const runner = RUNNERS[context.query.queryType ?? DEFAULT_QUERY_TYPE];
  return runner === undefined ? Promise.resolve({ frames: [], notices: [] }) : runner(context);
}
