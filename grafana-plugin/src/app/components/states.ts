import { LEVELS, type LevelName } from '../../shared/levels';

/** What a server is counted as: its level, or why it has none. */
export type ServerStateName = LevelName | 'warming_up' | 'stale';

interface ServerState {
  readonly name: ServerStateName;
  readonly label: string;
}

/** Worst first, as people look for them. */
export const SERVER_STATES: readonly ServerState[] = [
  ...LEVELS.map(({ name, label }) => ({ name, label })).reverse(),
  { name: 'warming_up', label: 'Warming up' },
  { name: 'stale', label: 'Stale' },
];

/** States in which somebody should look. */
export const ATTENTION: readonly ServerStateName[] = ['critical', 'warning', 'degraded'];

export function stateLabel(name: string): string {
  return SERVER_STATES.find((state) => state.name === name)?.label ?? 'No score';
}

/** State of a server. Stale wins: the score of a server that went silent is of the past. */
export function stateOf({ level, mode }: { level: string | null; mode: string | null }): ServerStateName {
  if (mode === 'stale') return 'stale';
  return LEVELS.find(({ name }) => name === level)?.name ?? 'warming_up';
}

/** For sorting: the worst is highest. */
export function severityRank(name: string): number {
  const position = SERVER_STATES.findIndex((state) => state.name === name);
  return position < 0 ? 0 : SERVER_STATES.length - position;
}
