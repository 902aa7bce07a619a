/** Rows at five-minute steps as columns over a regular grid. */
import { STEP_MS, STEP_SECONDS, stepOf } from '../../../catalog/time.ts';
import type { Column, Grid } from '../../protocol.ts';
import type { Row } from '../database.ts';

/** The steps that begin in a span. */
export function gridOf(fromMs: number, toMs: number): Grid {
  const first = stepOf(fromMs + STEP_MS - 1);
  const end = stepOf(toMs + STEP_MS - 1);
  return { firstMs: first * STEP_MS, stepSeconds: STEP_SECONDS, count: Math.max(0, end - first) };
}

/**
 * One value a step, NaN where there is none.
 * @param rows time in ms first
 * @param column position of the value in a row
 * @param firstMs time of the first step, as the rows tell time
 */
export function fullColumn(
  steps: number,
  rows: readonly Row[],
  column: number,
  firstMs: number,
): Float64Array {
  const values = new Float64Array(steps).fill(Number.NaN);
  for (const row of rows) {
    const at = Math.round((Number(row[0]) - firstMs) / STEP_MS);
    const value = row[column];
    if (at >= 0 && at < steps && value !== null) values[at] = Number(value);
  }
  return values;
}

/** A grid of at most `maxPoints`, and how many fine steps each of its steps takes. */
export function wideGrid(fine: Grid, maxPoints: number): { readonly grid: Grid; readonly width: number } {
  const width = Math.max(1, Math.ceil(fine.count / maxPoints));
  return {
    width,
    grid: {
      firstMs: fine.firstMs,
      stepSeconds: fine.stepSeconds * width,
      count: Math.ceil(fine.count / width),
    },
  };
}

/** Means over `width` steps each, of what is there. */
export function meansOver(values: Float64Array, width: number): Column {
  const means: (number | null)[] = [];
  for (let from = 0; from < values.length; from += width) {
    let sum = 0;
    let count = 0;
    for (let i = from; i < Math.min(values.length, from + width); i++) {
      if (Number.isNaN(values[i])) continue;
      sum += values[i];
      count++;
    }
    means.push(count === 0 ? null : sum / count);
  }
  return means;
}
