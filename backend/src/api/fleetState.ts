/** Each server beside its risk, and what that makes of the fleet. */
import { LEVELS, type LevelName, type ServerMode } from '../catalog/levels.ts';
import { PROFILES, type ProfileName } from '../catalog/profiles.ts';
import type { Server } from '../fleet/types.ts';
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

/** Probability that at least one fails, taking failures as independent: 1 − Π(1 − p). */
function anyFailure(probabilities: readonly number[]): number | null {
  if (probabilities.length === 0) return null;
  // Summing logarithms keeps the product of 10,000 factors from underflowing; expm1 and log1p keep small ones exact.
  const logNone = probabilities.reduce((sum, p) => sum + Math.log1p(-p), 0);
  return 0 - Math.expm1(logNone);
}

/** A fraction as a percentage with one decimal. */
function percentage(fraction: number | null): number | null {
  return fraction === null ? null : Math.round(fraction * 1000) / 10;
}

/** Counts each server once: stale, without a score, or by its level. Health and probabilities are of the scored. */
export function summaryOf(states: readonly ServerState[]): FleetSummary {
  const counts = { critical: 0, warning: 0, degraded: 0, healthy: 0, warming_up: 0, stale: 0 };
  const scored: RiskAssessment[] = [];
  for (const { mode, risk } of states) {
    if (mode === 'stale') counts.stale += 1;
    else if (risk === undefined) counts.warming_up += 1;
    else {
      counts[risk.level] += 1;
      scored.push(risk);
    }
  }
  const total = scored.reduce((sum, { score }) => sum + score, 0);
  const within30m = anyFailure(scored.map((risk) => risk.failureProbability30m));
  const within8h = anyFailure(scored.map((risk) => risk.failureProbability8h));
  return {
    total_servers: states.length,
    ...counts,
    fleet_health: scored.length === 0 ? null : Math.round((100 - total / scored.length) * 10) / 10,
    prob_30m: percentage(within30m),
    prob_8h: percentage(within8h),
    failure_probability_30m: within30m,
    failure_probability_8h: within8h,
  };
}
