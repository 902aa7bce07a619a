/** The factors of the adaptive conformal correction: about 200 bytes a server. */

import { TARGET_COUNT, TARGET_LIST, targetValue } from '../catalog/targets.ts';
import { HORIZONS } from '../catalog/time.ts';
import { AWAITED_FIELDS, type DueForecast } from './awaited.ts';
import { STRETCH_COUNT, STRETCH_SIZE, STRETCH_STEPS, scoreForecast } from './conformal.ts';
import { PagedRecords } from './pages.ts';

const STRETCH_FIELDS = STRETCH_SIZE / TARGET_COUNT / STRETCH_COUNT;
/** For each of HORIZONS its position in STRETCH_STEPS; -1 for one without factors of its own. */
const STRETCH_OF = HORIZONS.map(({ steps }) => (STRETCH_STEPS as readonly number[]).indexOf(steps));

export class ConformalState {
  readonly #stretch = new PagedRecords(STRETCH_SIZE, 1);

  /** The factors of a server, [TARGET_COUNT][STRETCH_COUNT][lower, upper]; 1 until truth has arrived. */
  stretchOf(server: number): Float32Array {
    return this.#stretch.at(server);
  }

  /**
   * Updates the factors by a forecast whose truth has come.
   * @param rows [METRIC_COUNT] of the truth's step is read from `row`
   */
  score(server: number, due: DueForecast, rows: Float32Array, row: number): void {
    const horizon = STRETCH_OF[due.horizon];
    if (horizon < 0) return;
    const stretch = this.#stretch.at(server);
    for (let target = 0; target < TARGET_COUNT; target++) {
      const truth = targetValue(TARGET_LIST[target], rows, row);
      const series = target * STRETCH_COUNT + horizon;
      scoreForecast(truth, due.fields, target * AWAITED_FIELDS, stretch, series * STRETCH_FIELDS);
    }
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.#stretch.clear(server);
  }
}
