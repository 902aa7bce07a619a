/** How values are written in answers. */
import type { MetricUnit } from '../catalog/metrics.ts';
import { HORIZON_STEPS, stepStartMs } from '../catalog/time.ts';

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3600;
/** Up to here a person reads minutes more easily than hours. */
const LONGEST_IN_MINUTES_SECONDS = 90 * SECONDS_PER_MINUTE;

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Rounds to two decimals; what was not measured (NaN) is null, as JSON has no other word for it. */
export function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : null;
}

/** A series for JSON; see `rounded`. */
export function roundedSeries(values: Float32Array): (number | null)[] {
  return Array.from(values, rounded);
}

/** A value for people: "45.2%", "23.4 MB/s"; null where it was not measured. */
export function displayed(value: number, unit: MetricUnit): string | null {
  if (!Number.isFinite(value)) return null;
  return unit === '%' ? `${value.toFixed(1)}%` : `${value.toFixed(1)} ${unit}`;
}

/** A lead time for people: "now", "45 minutes", "2.5 hours". */
export function displayedDuration(seconds: number): string {
  if (seconds < SECONDS_PER_MINUTE) return 'now';
  if (seconds > LONGEST_IN_MINUTES_SECONDS) return `${Number((seconds / SECONDS_PER_HOUR).toFixed(1))} hours`;
  const minutes = Math.round(seconds / SECONDS_PER_MINUTE);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

/** Start times of the steps after `originStep` that a forecast covers. */
export function horizonTimes(originStep: number): string[] {
  return stepTimes(originStep + 1, HORIZON_STEPS);
}

/** Start times of `count` steps from `firstStep` on. */
export function stepTimes(firstStep: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => isoTime(stepStartMs(firstStep + i)));
}

/** Hides where files lie: "/var/lib/argus/models/a" becomes "a". */
export function withoutFolders(text: string): string {
  return text.replace(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s'"]+)*[\\/](?=[^\\/\s'"])/g, '');
}
