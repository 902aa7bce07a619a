import {
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceApi,
  DataTopic,
  dateTime,
  LoadingState,
  type PanelData,
  toDataFrame,
} from '@grafana/data';
import { toDataQueryError } from '@grafana/runtime';
import {
  catchError,
  from,
  isObservable,
  map,
  merge,
  type Observable,
  of,
  share,
  takeUntil,
  timer,
} from 'rxjs';

/** A quick answer shows no loading bar. */
const LOADING_AFTER_MS = 200;

type Query = (request: DataQueryRequest) => Promise<DataQueryResponse> | Observable<DataQueryResponse>;

/** Frames by key, so that a stream's later packets replace its earlier ones. */
function collect(packets: Map<string, DataFrame[]>, response: DataQueryResponse): readonly DataFrame[] {
  const frames = (response.data ?? []).map((data) => toDataFrame(data));
  packets.set(response.key ?? 'A', frames);
  return [...packets.values()].flat();
}

function toPanelData(
  request: DataQueryRequest,
  frames: readonly DataFrame[],
  response: DataQueryResponse,
): PanelData {
  const isAnnotation = (frame: DataFrame) => frame.meta?.dataTopic === DataTopic.Annotations;
  const error = response.error ?? response.errors?.[0];
  const failed = error !== undefined && response.state === undefined;
  return {
    request,
    timeRange: request.range,
    state: response.state ?? (failed ? LoadingState.Error : LoadingState.Done),
    series: frames.filter((frame) => !isAnnotation(frame)),
    annotations: frames.filter(isAnnotation),
    ...(error !== undefined && { error, errors: response.errors ?? [error] }),
  };
}

/** Runs a query and turns what comes into the data of a panel: loading after a while, then results or an error. */
export function runRequest(
  dataSource: DataSourceApi,
  request: DataQueryRequest,
  queryFunction?: Query,
): Observable<PanelData> {
  const started: DataQueryRequest = { ...request, startTime: Date.now() };
  if (request.targets.length === 0) return of(toPanelData(started, [], { data: [] }));
  const packets = new Map<string, DataFrame[]>();
  const query: Query = queryFunction ?? ((asked) => dataSource.query(asked));
  const answered = query(started);
  const results = (isObservable(answered) ? answered : from(answered)).pipe(
    map((response) => toPanelData(started, collect(packets, response), response)),
    catchError((error: unknown) => {
      const known = toDataQueryError(error);
      const empty = toPanelData(started, [], { data: [] });
      return of<PanelData>({ ...empty, state: LoadingState.Error, error: known, errors: [known] });
    }),
    share(),
  );
  const range = { ...request.range, from: dateTime(request.range.from), to: dateTime(request.range.to) };
  const loading: PanelData = { request: started, state: LoadingState.Loading, series: [], timeRange: range };
  return merge(
    timer(LOADING_AFTER_MS).pipe(
      map(() => loading),
      takeUntil(results),
    ),
    results,
  );
}
