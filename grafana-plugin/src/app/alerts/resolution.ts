import type { Incident } from '../../data/history';

/** How long alerts took to end, in seconds. */
export interface ResolutionTimes {
  readonly median: number;
  /** Nine of ten ended within it. */
  readonly p90: number;
}

const SECONDS_PER_MINUTE = 60;
/** Of fewer, a quantile says nothing. */
const FEWEST = 5;

/** Nearest-rank quantile of sorted values. */
function quantile(sorted: readonly number[], fraction: number): number {
  const rank = Math.max(1, Math.ceil(fraction * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** @returns undefined of fewer than five alerts that have ended */
export function resolutionTimes(incidents: readonly Incident[]): ResolutionTimes | undefined {
  const seconds = incidents
    .flatMap(({ duration_minutes: minutes }) => (minutes === null ? [] : [minutes * SECONDS_PER_MINUTE]))
    .sort((a, b) => a - b);
  if (seconds.length < FEWEST) return undefined;
  return { median: quantile(seconds, 0.5), p90: quantile(seconds, 0.9) };
}
