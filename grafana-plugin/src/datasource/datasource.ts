import {
  type DataFrame,
  type DataQueryError,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  LoadingState,
  type MetricFindValue,
  type ScopedVars,
  type TestDataSourceResponse,
} from '@grafana/data';
import { getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import { Observable } from 'rxjs';
import { type ArgusClient, type ClientSettings, createClient } from '../data/client';
import { asArgusError } from '../data/errors';
import { annotationSupport } from './annotations';
import { displayText } from './displayText';
import { withNotices } from './frames/table';
import { testConnection } from './health';
import { interpolated } from './interpolate';
import type { QueryContext } from './queries/context';
import { runQuery } from './queries/run';
import { sharedClient } from './sharedClient';
import type { ArgusDataSourceOptions, ArgusQuery } from './types';
import { type ArgusVariableQuery, ArgusVariableSupport, variableValues } from './variables';

type Outcome = { readonly frames: readonly DataFrame[] } | { readonly error: DataQueryError };

function errorOf(refId: string, thrown: unknown): DataQueryError {
  const { sentence, status } = asArgusError(thrown);
  return { refId, message: sentence, status };
}

/** A frame for what has nothing to show but something to say. */
function emptyFrame(refId: string): DataFrame {
  return { refId, fields: [], length: 0 };
}

async function outcomeOf(context: QueryContext): Promise<Outcome> {
  const { refId } = context.query;
  try {
    const { frames, notices } = await runQuery(context);
    const [first, ...rest] = frames;
    if (first === undefined && notices.length === 0) return { frames };
    return { frames: [withNotices(first ?? emptyFrame(refId), notices), ...rest] };
  } catch (thrown) {
    return { error: errorOf(refId, thrown) };
  }
}

function responseOf(outcomes: readonly Outcome[]): DataQueryResponse {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const data = outcomes.flatMap((outcome) => ('frames' in outcome ? outcome.frames : []));
  return errors.length === 0
    ? { data, state: LoadingState.Done }
    : { data, errors, state: LoadingState.Error };
}

/** Forecasts, risk and alerts for any dashboard, read from the backend through Grafana's proxy. */
export class ArgusDataSource extends DataSourceApi<ArgusQuery, ArgusDataSourceOptions> {
  override readonly variables: ArgusVariableSupport;
  override readonly annotations = annotationSupport();
  readonly client: ArgusClient;
  readonly #templates: TemplateSrv;
  readonly #url: string;
  readonly #settings: ClientSettings;

  constructor(
    settings: DataSourceInstanceSettings<ArgusDataSourceOptions>,
    templates: TemplateSrv = getTemplateSrv(),
  ) {
    super(settings);
    this.#templates = templates;
    this.#url = settings.url ?? '';
    this.#settings = { timeoutSeconds: settings.jsonData.timeoutSeconds };
    this.client = sharedClient(createClient(this.#url, this.#settings));
    this.variables = new ArgusVariableSupport(this);
  }

  /** Each query is answered or fails by itself; leaving the observable ends its requests. */
  override query(request: DataQueryRequest<ArgusQuery>): Observable<DataQueryResponse> {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      const targets = request.targets.filter((query) => this.filterQuery(query));
      const contexts = targets.map((query) => this.#context(query, request, targets.length, abort.signal));
      Promise.all(contexts.map(outcomeOf)).then((outcomes) => {
        subscriber.next(responseOf(outcomes));
        subscriber.complete();
      });
      return () => abort.abort();
    });
  }

  override filterQuery(query: ArgusQuery): boolean {
    return query.hide !== true;
  }

  /** Says what a query asks for where there is no room for its editor. */
  override getQueryDisplayText(query: ArgusQuery): string {
    return displayText(query);
  }

  /** Values of a variable, for dashboards and for older ways to ask for them. */
  override metricFindQuery(
    query: Partial<ArgusVariableQuery>,
    options: { readonly scopedVars?: ScopedVars } = {},
  ): Promise<MetricFindValue[]> {
    const { queryType, profiles, levels, search } = query;
    const chosen = { refId: '', profiles, levels, search };
    return variableValues(this, {
      ...interpolated(chosen, this.#templates, options.scopedVars ?? {}),
      queryType,
    });
  }

  override interpolateVariablesInQueries(queries: ArgusQuery[], scopedVars: ScopedVars): ArgusQuery[] {
    return queries.map((query) => interpolated(query, this.#templates, scopedVars));
  }

  override testDatasource(): Promise<TestDataSourceResponse> {
    return testConnection(createClient(this.#url, { ...this.#settings, isAfterChange: true }));
  }

  #context(
    query: ArgusQuery,
    { range, scopedVars }: DataQueryRequest<ArgusQuery>,
    count: number,
    signal: AbortSignal,
  ): QueryContext {
    return {
      client: this.client,
      query: interpolated(query, this.#templates, scopedVars),
      range,
      signal,
      isAlone: count === 1,
    };
  }
}
