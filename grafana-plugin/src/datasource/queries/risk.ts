/** Risk and failure probabilities, over time where the backend keeps it, else as they are now. */
import type { DataFrame } from '@grafana/data';
import { asArgusError } from '../../data/errors';
import type { FleetServer } from '../../data/fleet';
import { fetchServerRisk, type ServerRisk } from '../../data/history';
import {
  probabilityPoint,
  probabilitySeries,
  probabilityTable,
  riskPoint,
  riskSeries,
  riskTable,
} from '../frames/risk';
import { info, type QueryAnswer, type QueryContext, warning } from './context';
import { forEachServer } from './eachServer';
import { isWithoutHistory } from './history';
import { selectedFleet, selectedServers } from './selection';

interface FrameMakers {
  readonly overTime: (server: string, past: ServerRisk) => DataFrame;
  readonly now: (server: FleetServer, nowMs: number) => DataFrame;
}

async function past(context: QueryContext, make: FrameMakers): Promise<QueryAnswer> {
  const { client, range, signal } = context;
  const selection = await selectedServers(context);
  const span = { fromMs: range.from.valueOf(), toMs: range.to.valueOf() };
  const { answers, notices } = await forEachServer(selection.names, signal, async (server) => ({
    server,
    past: await fetchServerRisk(client, { server, ...span }, signal),
  }));
  return {
    frames: answers.map(({ server, past: one }) => make.overTime(server, one)),
    notices: [...selection.notices, ...notices],
  };
}

async function present(context: QueryContext, make: FrameMakers, why: string): Promise<QueryAnswer> {
  const selection = await selectedServers(context);
  const query = { ...context.query, servers: [...selection.names], limit: undefined };
  const { servers, timestamp } =
    selection.names.length === 0
      ? { servers: [], timestamp: '' }
      : await selectedFleet({ ...context, query });
  // The answer is a little younger than the range it was asked for, and panels show nothing beyond that.
  const nowMs = Math.min(Date.parse(timestamp), context.range.to.valueOf());
  return {
    frames: servers.map((server) => make.now(server, nowMs)),
    notices: [...selection.notices, info(why)],
  };
}

async function overTime(context: QueryContext, make: FrameMakers): Promise<QueryAnswer> {
  try {
    return await past(context, make);
  } catch (thrown) {
    const error = asArgusError(thrown);
    if (!isWithoutHistory(error)) throw thrown;
    return present(context, make, `Only the present value can be shown: ${error.sentence}`);
  }
}

async function asTable(
  context: QueryContext,
  make: (fleet: Awaited<ReturnType<typeof selectedFleet>>) => DataFrame,
): Promise<QueryAnswer> {
  const fleet = await selectedFleet(context);
  const notices = fleet.notReady === undefined ? [] : [warning(fleet.notReady)];
  return { frames: [make(fleet)], notices };
}

export function runRisk(context: QueryContext): Promise<QueryAnswer> {
  const options = { refId: context.query.refId, parts: context.query.parts ?? false };
  if (context.query.timing === 'now') return asTable(context, (fleet) => riskTable(options, fleet));
  return overTime(context, {
    overTime: (server, one) => riskSeries(options, server, one),
    now: (server, nowMs) => riskPoint(options, server, nowMs),
  });
}

export function runProbability(context: QueryContext): Promise<QueryAnswer> {
  const { refId, timing } = context.query;
  if (timing === 'now') return asTable(context, (fleet) => probabilityTable(refId, fleet));
  return overTime(context, {
    overTime: (server, one) => probabilitySeries(refId, server, one),
    now: (server, nowMs) => probabilityPoint(refId, server, nowMs),
  });
}
