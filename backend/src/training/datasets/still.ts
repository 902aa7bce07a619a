import { METRIC, METRICS } from '../../catalog/metrics.ts';
import { TARGET_LIST } from '../../catalog/targets.ts';
import { DataStillError } from '../errors.ts';
import { type Extents, NOTHING_MEASURED } from './series.ts';

/** A metric that had one value only. */
interface StillMetric {
  readonly metric: number;
  readonly name: string;
  readonly value: number;
}

/** What a healthy fleet may well keep at 0 for weeks: standing still there says nothing about how it was measured. */
const RESTS_AT_ZERO: ReadonlySet<number> = new Set([
  METRIC.swapUsed,
  METRIC.backCloseWait,
  METRIC.frontCloseWait,
]);
const TARGET_METRICS: ReadonlySet<number> = new Set(TARGET_LIST.map(({ metric }) => metric));

/** Metrics that can be allowed to stand still. */
export const STILL_CHOICES: readonly string[] = METRICS.filter((_, metric) => TARGET_METRICS.has(metric)).map(
  ({ name }) => name,
);

export function stillMetrics(extents: Extents): readonly StillMetric[] {
  return extents.flatMap(({ min, max }, metric) =>
    min === max ? [{ metric, name: METRICS[metric].name, value: min }] : [],
  );
}

/** Extents of several data sets, or chunks, taken together. */
export function unitedExtents(all: readonly Extents[]): Extents {
  return METRICS.map((_, metric) =>
    all.reduce(
      ({ min, max }, extents) => ({
        min: Math.min(min, extents[metric].min),
        max: Math.max(max, extents[metric].max),
      }),
      NOTHING_MEASURED,
    ),
  );
}

/**
 * Refuses to train on a forecast metric that never moves in any data set: more likely it was measured wrongly. Swap and
 * CLOSE_WAIT may rest at 0.
 * @param allowed names of metrics that may stand still
 * @throws DataStillError
 */
export function refuseStill(
  sources: readonly { readonly path: string; readonly extents: Extents }[],
  allowed: readonly string[],
): void {
  const still = stillMetrics(unitedExtents(sources.map(({ extents }) => extents))).filter(
    ({ metric, name, value }) =>
      TARGET_METRICS.has(metric) && !(value === 0 && RESTS_AT_ZERO.has(metric)) && !allowed.includes(name),
  );
  if (still.length === 0) return;
  throw new DataStillError(
    sources.map(({ path }) => path).join('", "'),
    still.map(({ name, value }) => `${name} (always ${value})`).join(', '),
    still.map(({ name }) => `--allow-still ${name}`).join(' '),
  );
}
