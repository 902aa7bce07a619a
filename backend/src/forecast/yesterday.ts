/** Same-time-yesterday for network and baselines, which look for it in the oldest rows of a window. */

import { METRIC_COUNT } from '../catalog/metrics.ts';
import { HORIZON_STEPS } from '../catalog/time.ts';

/** Clocks are changed by far less than the length of the horizon: no row is taken from beyond twice that. */
const taken = new Float32Array(2 * HORIZON_STEPS * METRIC_COUNT);

/**
 * Puts what was measured at the local time of each horizon step yesterday into the row that lies 24 hours before it.
 * The newest 16 hours of the window stay as they are.
 * @param window [WINDOW_STEPS][METRIC_COUNT] from `offset`, changed in place
 * @param rows as of yesterdayRows() in the catalog; null changes nothing
 */
export function alignYesterday(window: Float32Array, offset: number, rows: Int16Array | null): void {
  if (rows === null) return;
  taken.set(window.subarray(offset, offset + taken.length));
  for (const [lead, row] of rows.entries()) {
    const from = row * METRIC_COUNT;
    window.set(taken.subarray(from, from + METRIC_COUNT), offset + lead * METRIC_COUNT);
  }
}
