/** Each server beside its risk, and what that makes of the fleet. */
import { LEVELS, type LevelName, type ServerMode } from '../catalog/levels.ts';
import { PROFILES, type ProfileName } from '../catalog/profiles.ts';
import type { Server } from '../fleet/types.ts';
import { summarizeFleet } from '../risk/fleetSummary.ts';
import type { RiskAssessment } from '../risk/types.ts';
import { isoTime } from './format.ts';
import type { ApiSources } from './sources.ts';

export interface ServerState {
  readonly server: Server;
  readonly mode: ServerMode;
  /** Undefined where the server has no forecast. */
  readonly risk: RiskAssessment | undefined;
}

/** Colour of a server whose risk is not known: neither good nor bad. */
const UNKNOWN_COLOR = '#808080';

/** The present state of one server. */
export function stateOf(sources: ApiSources, server: Server): ServerState {
  const mode = sources.fleet.isStale(server.index) ? 'stale' : sources.forecast.modeOf(server.index);
  return { server, mode, risk: sources.risk.assessmentOf(server.name) };
}

function byRisk(a: ServerState, b: ServerState): number {
  const difference = (b.risk?.score ?? -1) - (a.risk?.score ?? -1);
  if (difference !== 0) return difference;
  return a.server.name < b.server.name ? -1 : 1;
}

/** All servers, those at most risk first, those without a score last. */
export function statesByRisk(sources: ApiSources): ServerState[] {
  return Array.from(sources.fleet.servers(), (server) => stateOf(sources, server)).sort(byRisk);
}

export function profileName(server: Server): ProfileName {
  return PROFILES[server.profile].name;
}

/** Why a server has no score, in a sentence; null where it has one. */
export function reasonWithout({ forecast }: ApiSources, { server, mode, risk }: ServerState): string | null {
  if (risk !== undefined) return null;
  if (mode === 'stale') return `Nothing was heard of it since ${isoTime(server.lastSeenMs)}.`;
  return forecast.reasonWithout(server.index) ?? 'Its first forecast is made when the next step closes.';
}

export interface AlertLabel {
  readonly level: LevelName | 'unknown';
  readonly score: number | null;
  readonly color: string;
  readonly emoji: string;
  readonly label: string;
}

/** Level and colour to show a server in. */
export function alertLabel({ mode, risk }: ServerState): AlertLabel {
  const level = LEVELS.find(({ name }) => name === risk?.level);
  if (risk === undefined || level === undefined) {
    const label = mode === 'stale' ? 'Stale' : 'Warming up';
    return { level: 'unknown', score: null, color: UNKNOWN_COLOR, emoji: '⚪', label };
  }
  return { level: level.name, score: risk.score, color: level.color, emoji: level.emoji, label: level.label };
}

export interface FleetSummary {
  readonly total_servers: number;
  readonly critical: number;
  readonly warning: number;
  readonly degraded: number;
  readonly healthy: number;
  readonly warming_up: number;
  readonly stale: number;
  readonly fleet_health: number | null;
  readonly prob_30m: number | null;
  readonly prob_8h: number | null;
  readonly failure_probability_30m: number | null;
  readonly failure_probability_8h: number | null;
}

/** A fraction as a percentage with one decimal. */
function percentage(fraction: number): number {
  return Math.round(fraction * 1000) / 10;
}

/** Counts each server once: stale, without a score, or by its level. Health and probabilities are of the scored. */
export function summaryOf(states: readonly ServerState[]): FleetSummary {
  const current = states.filter(({ mode }) => mode !== 'stale');
  const scored = current.flatMap(({ risk }) => risk ?? []);
  const { byLevel, health, failureProbability30m, failureProbability8h } = summarizeFleet(scored);
  const known = (value: number) => (scored.length === 0 ? null : value);
  return {
    total_servers: states.length,
    ...byLevel,
    warming_up: current.length - scored.length,
    stale: states.length - current.length,
    fleet_health: known(Math.round(health * 10) / 10),
    prob_30m: known(percentage(failureProbability30m)),
    prob_8h: known(percentage(failureProbability8h)),
    failure_probability_30m: known(failureProbability30m),
    failure_probability_8h: known(failureProbability8h),
  };
}
