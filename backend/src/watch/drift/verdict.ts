/** When a score becomes a drift, and when that ends: levels apart from each other, each held for a while. */

/** Score from which on there is a drift. */
export const FIRES_AT = 0.6;
/** Score below which it ends. */
export const ENDS_BELOW = 0.3;
/** Cycles the score has to be there: half an hour. */
export const FIRE_CYCLES = 6;
/** Cycles the score has to be down: three hours. */
export const END_CYCLES = 36;

export class Verdict {
  #sinceStep: number | null = null;
  /** Cycles in a row that spoke for a change. */
  #held = 0;

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
    if (this.#held < (isDrifting ? END_CYCLES : FIRE_CYCLES)) return false;
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
