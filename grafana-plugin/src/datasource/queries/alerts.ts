/** Alerts: those that are open, or all of the dashboard's time range where the backend keeps the past. */
import { type ActiveAlert, fetchActiveAlerts } from '../../data/alerts';
import { asArgusError } from '../../data/errors';
import { fetchIncidents, type Incident } from '../../data/history';
import { type AlertRow, alertTable } from '../frames/alerts';
import { info, type QueryAnswer, type QueryContext } from './context';
import { isWithoutHistory } from './history';

function ofActive(alert: ActiveAlert): AlertRow {
  return {
    id: alert.id,
    openedMs: Date.parse(alert.opened_at),
    resolvedMs: null,
    server: alert.server_name,
    profile: alert.profile,
    level: alert.level,
    risk: alert.risk_score,
    message: alert.message,
    causeMetric: alert.cause_metric,
    leadSeconds: alert.lead_seconds,
  };
}

function ofIncident(incident: Incident): AlertRow {
  return {
    id: incident.alert_id,
    openedMs: Date.parse(incident.opened_at),
    resolvedMs: incident.resolved_at === null ? null : Date.parse(incident.resolved_at),
    server: incident.server_name,
    profile: incident.profile,
    level: incident.peak_level,
    risk: incident.peak_score,
    message: incident.last_message ?? incident.message,
    causeMetric: incident.cause_metric,
    leadSeconds: incident.lead_seconds,
  };
}

function has(wanted: readonly string[] | undefined, word: string): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(word);
}

function filtered({ query }: QueryContext, alerts: readonly AlertRow[]): AlertRow[] {
  const search = query.search?.trim().toLowerCase() ?? '';
  return alerts
    .filter(
      ({ server, level, profile }) =>
        has(query.servers, server) &&
        has(query.levels, level) &&
        has(query.profiles, profile) &&
        server.toLowerCase().includes(search),
    )
    .slice(0, query.limit);
}

async function active(context: QueryContext): Promise<AlertRow[]> {
  const { alerts } = await fetchActiveAlerts(context.client, {}, context.signal);
  return filtered(context, alerts.map(ofActive));
}

async function ofRange(context: QueryContext): Promise<QueryAnswer> {
  const { client, query, range, signal } = context;
  const [server, ...others] = query.servers ?? [];
  const filter = {
    fromMs: range.from.valueOf(),
    toMs: range.to.valueOf(),
    server: others.length === 0 ? server : undefined,
  };
  const { incidents, next_cursor: more } = await fetchIncidents(client, filter, signal);
  const cut = `Only the newest ${incidents.length} alerts are shown: choose a shorter time range.`;
  return {
    frames: [alertTable(query.refId, filtered(context, incidents.map(ofIncident)))],
    notices: typeof more === 'string' ? [info(cut)] : [],
  };
}

/** Alerts alive at any time in the range, or those open now. */
export async function runAlerts(context: QueryContext): Promise<QueryAnswer> {
  const { refId, timing } = context.query;
  if (timing === 'now') return { frames: [alertTable(refId, await active(context))], notices: [] };
  try {
    return await ofRange(context);
  } catch (thrown) {
    const error = asArgusError(thrown);
    if (!isWithoutHistory(error)) throw thrown;
    const why = `Only alerts that are open now can be shown: ${error.sentence}`;
    return { frames: [alertTable(refId, await active(context))], notices: [info(why)] };
  }
}
