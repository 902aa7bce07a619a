/**
 * The hidden hazard: how likely a failure is to someone who knows every incident's state. It is the ceiling that no
 * forecaster of failures can pass, and nothing but an evaluator may read it.
 *
 * Incidents are followed at their mean pace, load at its present value; what their noise adds is left out.
 */

import type { IncidentDefinition } from './incidentKinds.ts';
import { VISIBLE_GROWTH } from './incidentKinds.ts';

/** Close to the limit a server may give up before it: hazard per step at full growth. */
const EARLY_FAILURE_HAZARD = 0.05;
const EARLY_FAILURE_EXPONENT = 8;
/** Durations looked at when an incident has not begun yet: midpoints of equal shares of its distribution. */
const DURATIONS = 12;

/** First and last step ahead at which a failure counts: after 30 minutes, within 8 hours. */
export const HAZARD_FROM = 7;
export const HAZARD_TO = 96;

/** Growth of the symptoms at a progress, both 0 to 1. */
export function growthAt(progress: number, curvature: number): number {
  return Math.min(1, progress) ** curvature;
}

/** Probability that the next step of an incident is its failure. */
export function failureHazard(canFail: boolean, progress: number, curvature: number): number {
  if (!canFail) return 0;
  return progress >= 1 ? 1 : EARLY_FAILURE_HAZARD * growthAt(progress, curvature) ** EARLY_FAILURE_EXPONENT;
}

/** What is hidden about an incident that is under way or may begin. */
export interface IncidentCourse {
  readonly canFail: boolean;
  readonly progress: number;
  readonly curvature: number;
  readonly durationSteps: number;
  /** Chance per step that someone ends it once it is visible. */
  readonly rescueHazard: number;
  /** Mean progress per step of its noisy pace, as a multiple of 1 / duration. */
  readonly meanPace: number;
}

/**
 * Probability by step that an incident has failed.
 * @param out [k] = probability of failure within the next k steps, k = 0 … out.length − 1
 */
export function failureCourse(course: IncidentCourse, out: Float64Array): void {
  let alive = 1;
  let { progress } = course;
  out[0] = 0;
  for (let k = 1; k < out.length; k++) {
    const fails = alive * failureHazard(course.canFail, progress, course.curvature);
    out[k] = out[k - 1] + fails;
    alive -= fails;
    if (growthAt(progress, course.curvature) > VISIBLE_GROWTH) alive *= 1 - course.rescueHazard;
    progress += course.meanPace / course.durationSteps;
  }
}

/** Probability of failure within HAZARD_FROM … HAZARD_TO steps of an incident that is under way. */
export function failureAhead(course: IncidentCourse, scratch: Float64Array): number {
  failureCourse(course, scratch);
  return scratch[HAZARD_TO] - scratch[HAZARD_FROM - 1];
}

export function courseScratch(): Float64Array {
  return new Float64Array(HAZARD_TO + 1);
}

/**
 * Failures within HAZARD_FROM … HAZARD_TO steps expected of incidents of one kind that have not begun, for an onset
 * rate of one a step.
 */
export function failuresOfNewcomers(
  definition: IncidentDefinition,
  rescueHazard: number,
  meanPace: number,
): number {
  const scratch = courseScratch();
  const [shortest, longest] = definition.durationSteps;
  const curvature = Math.sqrt(definition.curvature[0] * definition.curvature[1]);
  let sum = 0;
  for (let i = 0; i < DURATIONS; i++) {
    const durationSteps = shortest * (longest / shortest) ** ((i + 0.5) / DURATIONS);
    failureCourse(
      { canFail: definition.canFail, progress: 0, curvature, durationSteps, rescueHazard, meanPace },
      scratch,
    );
    for (let onset = 0; onset <= HAZARD_TO; onset++) {
      sum += scratch[HAZARD_TO - onset] - scratch[Math.max(0, HAZARD_FROM - 1 - onset)];
    }
  }
  return sum / DURATIONS;
}
