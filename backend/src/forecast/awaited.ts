/** Forecasts that wait for their truth: about 3.5 KB a server. */

import { TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_COUNT, HORIZONS, WINDOW_STEPS } from '../catalog/time.ts';
import { PagedRecords } from './pages.ts';
import { SCORED_FIELDS } from './scored.ts';

/**
 * A forecast is kept about once an hour, servers taking turns: those of neighbouring steps err alike and teach little. Not
 * after 12 steps, or a server would be scored at the same minutes of every hour, and what runs at others never be seen.
 */
export const KEEP_STEPS = 13;
/** The scored fields of a target, and behind them what the seasonal baseline said at the same origin. */
export const AWAITED_FIELDS = SCORED_FIELDS + 1;
export const SEASONAL = SCORED_FIELDS;
/** Origin and whether the network made the forecast, before the targets' fields. */
const ORIGIN = 0;
const IS_NETWORK = 1;
const HEAD = 2;
const PLACE_SIZE = HEAD + TARGET_COUNT * AWAITED_FIELDS;

/** A horizon has as many places as forecasts wait for it: one for each turn within it. The horizons lie one behind the other. */
const PLACES = HORIZONS.map(({ steps }) => Math.ceil(steps / KEEP_STEPS));
const FIRST_PLACE = PLACES.map((_, horizon) =>
  PLACES.slice(0, horizon).reduce((sum, count) => sum + count, 0),
);
const PLACE_COUNT = PLACES.reduce((sum, count) => sum + count, 0);
/** Position in HORIZONS of each place. */
const HORIZON_OF = PLACES.flatMap((count, horizon) => new Array<number>(count).fill(horizon));

/** One server's forecast for one horizon whose truth has come. */
export interface DueForecast {
  /** Position in HORIZONS. */
  readonly horizon: number;
  readonly originStep: number;
  readonly truthStep: number;
  /** False where a baseline had to stand in for all targets. */
  readonly isNetwork: boolean;
  /** [TARGET_COUNT][AWAITED_FIELDS], valid until the server's next forecast is kept. */
  readonly fields: Float32Array;
}

export class AwaitedForecasts {
  readonly #places = new PagedRecords(PLACE_COUNT * PLACE_SIZE, Number.NaN);

  /** Whether it is the server's turn to have a forecast of this origin kept. */
  isTurn(server: number, originStep: number): boolean {
    return (originStep + server) % KEEP_STEPS === 0;
  }

  /**
   * Keeps a forecast in its turn; one that still waits in its place has waited too long and is let go.
   * @param scored [SCORED_SIZE] is read from `offset`
   * @param seasonal [TARGET_COUNT][HORIZON_COUNT], what the seasonal baseline says; NaN where it says nothing
   */
  keep(
    server: number,
    originStep: number,
    isNetwork: boolean,
    scored: Float32Array,
    offset: number,
    seasonal: Float64Array,
  ): void {
    const record = this.#places.at(server);
    const turn = Math.floor((originStep + server) / KEEP_STEPS);
    for (let horizon = 0; horizon < HORIZON_COUNT; horizon++) {
      let to = (FIRST_PLACE[horizon] + (turn % PLACES[horizon])) * PLACE_SIZE;
      // Step numbers stay exact in 32-bit floats until the year 2129.
      record[to + ORIGIN] = originStep;
      record[to + IS_NETWORK] = isNetwork ? 1 : 0;
      to += HEAD;
      for (let target = 0; target < TARGET_COUNT; target++) {
        const series = target * HORIZON_COUNT + horizon;
        const from = offset + series * SCORED_FIELDS;
        for (let field = 0; field < SCORED_FIELDS; field++) record[to + field] = scored[from + field];
        record[to + SEASONAL] = seasonal[series];
        to += AWAITED_FIELDS;
      }
    }
  }

  /**
   * Takes out the forecasts whose truth lies in the window that ends with `lastStep`; those whose truth has left it are
   * let go.
   */
  due(server: number, lastStep: number): readonly DueForecast[] {
    const record = this.#places.at(server);
    const due: DueForecast[] = [];
    for (let place = 0; place < PLACE_COUNT; place++) {
      const at = place * PLACE_SIZE;
      const originStep = record[at + ORIGIN];
      const horizon = HORIZON_OF[place];
      const truthStep = originStep + HORIZONS[horizon].steps;
      // Comparisons with NaN are false: an empty place is never due.
      if (!(truthStep <= lastStep)) continue;
      record[at + ORIGIN] = Number.NaN;
      if (lastStep - truthStep >= WINDOW_STEPS) continue;
      due.push({
        horizon,
        originStep,
        truthStep,
        isNetwork: record[at + IS_NETWORK] === 1,
        fields: record.subarray(at + HEAD, at + PLACE_SIZE),
      });
    }
    return due;
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.#places.clear(server);
  }

  /** Forgets every forecast: they are another model's. */
  clear(): void {
    this.#places.clearAll();
  }
}
