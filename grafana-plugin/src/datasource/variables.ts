/** Values for template variables: names of servers, metrics, profiles or levels. */
import {
  CustomVariableSupport,
  type DataQueryRequest,
  type DataQueryResponse,
  type MetricFindValue,
} from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import { from, type Observable } from 'rxjs';
import { map } from 'rxjs/operators';
import { fetchServers } from '../data/server';
import { LEVELS } from '../shared/levels';
import { PROFILES, TARGETS } from '../shared/metrics';
import type { ArgusDataSource } from './datasource';
import { VariableQueryEditor } from './editors/VariableQueryEditor';
import type { ArgusDataSourceOptions, ArgusQuery } from './types';

export const VARIABLE_KINDS = ['servers', 'metrics', 'profiles', 'levels'] as const;
export type ArgusVariableKind = (typeof VARIABLE_KINDS)[number];

export interface ArgusVariableQuery extends DataQuery {
  queryType?: ArgusVariableKind;
  /** servers: only of these profiles; variables allowed. */
  profiles?: string[];
  /** servers: only at these levels now; variables allowed. */
  levels?: string[];
  /** servers: part of the name; variables allowed. */
  search?: string;
}

interface Named {
  readonly name: string;
  readonly label: string;
}

function valuesOf(words: readonly Named[]): MetricFindValue[] {
  return words.map(({ name, label }) => ({ text: label, value: name }));
}

function isLess(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** What a variable can be. Servers come by name, so that the list stays as it is while risks change. */
export async function variableValues(
  { client }: ArgusDataSource,
  {
    queryType = 'servers',
    profiles,
    levels,
    search,
  }: Pick<ArgusVariableQuery, 'queryType' | 'profiles' | 'levels' | 'search'>,
): Promise<MetricFindValue[]> {
  if (queryType === 'metrics') return valuesOf(TARGETS);
  if (queryType === 'profiles') return valuesOf(PROFILES);
  if (queryType === 'levels') return valuesOf(LEVELS);
  const listed = (words: string[] | undefined) => (words?.length ? words : undefined);
  const { servers } = await fetchServers(client, { profile: listed(profiles), level: listed(levels) });
  const part = search?.trim().toLowerCase() ?? '';
  return servers
    .map(({ name }) => name)
    .filter((name) => name.toLowerCase().includes(part))
    .sort(isLess)
    .map((name) => ({ text: name, value: name }));
}

/** Connects the variables of dashboards to the data source. */
export class ArgusVariableSupport extends CustomVariableSupport<
  ArgusDataSource,
  ArgusVariableQuery,
  ArgusQuery,
  ArgusDataSourceOptions
> {
  readonly #source: ArgusDataSource;
  override editor = VariableQueryEditor;

  constructor(source: ArgusDataSource) {
    super();
    this.#source = source;
  }

  override query({
    targets,
    scopedVars,
  }: DataQueryRequest<ArgusVariableQuery>): Observable<DataQueryResponse> {
    const [query] = targets;
    return from(this.#source.metricFindQuery(query ?? {}, { scopedVars })).pipe(map((data) => ({ data })));
  }
}
