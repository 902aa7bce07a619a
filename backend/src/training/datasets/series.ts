import type { HolidayCalendar } from '../../catalog/calendar.ts';
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { CONTEXT_STEPS, HORIZON_STEPS, WINDOW_STEPS } from '../../catalog/time.ts';

/** One server's measurements on the five-minute grid, gaps included. */
export interface ServerSeries {
  readonly name: string;
  /** Position in PROFILES. */
  readonly profile: number;
  /** IANA zone its calendar features are in. */
  readonly timeZone: string;
  /** Whose public holidays count, as findHolidayRegion spells it; undefined where the data does not tell. */
  readonly country?: string | undefined;
  /** None where the data does not tell of any. */
  readonly holidays?: HolidayCalendar;
  /** Number of the first row's step since the Unix epoch. */
  readonly firstStep: number;
  /** Rows. */
  readonly steps: number;
  /** [steps][METRIC_COUNT], catalog order and units, NaN = not measured. */
  readonly values: Float32Array;
}

/** Between which values a metric lies; max is below min where it was never measured. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}
/** [METRIC_COUNT]. */
export type Extents = readonly Extent[];
export const NOTHING_MEASURED: Extent = {
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

export interface Dataset {
  /** Where it was read from, for messages. */
  readonly path: string;
  readonly servers: readonly ServerSeries[];
  /** First and last step over all servers. */
  readonly firstStep: number;
  readonly lastStep: number;
  /** Positions in METRICS of what at least one server measured. */
  readonly measured: readonly number[];
  /** Least and greatest value by position in METRICS, over all servers. */
  readonly extents: Extents;
  /** What is odd about the data but does not stop its use, one sentence each. */
  readonly warnings: readonly string[];
}

/** Last step of a server's series. */
export function lastStepOf(series: ServerSeries): number {
  return series.firstStep + series.steps - 1;
}

/** Steps a series needs before one forecast can be trained on or scored. */
export const NEEDED_STEPS = WINDOW_STEPS + HORIZON_STEPS;

/** Rows with a measurement among the newest CONTEXT_STEPS that make a window worth using. */
export const MIN_CONTEXT_ROWS = CONTEXT_STEPS / 2;

/**
 * Copies the window that ends with `originStep` (inclusive); rows outside the series become NaN.
 * @param out [WINDOW_STEPS][METRIC_COUNT] is written from `offset`
 */
export function copyWindow(
  series: ServerSeries,
  originStep: number,
  out: Float32Array,
  offset: number,
): void {
  const first = originStep - WINDOW_STEPS + 1 - series.firstStep;
  const from = Math.max(0, first);
  const to = Math.min(series.steps, first + WINDOW_STEPS);
  out.fill(Number.NaN, offset, offset + WINDOW_STEPS * METRIC_COUNT);
  if (to <= from) return;
  out.set(
    series.values.subarray(from * METRIC_COUNT, to * METRIC_COUNT),
    offset + (from - first) * METRIC_COUNT,
  );
}

function isMeasuredRow({ values }: ServerSeries, row: number): boolean {
  for (let at = row * METRIC_COUNT; at < (row + 1) * METRIC_COUNT; at++) {
    if (!Number.isNaN(values[at])) return true;
  }
  return false;
}

/** Rows in which at least one metric was measured, from row `from` to before row `to` of the series. */
export function measuredRows(series: ServerSeries, from: number, to: number): number {
  let rows = 0;
  for (let row = Math.max(0, from); row < Math.min(series.steps, to); row++) {
    if (isMeasuredRow(series, row)) rows++;
  }
  return rows;
}

/** [steps + 1]: measured rows before each row, for who asks for many spans of one series. */
export function measuredBefore(series: ServerSeries): Int32Array {
  const sums = new Int32Array(series.steps + 1);
  for (let row = 0; row < series.steps; row++)
    sums[row + 1] = sums[row] + (isMeasuredRow(series, row) ? 1 : 0);
  return sums;
}
