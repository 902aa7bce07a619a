import type { DataFrame } from '@grafana/data';
import { finite } from '../../shared/chart/fromFrames';
import { FLEET_FIELD } from '../../shared/frames';
import { LEVELS, type Level, levelOf } from '../../shared/levels';
import { PROFILES, profileLabel } from '../../shared/metrics';
import type { FleetOptions } from './options';

/** One server of the map. */
export interface FleetServer {
  readonly name: string;
  readonly profile: string;
  /** 0 to 100; null without a score. */
  readonly risk: number | null;
  readonly level: Level | undefined;
  readonly mode: string;
  readonly probability30m: number | null;
  readonly probability8h: number | null;
  readonly timeToBreachSeconds: number | null;
  readonly breachMetric: string;
  readonly breachThreshold: string;
  readonly cause: string;
  /** Why it has no score. */
  readonly reason: string;
}

/** Servers without a score are shown under this name. */
export const NO_SCORE = 'no_score';

export interface FleetGroup {
  readonly key: string;
  readonly label: string;
  readonly servers: readonly FleetServer[];
}

/** Rows of the data source's fleet frames; undefined where no frame has a column of servers. */
export function readServers(frames: readonly DataFrame[]): FleetServer[] | undefined {
  const fleet = frames.filter(({ fields }) => fields.some(({ name }) => name === FLEET_FIELD.server));
  if (fleet.length === 0) return undefined;
  const byName = new Map<string, FleetServer>();
  for (const server of fleet.flatMap(rowsOf)) byName.set(server.name, server);
  return [...byName.values()];
}

function rowsOf(frame: DataFrame): FleetServer[] {
  const column = (name: string) => frame.fields.find((field) => field.name === name)?.values;
  const text = (name: string, row: number) => textOf(column(name)?.[row]);
  const number = (name: string, row: number) => finite(column(name)?.[row]);
  return Array.from({ length: frame.length }, (_, row) => {
    const risk = number(FLEET_FIELD.risk, row);
    return {
      name: text(FLEET_FIELD.server, row),
      profile: text(FLEET_FIELD.profile, row) || 'generic',
      risk,
      level: levelOf(risk) ?? LEVELS.find(({ name }) => name === text(FLEET_FIELD.level, row)),
      mode: text(FLEET_FIELD.mode, row),
      probability30m: number(FLEET_FIELD.probability30m, row),
      probability8h: number(FLEET_FIELD.probability8h, row),
      timeToBreachSeconds: number(FLEET_FIELD.timeToBreach, row),
      breachMetric: text(FLEET_FIELD.breachMetric, row),
      breachThreshold: text(FLEET_FIELD.breachThreshold, row),
      cause: text(FLEET_FIELD.cause, row),
      reason: text(FLEET_FIELD.reason, row),
    };
  }).filter(({ name }) => name !== '');
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

export function levelKey({ level }: FleetServer): string {
  return level?.name ?? NO_SCORE;
}

/** Servers whose name has the text, at the chosen levels. */
export function chosenServers(
  servers: readonly FleetServer[],
  filter: string,
  levels: readonly string[],
): FleetServer[] {
  const wanted = filter.trim().toLowerCase();
  return servers.filter(
    (server) =>
      server.name.toLowerCase().includes(wanted) &&
      (levels.length === 0 || levels.includes(levelKey(server))),
  );
}

export function countByLevel(servers: readonly FleetServer[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const server of servers) counts.set(levelKey(server), (counts.get(levelKey(server)) ?? 0) + 1);
  return counts;
}

/** Those at most risk first, servers without a score last. */
export function byRisk(a: FleetServer, b: FleetServer): number {
  return (b.risk ?? -1) - (a.risk ?? -1) || byName(a, b);
}

const names = new Intl.Collator('en', { numeric: true });

export function byName(a: FleetServer, b: FleetServer): number {
  return names.compare(a.name, b.name);
}

/** The groups of the map, in the order of the catalog's profiles or of the levels, worst first. */
export function groupServers(
  servers: readonly FleetServer[],
  { groupBy, sortBy }: Pick<FleetOptions, 'groupBy' | 'sortBy'>,
): FleetGroup[] {
  const order = sortBy === 'name' ? byName : byRisk;
  const groups = new Map<string, FleetServer[]>();
  for (const server of servers) {
    const key = groupKey(server, groupBy);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [server]);
    else group.push(server);
  }
  return [...groups]
    .map(([key, members]) => ({ key, label: groupLabel(key, groupBy), servers: members.sort(order) }))
    .sort((a, b) => groupRank(a.key, groupBy) - groupRank(b.key, groupBy) || names.compare(a.label, b.label));
}

function groupKey(server: FleetServer, groupBy: FleetOptions['groupBy']): string {
  if (groupBy === 'profile') return server.profile;
  return groupBy === 'level' ? levelKey(server) : 'all';
}

function groupLabel(key: string, groupBy: FleetOptions['groupBy']): string {
  if (groupBy === 'profile') return profileLabel(key);
  if (groupBy === 'none') return 'All servers';
  return LEVELS.find(({ name }) => name === key)?.label ?? 'No score';
}

function groupRank(key: string, groupBy: FleetOptions['groupBy']): number {
  if (groupBy === 'level') return LEVELS.length - LEVELS.findIndex(({ name }) => name === key);
  const index = PROFILES.findIndex(({ name }) => name === key);
  return index === -1 ? PROFILES.length : index;
}

const MODE_LABEL: Readonly<Record<string, string>> = {
  model: 'Model',
  baseline: 'Baseline',
  warming_up: 'Warming up',
  stale: 'No recent data',
};

export function modeLabel(mode: string): string {
  return MODE_LABEL[mode] ?? mode;
}
