import type { QueryResultMetaNotice } from '@grafana/data';
import { asArgusError } from '../../data/errors';
import { fetchPastForecasts, LEADS, type PastForecasts } from '../../data/pastForecasts';
import { fetchForecast, type ServerForecast } from '../../data/server';
import { TARGETS, targetLabel } from '../../shared/metrics';
import { forecastFrame } from '../frames/forecast';
import { info, type QueryAnswer, type QueryContext } from './context';
import { forEachServer } from './eachServer';
import { selectedServers } from './selection';

/** More lines than a person can tell apart, and more than a browser draws at ease. */
const MOST_FRAMES = 150;
/** Told apart from one another and from the colours of levels. */
const COLORS = [
  'blue',
  'purple',
  'semi-dark-green',
  'dark-yellow',
  'super-light-blue',
  'dark-red',
  'light-purple',
] as const;

/** A forecast and, where the query reaches further back than what comes with it, what is kept of the past. */
interface ServerAnswer {
  readonly forecast: ServerForecast;
  readonly kept: PastForecasts | undefined;
  /** Why nothing kept could be read. */
  readonly problem: string | undefined;
}

interface Wanted extends ServerAnswer {
  readonly metric: string;
}

function metricsOf({ query }: QueryContext): readonly string[] {
  return query.metrics?.length ? query.metrics : TARGETS.map(({ name }) => name);
}

function wantedOf(answers: readonly ServerAnswer[], metrics: readonly string[]): Wanted[] {
  return answers.flatMap((answer) =>
    metrics
      .filter((metric) => Object.hasOwn(answer.forecast.targets, metric))
      .map((metric) => ({ ...answer, metric })),
  );
}

/** What names must say for series to be told apart: nothing, the server, the metric or both. */
function prefixer(all: readonly Wanted[], isAlone: boolean): (one: Wanted) => string {
  const hasServers = !isAlone || new Set(all.map(({ forecast }) => forecast.server_name)).size > 1;
  const hasMetrics = !isAlone || new Set(all.map(({ metric }) => metric)).size > 1;
  return ({ forecast, metric }) =>
    [...(hasServers ? [forecast.server_name] : []), ...(hasMetrics ? [targetLabel(metric)] : [])].join(' ');
}

function absentNotices(
  forecasts: readonly ServerForecast[],
  { query }: QueryContext,
): QueryResultMetaNotice[] {
  return (query.metrics ?? []).flatMap((metric) => {
    const without = forecasts.filter(({ targets }) => !Object.hasOwn(targets, metric));
    if (without.length === 0) return [];
    const names = without.length === 1 ? without[0]?.server_name : `${without.length} servers`;
    return [info(`${targetLabel(metric)} is not forecast for ${names}: it is not measured there.`)];
  });
}

function rangeNotice(forecasts: readonly ServerForecast[], { range }: QueryContext): QueryResultMetaNotice[] {
  const newest = Math.max(...forecasts.map(({ origin }) => Date.parse(origin)));
  if (forecasts.length === 0 || range.to.valueOf() > newest) return [];
  return [info('The forecast lies after the time range of this dashboard: set its end to now+8h to see it.')];
}

function framesOf(wanted: readonly Wanted[], { query, isAlone }: QueryContext) {
  const prefix = prefixer(wanted, isAlone);
  return wanted.flatMap((one, i) => {
    const color = COLORS[i % COLORS.length] ?? COLORS[0];
    const { kept, metric } = one;
    const history = query.history ?? true;
    const options = { refId: query.refId, metric, prefix: prefix(one), color, kept, history };
    return forecastFrame(one.forecast, options) ?? [];
  });
}

function startOf({ history, origin }: ServerForecast): number {
  return Date.parse(history?.timestamps[0] ?? origin);
}

/** Reads what is kept where the dashboard begins before the 24 hours of a forecast, or earlier forecasts are wanted. */
async function withKept(context: QueryContext, forecast: ServerForecast): Promise<ServerAnswer> {
  const { client, query, range, signal } = context;
  const lead = LEADS.find((name) => name === query.pastLead);
  const fromMs = range.from.valueOf();
  const needsPast = (query.history ?? true) && (lead !== undefined || fromMs < startOf(forecast));
  if (!needsPast) return { forecast, kept: undefined, problem: undefined };
  const metrics = metricsOf(context).filter((metric) => Object.hasOwn(forecast.targets, metric));
  const toMs = Date.parse(forecast.origin);
  const wanted = { server: forecast.server_name, metrics, lead, fromMs: Math.min(fromMs, toMs - 1), toMs };
  try {
    return { forecast, kept: await fetchPastForecasts(client, wanted, signal), problem: undefined };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return { forecast, kept: undefined, problem: asArgusError(thrown).message };
  }
}

function keptNotices(answers: readonly ServerAnswer[]): QueryResultMetaNotice[] {
  const problems = new Set(answers.flatMap(({ problem }) => problem ?? []));
  return [...problems].map((problem) => info(`Of the past, only the last 24 hours are shown: ${problem}`));
}

/** One frame a server and metric: what was measured, what is expected, and the band. */
export async function runForecast(context: QueryContext): Promise<QueryAnswer> {
  const { client, query, signal } = context;
  const selection = await selectedServers(context);
  const history = query.history ?? true;
  const { answers, notices } = await forEachServer(selection.names, signal, async (name) =>
    withKept(context, await fetchForecast(client, name, { history }, signal)),
  );
  const forecasts = answers.map(({ forecast }) => forecast);
  const wanted = wantedOf(answers, metricsOf(context));
  const shown = wanted.slice(0, MOST_FRAMES);
  const cut = `Showing ${shown.length} of ${wanted.length} series. Choose fewer servers or metrics.`;
  return {
    frames: framesOf(shown, context),
    notices: [
      ...selection.notices,
      ...notices,
      ...absentNotices(forecasts, context),
      ...keptNotices(answers),
      ...(shown.length < wanted.length ? [info(cut)] : []),
      ...rangeNotice(forecasts, context),
    ],
  };
}
