import type { DataFrame } from '@grafana/data';
import { fetchServer } from '../../data/server';
import { breachTable, type ExpectedBreach } from '../frames/breaches';
import { type QueryAnswer, type QueryContext, warning } from './context';
import { forEachServer } from './eachServer';
import { selectedFleet, selectedServers } from './selection';

function soonestFirst(a: ExpectedBreach, b: ExpectedBreach): number {
  return a.breach.seconds - b.breach.seconds;
}

function frameOf({ query }: QueryContext, breaches: readonly ExpectedBreach[]): DataFrame {
  return breachTable(query.refId, [...breaches].sort(soonestFirst));
}

/** The soonest breach of each server: one request for the whole fleet. */
async function soonest(context: QueryContext): Promise<QueryAnswer> {
  const { servers, notReady } = await selectedFleet(context);
  const breaches = servers.flatMap(({ name, profile, time_to_breach: breach }) =>
    breach === null ? [] : [{ server: name, profile, breach }],
  );
  const notices = notReady === undefined ? [] : [warning(notReady)];
  return { frames: [frameOf(context, breaches)], notices };
}

/** Every breach of the chosen metrics, warning and critical: a request a server. */
async function ofMetrics(context: QueryContext, metrics: readonly string[]): Promise<QueryAnswer> {
  const { client, signal } = context;
  const selection = await selectedServers(context);
  const { answers, notices } = await forEachServer(selection.names, signal, (name) =>
    fetchServer(client, name, signal),
  );
  const breaches = answers.flatMap(({ name, profile, breaches: all }) =>
    all.filter(({ metric }) => metrics.includes(metric)).map((breach) => ({ server: name, profile, breach })),
  );
  return { frames: [frameOf(context, breaches)], notices: [...selection.notices, ...notices] };
}

/** Expected breaches of thresholds, the soonest first. */
export function runTimeToBreach(context: QueryContext): Promise<QueryAnswer> {
  const metrics = context.query.metrics ?? [];
  return metrics.length === 0 ? soonest(context) : ofMetrics(context, metrics);
}
