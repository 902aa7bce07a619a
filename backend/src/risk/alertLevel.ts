import { HEALTHY, LEVELS, levelOf } from '../catalog/levels.ts';

/** A gap longer than this many steps between two cycles breaks a streak: what held before it proves nothing. */
const MAX_GAP_STEPS = 3;

export interface AlertLevelSettings {
  /** Cycles in a row a change must last. */
  readonly holdCycles: number;
  /** Points below a level's floor at which it is left. */
  readonly hysteresisPoints: number;
  /** Position in LEVELS of the lowest level that opens an alert. */
  readonly minimumLevel: number;
}

/** The alert level of one server and the scores that may change it. */
export interface AlertTrack {
  /** Position in LEVELS; HEALTHY without an alert. */
  level: number;
  lastOrigin: number;
  /** Scores of the newest consecutive cycles, at most holdCycles. */
  readonly recent: number[];
}

export function createTrack(level: number, lastOrigin: number): AlertTrack {
  return { level, lastOrigin, recent: [] };
}

/** Highest level whose floor, lowered by `slack`, the score reaches; HEALTHY below the minimum level. */
function reached(score: number, slack: number, minimumLevel: number): number {
  const level = levelOf(score + slack);
  return level < minimumLevel ? HEALTHY : level;
}

/**
 * Level after one more cycle. It rises to the level that all of the last `holdCycles` scores reached; it falls to the
 * highest level that any of them still sustains, where a level is sustained down to `hysteresisPoints` below its floor.
 * A cycle that was counted before changes nothing.
 * @returns the new position in LEVELS, also stored in the track
 */
export function followScore(
  track: AlertTrack,
  originStep: number,
  score: number,
  settings: AlertLevelSettings,
): number {
  if (originStep <= track.lastOrigin) return track.level;
  if (originStep - track.lastOrigin > MAX_GAP_STEPS) track.recent.length = 0;
  track.lastOrigin = originStep;
  track.recent.push(score);
  if (track.recent.length > settings.holdCycles) track.recent.shift();
  if (track.recent.length < settings.holdCycles) return track.level;
  const risenTo = reached(Math.min(...track.recent), 0, settings.minimumLevel);
  const sustained = reached(Math.max(...track.recent), settings.hysteresisPoints, settings.minimumLevel);
  track.level = Math.max(risenTo, Math.min(track.level, sustained));
  return track.level;
}

/** Name of a position in LEVELS. */
export function levelName(level: number): (typeof LEVELS)[number]['name'] {
  return LEVELS[level].name;
}
