import { fetchReportCard } from '../../data/reportCard';
import { ownReportTable, reportTable } from '../frames/reportCard';
import { info, type QueryAnswer, type QueryContext } from './context';
import { forEachServer } from './eachServer';
import { selectedServers } from './selection';

function isWanted({ query }: QueryContext) {
  const metrics = query.metrics ?? [];
  return ({ metric }: { readonly metric: string }) => metrics.length === 0 || metrics.includes(metric);
}

async function ofFleet(context: QueryContext): Promise<QueryAnswer> {
  const { client, query, signal } = context;
  const { rows, message } = await fetchReportCard(client, undefined, signal);
  return {
    frames: [reportTable(query.refId, rows.filter(isWanted(context)))],
    notices: message === null ? [] : [info(message)],
  };
}

async function ofServers(context: QueryContext): Promise<QueryAnswer> {
  const { client, query, signal } = context;
  const selection = await selectedServers(context);
  const { answers, notices } = await forEachServer(selection.names, signal, (name) =>
    fetchReportCard(client, name, signal),
  );
  const rows = answers.flatMap(({ server }) =>
    (server?.metrics ?? []).map((metric) => ({ ...metric, server: server?.server_name ?? '' })),
  );
  return {
    frames: [ownReportTable(query.refId, rows.filter(isWanted(context)))],
    notices: [...selection.notices, ...notices],
  };
}

/** What forecasts were worth: of the fleet, or of the servers that are named. */
export function runReportCard(context: QueryContext): Promise<QueryAnswer> {
  return (context.query.servers ?? []).length === 0 ? ofFleet(context) : ofServers(context);
}
