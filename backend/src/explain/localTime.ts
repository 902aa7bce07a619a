/** Times of day where the server stands. */
import { isTimeZone, zoneOffsetMs } from '../catalog/calendar.ts';
import { MINUTE_MS, stepStartMs } from '../catalog/time.ts';

export const MINUTES_A_DAY = 1440;
const FALLBACK_ZONE = 'UTC';

/** The zone times are told in: the server's, or UTC where that is none. */
export function toldZone(timeZone: string): string {
  return isTimeZone(timeZone) ? timeZone : FALLBACK_ZONE;
}

/** Minutes since local midnight. */
export function localMinutes(timeMs: number, timeZone: string): number {
  const localMs = timeMs + zoneOffsetMs(toldZone(timeZone), timeMs);
  const minutes = Math.floor(localMs / MINUTE_MS) % MINUTES_A_DAY;
  return minutes < 0 ? minutes + MINUTES_A_DAY : minutes;
}

/** "07:40" */
export function clockTime(timeMs: number, timeZone: string): string {
  const minutes = localMinutes(timeMs, timeZone);
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60];
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** "07:40–08:20" for the steps from `fromStep` up to but without `toStep`. */
export function clockPeriod(fromStep: number, toStep: number, timeZone: string): string {
  return `${clockTime(stepStartMs(fromStep), timeZone)}–${clockTime(stepStartMs(toStep), timeZone)}`;
}

/** ISO 8601 start of a step. */
export function stepTime(step: number): string {
  return new Date(stepStartMs(step)).toISOString();
}
