/** Inputs and outputs of the network for a few servers, in memory that the main thread and the workers share. */

import { CALENDAR_SIZE } from '../catalog/calendar.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { STRETCH_SIZE } from './conformal.ts';
import { SCORED_SIZE } from './scored.ts';

/** Numbers of one server's window, [WINDOW_STEPS][METRIC_COUNT]. */
export const WINDOW_SIZE = WINDOW_STEPS * METRIC_COUNT;
/** Numbers of one target's forecast, [HORIZON_STEPS][QUANTILE_COUNT]. */
export const TARGET_SIZE = HORIZON_STEPS * QUANTILE_COUNT;
/** Numbers of one server's forecast, [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]. */
export const FORECAST_SIZE = TARGET_COUNT * TARGET_SIZE;

export interface ForecastBatch {
  /** [capacity][WINDOW_STEPS][METRIC_COUNT], NaN where not measured. */
  readonly window: Float32Array;
  /** [capacity][PATCH_COUNT][CALENDAR_COUNT]. */
  readonly calendar: Float32Array;
  /** [capacity], positions in PROFILES. */
  readonly profile: Int32Array;
  /** [capacity], hash buckets. */
  readonly server: Int32Array;
  /** [capacity][STRETCH_SIZE], how much the bands are widened; see conformal.ts. */
  readonly stretch: Float32Array;
  /** [capacity][TARGET_COUNT], positions in FORECASTERS: whose forecast is wanted. */
  readonly forecasters: Uint8Array;
  /** Output: [capacity][TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]. */
  readonly quantiles: Float32Array;
  /** Output: [capacity][SCORED_SIZE], what is scored later of the forecast that was made for all targets. */
  readonly scored: Float32Array;
}

/** Makes a batch of shared memory with room for `capacity` servers. */
export function createBatch(capacity: number): ForecastBatch {
  const floats = (size: number): Float32Array =>
    new Float32Array(new SharedArrayBuffer(capacity * size * Float32Array.BYTES_PER_ELEMENT));
  const integers = (): Int32Array =>
    new Int32Array(new SharedArrayBuffer(capacity * Int32Array.BYTES_PER_ELEMENT));
  return {
    window: floats(WINDOW_SIZE),
    calendar: floats(CALENDAR_SIZE),
    profile: integers(),
    server: integers(),
    stretch: floats(STRETCH_SIZE).fill(1),
    forecasters: new Uint8Array(new SharedArrayBuffer(capacity * TARGET_COUNT)),
    quantiles: floats(FORECAST_SIZE),
    scored: floats(SCORED_SIZE),
  };
}
