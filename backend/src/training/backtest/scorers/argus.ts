import { LATE, WITHIN_3H, WITHIN_8H } from '../leads.ts';
import type { Scorer } from './scorer.ts';

/** The failure probability of the next 8 hours, as the running backend gives it. */
export const argus: Scorer = {
  name: 'argus',
  probabilityOf: WITHIN_8H,
  score: ({ assessment }) => assessment.failureProbability8h,
};

/**
 * The probability to hang alerts on: at 8 hours much of what threatens is ended by somebody before it fails, and waiting
 * costs nothing.
 */
export const argusWithin3h: Scorer = {
  name: 'argus_3h',
  probabilityOf: WITHIN_3H,
  score: ({ assessment }) => assessment.failureProbability3h,
};

export const argusWithin30m: Scorer = {
  name: 'argus_30m',
  probabilityOf: LATE,
  raisesAlerts: false,
  score: ({ assessment }) => assessment.failureProbability30m,
};

/** The risk score, 0–100, on which the alert levels stand. */
export const argusScore: Scorer = { name: 'argus_score', score: ({ assessment }) => assessment.score };
