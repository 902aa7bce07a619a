/** Which servers a query means. */
import type { QueryResultMetaNotice } from '@grafana/data';
import { type Fleet, type FleetServer, fetchFleet } from '../../data/fleet';
import type { ArgusQuery } from '../types';
import { type QueryContext, warning } from './context';

/** Each server is a request of its own where a query reads forecasts or risk over time. */
export const MOST_SERVERS = 50;
export const DEFAULT_SERVERS = 10;

function has(wanted: readonly string[] | undefined, word: string): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(word);
}

function filtered(servers: readonly FleetServer[], query: ArgusQuery): readonly FleetServer[] {
  const search = query.search?.trim().toLowerCase() ?? '';
  return servers
    .filter(
      ({ name, profile, alert }) =>
        has(query.levels, alert.level) && has(query.profiles, profile) && name.toLowerCase().includes(search),
    )
    .slice(0, query.limit);
}

/**
 * The servers that a query's names, levels, profiles and text let through, those at most risk first. Only names are
 * chosen by the backend: the panels of a dashboard, whatever they show of the fleet, then share one answer.
 */
export async function selectedFleet({ client, query, signal }: QueryContext): Promise<Fleet> {
  const server = query.servers?.length ? query.servers : undefined;
  const fleet = await fetchFleet(client, { server }, signal);
  return { ...fleet, servers: filtered(fleet.servers, query) };
}

/** Whether a query names its servers and nothing else has to be known to tell them. */
function isPlainList({ query }: QueryContext): boolean {
  const isFiltered = [query.levels, query.profiles].some((words) => (words ?? []).length > 0);
  return (query.servers ?? []).length > 0 && !isFiltered && !query.search?.trim();
}

export interface ServerSelection {
  readonly names: readonly string[];
  readonly notices: readonly QueryResultMetaNotice[];
}

export interface SelectionLimits {
  /** Never more than this. */
  readonly most: number;
  /** Where the query names no server and no limit. */
  readonly unasked: number;
}

const LIMITS: SelectionLimits = { most: MOST_SERVERS, unasked: DEFAULT_SERVERS };

function limitOf({ query }: QueryContext, { most, unasked }: SelectionLimits): number {
  const isList = (query.servers ?? []).length > 0;
  return Math.min(query.limit ?? (isList ? most : unasked), most);
}

async function namesOf(context: QueryContext) {
  if (isPlainList(context)) return { names: context.query.servers ?? [], notReady: undefined };
  const { servers, notReady } = await selectedFleet({
    ...context,
    query: { ...context.query, limit: undefined },
  });
  return { names: servers.map(({ name }) => name), notReady };
}

/** Names of a few servers for queries that ask each by itself, with a notice where that leaves some out. */
export async function selectedServers(
  context: QueryContext,
  limits: SelectionLimits = LIMITS,
): Promise<ServerSelection> {
  const limit = limitOf(context, limits);
  const found = await namesOf(context);
  const names = found.names.slice(0, limit);
  const notices = found.notReady === undefined ? [] : [warning(found.notReady)];
  if (names.length < found.names.length && context.query.limit !== limit && limit > 1) {
    const text = `Showing ${names.length} of ${found.names.length} servers. Choose servers, or raise the limit (${limits.most} at most).`;
    notices.push(warning(text));
  }
  return { names, notices };
}
