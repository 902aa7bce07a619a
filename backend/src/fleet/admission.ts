import { MINUTE_MS } from '../catalog/time.ts';
import { NAME_PROBLEMS } from './serverName.ts';

/** Who may join the fleet. */

/** Why a name was not admitted. */
export const REFUSAL_REASONS = [...NAME_PROBLEMS, 'fleet_full', 'rate'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Lets a number of newcomers in within any clock minute. */
export class NewcomerLimit {
  readonly #perMinute: number;
  #minute = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @returns false where this minute's newcomers are used up */
  take(nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
    }
    if (this.#used >= this.#perMinute) return false;
    this.#used++;
    return true;
  }
}
