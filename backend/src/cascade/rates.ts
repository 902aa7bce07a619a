/** How often servers of this fleet begin to deviate on their own, by pattern, level and hour of the day. */
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import { LEVEL_COUNT } from './deviations.ts';
import { PATTERN_COUNT } from './signals.ts';

const HOURS = WINDOW_STEPS / STEPS_AN_HOUR;
const CELLS = PATTERN_COUNT * LEVEL_COUNT;
/** Share of what was counted that is kept from one day to the next: the mean memory is a week. */
const KEPT_A_DAY = 6 / 7;
/** Assumed before anything was counted: a beginning in 100 server steps, as heavy as ten of them. */
const PRIOR_EVENTS = 10;
const PRIOR_SERVER_STEPS = 1000;
/** Server steps of the overall rate that are mixed into an hour's. */
const HOUR_PRIOR_SERVER_STEPS = 20_000;

export class BeginningRates {
  readonly #events = new Float64Array(HOURS * CELLS);
  readonly #serverSteps = new Float64Array(HOURS);
  readonly #allEvents = new Float64Array(CELLS);
  #allServerSteps = 0;

  /** @param servers compared in the step */
  watched(step: number, servers: number): void {
    if (step % WINDOW_STEPS === 0) this.#forget();
    this.#serverSteps[hourOf(step)] += servers;
    this.#allServerSteps += servers;
  }

  began(step: number, pattern: number, level: number): void {
    const cell = pattern * LEVEL_COUNT + level;
    this.#events[hourOf(step) * CELLS + cell]++;
    this.#allEvents[cell]++;
  }

  /** Beginnings expected of one server in one step: the day's rate, or that of this hour of the day if it is higher. */
  expected(step: number, pattern: number, level: number): number {
    const cell = pattern * LEVEL_COUNT + level;
    const overall = (this.#allEvents[cell] + PRIOR_EVENTS) / (this.#allServerSteps + PRIOR_SERVER_STEPS);
    const hour = hourOf(step);
    const events = this.#events[hour * CELLS + cell] + overall * HOUR_PRIOR_SERVER_STEPS;
    return Math.max(overall, events / (this.#serverSteps[hour] + HOUR_PRIOR_SERVER_STEPS));
  }

  /** Server steps counted so far; what is older weighs less. */
  get serverSteps(): number {
    return this.#allServerSteps;
  }

  #forget(): void {
    for (let i = 0; i < this.#events.length; i++) this.#events[i] *= KEPT_A_DAY;
    for (let i = 0; i < HOURS; i++) this.#serverSteps[i] *= KEPT_A_DAY;
    for (let i = 0; i < CELLS; i++) this.#allEvents[i] *= KEPT_A_DAY;
    this.#allServerSteps *= KEPT_A_DAY;
  }
}

function hourOf(step: number): number {
  return Math.floor((step % WINDOW_STEPS) / STEPS_AN_HOUR);
}
