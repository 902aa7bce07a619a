import { LEVELS, type LevelName } from '../catalog/levels.ts';
import type { RiskAssessment } from './types.ts';

const PERFECT_HEALTH = 100;

/** The fleet in a few numbers. */
export interface FleetSummary {
  readonly total: number;
  readonly byLevel: Readonly<Record<LevelName, number>>;
  /** 0–100: 100 minus the mean score; 100 for an empty fleet. */
  readonly health: number;
  /** Probability that at least one server fails, servers taken as independent. */
  readonly failureProbability30m: number;
  readonly failureProbability8h: number;
}

/** Sums up the newest assessments. */
export function summarizeFleet(assessments: Iterable<RiskAssessment>): FleetSummary {
  const byLevel: Record<LevelName, number> = { healthy: 0, degraded: 0, warning: 0, critical: 0 };
  let total = 0;
  let scores = 0;
  let none30m = 1;
  let none8h = 1;
  for (const assessment of assessments) {
    total += 1;
    scores += assessment.score;
    byLevel[assessment.level] += 1;
    none30m *= 1 - assessment.failureProbability30m;
    none8h *= 1 - assessment.failureProbability8h;
  }
  return {
    total,
    byLevel,
    health: total === 0 ? PERFECT_HEALTH : PERFECT_HEALTH - scores / total,
    failureProbability30m: 1 - none30m,
    failureProbability8h: 1 - none8h,
  };
}

/** Level names in order of rank. */
export const LEVEL_NAMES: readonly LevelName[] = LEVELS.map((level) => level.name);
