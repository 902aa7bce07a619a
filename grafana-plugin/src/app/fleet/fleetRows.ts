import type { FleetServer } from '../../data/fleet';
import { type ServerStateName, stateOf } from '../components/states';
import type { FilterValues } from '../scenes/UrlFilters';
import { bySeverity, listedLevels, matches } from './match';

/** A line of the list of servers. */
export interface FleetRow {
  readonly server: string;
  readonly profile: string;
  readonly state: ServerStateName;
  readonly mode: string;
  /** From 0 to 100; null: no score. */
  readonly risk: number | null;
  /** Why it has this score, or why it has none. */
  readonly cause: string;
  /** From the forecast's origin; null: no breach is expected. */
  readonly breachSeconds: number | null;
  readonly breach: FleetServer['time_to_breach'];
  readonly probability30m: number | null;
  readonly probability8h: number | null;
}

function rowOf(server: FleetServer): FleetRow {
  const { alert, mode, time_to_breach: breach } = server;
  return {
    server: server.name,
    profile: server.profile,
    state: stateOf({ level: alert.level, mode }),
    mode,
    risk: server.risk_score,
    cause: server.cause ?? server.reason ?? '',
    breachSeconds: breach?.seconds ?? null,
    breach,
    probability30m: server.failure_probability_30m,
    probability8h: server.failure_probability_8h,
  };
}

/** Lines of the servers that the filters let through, the worst first. */
export function fleetRows(servers: readonly FleetServer[], filters: FilterValues): FleetRow[] {
  const effective = { ...filters, levels: listedLevels(filters) };
  return servers
    .filter((server) =>
      matches(
        {
          server: server.name,
          profile: server.profile,
          level: server.alert.level,
          mode: server.mode,
          cause: server.cause ?? server.reason,
        },
        effective,
      ),
    )
    .map(rowOf)
    .sort(bySeverity);
}
