/** Alert levels cut the unrounded score: 79.6 is warning. */

export interface LevelDefinition {
  readonly name: string;
  readonly label: string;
  /** Lowest score of the level. */
  readonly from: number;
  readonly color: string;
  readonly emoji: string;
}

export const LEVELS = [
  { name: 'healthy', label: 'Healthy', from: 0, color: '#00FF00', emoji: '🟢' },
  { name: 'degraded', label: 'Degraded', from: 50, color: '#FFD700', emoji: '🟡' },
  { name: 'warning', label: 'Warning', from: 60, color: '#FFA500', emoji: '🟠' },
  { name: 'critical', label: 'Critical', from: 80, color: '#FF0000', emoji: '🔴' },
] as const satisfies readonly LevelDefinition[];

export type LevelName = (typeof LEVELS)[number]['name'];
export const HEALTHY = 0;
export const CRITICAL = 3;

/** Position in LEVELS of a score from 0 to 100. */
export function levelOf(score: number): number {
  let level = HEALTHY;
  for (let i = 1; i < LEVELS.length; i++) if (score >= LEVELS[i].from) level = i;
  return level;
}

/** Where a server's numbers come from now. */
export const SERVER_MODES = ['model', 'baseline', 'warming_up', 'stale'] as const;
export type ServerMode = (typeof SERVER_MODES)[number];
