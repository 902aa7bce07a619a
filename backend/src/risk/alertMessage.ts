import { LEVELS } from '../catalog/levels.ts';
import { adviceOn } from './advice.ts';
import { durationInWords } from './cause.ts';
import type { RiskAssessment } from './types.ts';

/** Why an alert ended without its risk having fallen. */
export type Departure = 'stale' | 'left';

const DEPARTURES: Readonly<Record<Departure, string>> = {
  stale: 'the server stopped sending measurements',
  left: 'the server left the fleet',
};

/**
 * "Warning, risk 67: memory used reaches 95 % in about 40 minutes (now 88 %, P10–P90 92–97 %). Restart or roll back …":
 * cause, evidence and time, and what to do, in the words of GET /explain.
 */
export function activeMessage(level: number, assessment: RiskAssessment): string {
  const cause = `${LEVELS[level].label}, risk ${Math.floor(assessment.score)}: ${assessment.cause}`;
  const advice = adviceOn(assessment);
  return advice === null ? cause : `${cause}. ${advice}`;
}

/** "Resolved after about 25 minutes, risk 12: no metric is expected to …". */
export function resolvedMessage(openSeconds: number, assessment: RiskAssessment): string {
  const after = durationInWords(openSeconds);
  return `Resolved after ${after}, risk ${Math.floor(assessment.score)}: ${assessment.cause}`;
}

export function departedMessage(openSeconds: number, departure: Departure): string {
  return `Resolved after ${durationInWords(openSeconds)}: ${DEPARTURES[departure]}`;
}

/**
 * Seconds until the expected breach: of the critical threshold of the cause where P50 passes it, else of its warning
 * threshold; null where P50 passes neither.
 */
export function leadSecondsOf(assessment: RiskAssessment): number | null {
  const ofCause = assessment.breaches.filter((breach) => breach.target === assessment.causeTarget);
  const next = ofCause.find((breach) => breach.threshold === 'critical') ?? ofCause[0];
  return next?.seconds ?? null;
}
