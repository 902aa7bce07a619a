/** What the adaptive conformal correction remembers of each server: about 3 KB. */

import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { SCORED_COUNT, SCORED_SIZE, SCORED_STEPS, STRETCH_SIZE, scoreForecast } from './conformal.ts';
import { PagedRecords } from './pages.ts';

/** Forecasts are remembered once an hour: those of neighbouring steps err alike and would teach little. */
const REMEMBER_STEPS = 12;
/** Hours a forecast waits for its last truth, and the hour in which it is replaced. */
const REMEMBERED = HORIZON_STEPS / REMEMBER_STEPS + 1;
const NOTHING = -1;
const SCORED_FIELDS = SCORED_SIZE / TARGET_COUNT / SCORED_COUNT;
const STRETCH_FIELDS = STRETCH_SIZE / TARGET_COUNT / SCORED_COUNT;

/** Origins of a server's remembered forecasts, and how many of their horizons have been scored. */
interface Memory {
  readonly origins: Int32Array;
  readonly scoredHorizons: Uint8Array;
}

export class ConformalState {
  readonly #stretch = new PagedRecords(STRETCH_SIZE, 1);
  readonly #remembered = new PagedRecords(REMEMBERED * SCORED_SIZE, Number.NaN);
  readonly #memories: (Memory | undefined)[] = [];

  /** The factors of a server, [TARGET_COUNT][SCORED_COUNT][lower, upper]; 1 until truth has arrived. */
  stretchOf(server: number): Float32Array {
    return this.#stretch.at(server);
  }

  /**
   * Scores the remembered forecasts whose truth has arrived and updates the factors.
   * @param originStep newest step of the window
   * @param windows [WINDOW_STEPS][METRIC_COUNT] is read from `offset`
   */
  score(server: number, originStep: number, windows: Float32Array, offset: number): void {
    const memory = this.#memories[server];
    if (memory === undefined) return;
    for (let place = 0; place < REMEMBERED; place++) {
      if (memory.origins[place] === NOTHING) continue;
      let horizon = memory.scoredHorizons[place];
      while (horizon < SCORED_COUNT && memory.origins[place] + SCORED_STEPS[horizon] <= originStep) {
        const age = originStep - memory.origins[place] - SCORED_STEPS[horizon];
        if (age < WINDOW_STEPS) {
          const row = offset + (WINDOW_STEPS - 1 - age) * METRIC_COUNT;
          this.#scoreHorizon(server, place, horizon, windows, row);
        }
        horizon++;
      }
      memory.scoredHorizons[place] = horizon;
    }
  }

  #scoreHorizon(server: number, place: number, horizon: number, windows: Float32Array, row: number): void {
    const stretch = this.#stretch.at(server);
    const remembered = this.#remembered.at(server);
    for (let target = 0; target < TARGET_COUNT; target++) {
      const series = target * SCORED_COUNT + horizon;
      const truth = targetValue(TARGET_LIST[target], windows, row);
      const scoredOffset = place * SCORED_SIZE + series * SCORED_FIELDS;
      scoreForecast(truth, remembered, scoredOffset, stretch, series * STRETCH_FIELDS);
    }
  }

  /**
   * Keeps a forecast until its truth arrives, where the hour's turn is now; servers take turns over the hour.
   * @param scored [SCORED_SIZE] is read from `offset`: the forecast before its bands were stretched
   */
  remember(server: number, originStep: number, scored: Float32Array, offset: number): void {
    if ((originStep + server) % REMEMBER_STEPS !== 0) return;
    const memory = this.#memoryOf(server);
    const place = ((originStep + server) / REMEMBER_STEPS) % REMEMBERED;
    memory.origins[place] = originStep;
    memory.scoredHorizons[place] = 0;
    this.#remembered.at(server).set(scored.subarray(offset, offset + SCORED_SIZE), place * SCORED_SIZE);
  }

  #memoryOf(server: number): Memory {
    let memory = this.#memories[server];
    if (memory === undefined) {
      memory = {
        origins: new Int32Array(REMEMBERED).fill(NOTHING),
        scoredHorizons: new Uint8Array(REMEMBERED),
      };
      this.#memories[server] = memory;
    }
    return memory;
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.#stretch.clear(server);
    this.#memories[server] = undefined;
  }
}
