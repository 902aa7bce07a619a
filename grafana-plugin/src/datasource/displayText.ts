import { targetLabel } from '../shared/metrics';
import { describedType } from './editors/queryFields';
import { DEFAULT_QUERY_TYPE } from './queries/run';
import type { ArgusQuery } from './types';

function listed(
  words: readonly string[] | undefined,
  prefix: string,
  label = (word: string) => word,
): string {
  return words === undefined || words.length === 0 ? '' : `${prefix} ${words.map(label).join(', ')}`;
}

/** A query in a line: "Forecast of CPU used for ppdb001, ppdb002, at most 3". */
export function displayText(query: ArgusQuery): string {
  const type = query.queryType ?? DEFAULT_QUERY_TYPE;
  const { label, fields } = describedType(type);
  const metrics = fields.includes('metrics') ? query.metrics : [];
  const pieces = [
    `${label}${listed(metrics, ' of', targetLabel)}${listed(query.servers, ' for')}`,
    listed(query.levels, 'at level'),
    listed(query.profiles, 'of profile'),
    query.search ? `named like “${query.search}”` : '',
    query.limit === undefined ? '' : `at most ${query.limit}`,
  ];
  return pieces.filter((piece) => piece !== '').join(', ');
}
