import { LEVELS, type LevelName } from '../catalog/levels.ts';
import { atLeastOne } from './probability.ts';
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
  const scored = [...assessments];
  const byLevel: Record<LevelName, number> = { healthy: 0, degraded: 0, warning: 0, critical: 0 };
  let scores = 0;
  for (const assessment of scored) {
    scores += assessment.score;
    byLevel[assessment.level] += 1;
  }
  return {
    total: scored.length,
    byLevel,
    health: scored.length === 0 ? PERFECT_HEALTH : PERFECT_HEALTH - scores / scored.length,
    failureProbability30m: atLeastOne(scored.map((assessment) => assessment.failureProbability30m)),
    failureProbability8h: atLeastOne(scored.map((assessment) => assessment.failureProbability8h)),
  };
}

/** Level names in order of rank. */
export const LEVEL_NAMES: readonly LevelName[] = LEVELS.map((level) => level.name);
