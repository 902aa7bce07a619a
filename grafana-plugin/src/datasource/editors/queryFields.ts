/** Which fields of a query each type reads: the editor shows those and no others. */
import type { ArgusQuery, ArgusQueryType } from '../types';

export type QueryField =
  | 'servers'
  | 'metrics'
  | 'levels'
  | 'profiles'
  | 'search'
  | 'limit'
  | 'history'
  | 'pastLead'
  | 'timing'
  | 'parts';

interface TypeDescription {
  readonly value: ArgusQueryType;
  readonly label: string;
  readonly description: string;
  readonly fields: readonly QueryField[];
  /** What no limit means. */
  readonly unlimited: string;
}

const WHICH: readonly QueryField[] = ['servers', 'levels', 'profiles', 'search', 'limit'];

export const QUERY_TYPE_DESCRIPTIONS: readonly TypeDescription[] = [
  {
    value: 'forecast',
    label: 'Forecast',
    description: 'What was measured, what is expected over the next 8 hours, and the 80 % band',
    fields: ['metrics', ...WHICH, 'history', 'pastLead'],
    unlimited: '10',
  },
  {
    value: 'fleet',
    label: 'Fleet',
    description: 'A row a server: level, risk, probabilities, time to breach, cause',
    fields: WHICH,
    unlimited: 'All',
  },
  {
    value: 'risk',
    label: 'Risk',
    description: 'The score from 0 to 100, over time or now',
    fields: [...WHICH, 'timing', 'parts'],
    unlimited: '10',
  },
  {
    value: 'probability',
    label: 'Failure probability',
    description: 'How likely a server fails within 30 minutes and within 8 hours',
    fields: [...WHICH, 'timing'],
    unlimited: '10',
  },
  {
    value: 'time_to_breach',
    label: 'Time to breach',
    description:
      'When thresholds are expected to be passed: the soonest of each server, or all of some metrics',
    fields: ['metrics', ...WHICH],
    unlimited: 'All',
  },
  {
    value: 'alerts',
    label: 'Alerts',
    description: 'Alerts of the time range, or those open now',
    fields: [...WHICH, 'timing'],
    unlimited: 'All',
  },
  {
    value: 'report_card',
    label: 'Report card',
    description: 'What forecasts were worth over the last day; with servers, how each is forecast',
    fields: ['metrics', 'servers', 'limit'],
    unlimited: '50',
  },
  {
    value: 'explanation',
    label: 'Explanation',
    description: 'What a server’s risk is made of; of the one at most risk where none is chosen',
    fields: WHICH,
    unlimited: '1',
  },
];

export function describedType(type: ArgusQueryType): TypeDescription {
  const [first, ...others] = QUERY_TYPE_DESCRIPTIONS;
  const found = others.find(({ value }) => value === type) ?? first;
  if (found === undefined) throw new Error('There are no query types.');
  return found;
}

/** The query as another type, without what that does not read. */
export function withType(query: ArgusQuery, queryType: ArgusQueryType): ArgusQuery {
  const { fields } = describedType(queryType);
  const kept = Object.fromEntries(fields.map((field) => [field, query[field]]));
  const { refId, key, hide, datasource } = query;
  return { refId, key, hide, datasource, queryType, ...kept };
}
