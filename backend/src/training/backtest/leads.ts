import { HORIZON_STEPS, STEP_SECONDS } from '../../catalog/time.ts';

/**
 * Steps from an origin to a failure, both ends inclusive. An origin is known when its step ends, and a failure in step
 * origin + k comes (k − 1) … k steps after that.
 */
export interface Leads {
  readonly first: number;
  readonly last: number;
}

const MINUTES_PER_STEP = STEP_SECONDS / 60;
const STEPS_30M = 30 / MINUTES_PER_STEP;

/** What a warning is for: a failure more than 30 minutes and at most 8 hours after it. */
export const USEFUL: Leads = { first: STEPS_30M + 1, last: HORIZON_STEPS };
/** A failure within 30 minutes: right, but too late to do anything. */
export const LATE: Leads = { first: 1, last: STEPS_30M };
/** What the backend's 3-hour probability is of. */
export const WITHIN_3H: Leads = { first: 1, last: 36 };
/** What the backend's 8-hour probability is of. */
export const WITHIN_8H: Leads = { first: 1, last: HORIZON_STEPS };

/** Minutes from the end of the origin's step to the start of the step in which the failure comes. */
export function leadMinutes(steps: number): number {
  return (steps - 1) * MINUTES_PER_STEP;
}
