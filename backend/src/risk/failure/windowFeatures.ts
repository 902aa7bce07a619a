/** Everything the failure model reads off a day of measurements, without any forecast. */

import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { WINDOW_STEPS } from '../../catalog/time.ts';
import { dayOf, readCourse } from './course.ts';
import { DEPARTURES, RANKED_DEPARTURES, writeDepartures, writeRankedDepartures } from './departures.ts';
import { RESOURCE_SHARES, writeResourceShares } from './shares.ts';
import { WINDOW_STATISTICS, writeStatistics } from './windowStatistics.ts';

/** Names in the order in which they are written. */
export const WINDOW_FEATURES: readonly string[] = [
  ...WINDOW_STATISTICS,
  ...DEPARTURES,
  ...RANKED_DEPARTURES,
  ...RESOURCE_SHARES,
];
const DEPARTURES_START = WINDOW_STATISTICS.length;
const RANKED_START = DEPARTURES_START + DEPARTURES.length;
const SHARES_START = RANKED_START + RANKED_DEPARTURES.length;

const values = new Float64Array(WINDOW_STEPS);

/**
 * Writes WINDOW_FEATURES of one window.
 * @param window [WINDOW_STEPS][METRIC_COUNT] from `offset`, NaN = not measured
 * @param out written from `outOffset`; NaN where nothing is known
 */
export function writeWindowFeatures(
  window: Float32Array,
  offset: number,
  out: Float32Array,
  outOffset: number,
): void {
  out.fill(Number.NaN, outOffset, outOffset + RANKED_START);
  for (let metric = 0; metric < METRIC_COUNT; metric++) {
    readCourse(window, offset, metric, values);
    const day = dayOf(values);
    if (day.count === 0) continue;
    writeStatistics(metric, values, day, out, outOffset);
    writeDepartures(metric, values, day, out, outOffset + DEPARTURES_START);
  }
  writeRankedDepartures(out, outOffset + DEPARTURES_START, out, outOffset + RANKED_START);
  writeResourceShares(window, offset, out, outOffset + SHARES_START);
}
