/** When a score becomes a drift, and when that ends: levels apart from each other, each held for a while. */

import { STEPS_AN_HOUR } from '../../catalog/time.ts';
import { WINDOW_HOURS } from './counts.ts';

/** Score from which on there is a drift. */
export const FIRES_AT = 0.6;
/** Score below which it ends. */
export const ENDS_BELOW = 0.3;
/** Cycles the fleet's score has to be there: half an hour. */
export const FLEET_FIRE_CYCLES = 6;
/**
 * Cycles a profile's score has to be there. A profile has fewer servers, and what a few of them do by chance goes on for
 * as long as it is in the hours that are compared; after that it has to be there in others.
 */
export const PROFILE_FIRE_CYCLES = WINDOW_HOURS * STEPS_AN_HOUR;
/** Cycles the score has to be down: three hours. */
export const END_CYCLES = 36;

export class Verdict {
  readonly #fireCycles: number;
  #sinceStep: number | null = null;
  /** Cycles in a row that spoke for a change. */
  #held = 0;

  /** @param fireCycles cycles in a row after which a score from FIRES_AT on is a drift */
  constructor(fireCycles: number) {
    this.#fireCycles = fireCycles;
  }

  /** Step at which the drift was detected; null while there is none. */
  get sinceStep(): number | null {
    return this.#sinceStep;
  }

  /**
   * Takes the score of one cycle; one that is not known changes nothing.
   * @returns whether a drift was detected now
   */
  add(step: number, score: number | null): boolean {
    if (score === null) return false;
    const isDrifting = this.#sinceStep !== null;
    const speaksForChange = isDrifting ? score < ENDS_BELOW : score >= FIRES_AT;
    this.#held = speaksForChange ? this.#held + 1 : 0;
    if (this.#held < (isDrifting ? END_CYCLES : this.#fireCycles)) return false;
    this.#held = 0;
    this.#sinceStep = isDrifting ? null : step;
    return !isDrifting;
  }

  clear(): void {
    this.restore(null);
  }

  restore(sinceStep: number | null): void {
    this.#sinceStep = sinceStep;
    this.#held = 0;
  }
}
