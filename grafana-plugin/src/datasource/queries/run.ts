import { ArgusError } from '../../data/errors';
import type { ArgusQueryType } from '../types';
import { runAlerts } from './alerts';
import type { QueryAnswer, QueryContext, QueryRunner } from './context';
import { runExplanation } from './explanation';
import { runFleet } from './fleet';
import { runForecast } from './forecast';
import { runReportCard } from './reportCard';
import { runProbability, runRisk } from './risk';
import { runTimeToBreach } from './timeToBreach';

export const DEFAULT_QUERY_TYPE: ArgusQueryType = 'forecast';

const RUNNERS: Readonly<Record<ArgusQueryType, QueryRunner>> = {
  forecast: runForecast,
  fleet: runFleet,
  risk: runRisk,
  probability: runProbability,
  time_to_breach: runTimeToBreach,
  alerts: runAlerts,
  report_card: runReportCard,
  explanation: runExplanation,
};

/** Dashboards may come from a newer version of the plugin. */
function unknownType(type: string): ArgusError {
  return new ArgusError(
    'refused',
    `The query asks for “${type}”, which this version of the plugin does not know.`,
    'Choose what to show again, or update the plugin.',
  );
}

/** @throws ArgusError */
export function runQuery(context: QueryContext): Promise<QueryAnswer> {
  const type = context.query.queryType ?? DEFAULT_QUERY_TYPE;
  return Object.hasOwn(RUNNERS, type) ? RUNNERS[type](context) : Promise.reject(unknownType(type));
}
