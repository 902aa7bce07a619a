/** When an annotation holds, and for whom. */

import { localToUtcMs, weekdayOf, zoneOffsetMs } from '../catalog/calendar.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { DAY_MS, MINUTE_MS } from '../catalog/time.ts';
import { type Annotation, type Recurrence, type Scope, type Span, WEEKDAYS, WINDOW_KINDS } from './types.ts';

export function isWindow({ kind }: Annotation): boolean {
  return (WINDOW_KINDS as readonly string[]).includes(kind);
}

/** @param profile position in PROFILES; null where it is not known */
export function concerns(
  { server_names: servers, profiles }: Scope,
  server: string,
  profile: number | null,
): boolean {
  if (servers === null && profiles === null) return true;
  if (servers?.includes(server) === true) return true;
  return profile !== null && profiles?.includes(PROFILES[profile].name) === true;
}

/** The times an annotation holds within a span, oldest first; recurring ones as often as they come round. */
export function timesWithin({ fromMs, toMs, recurrence }: Annotation, span: Span): readonly Span[] {
  const whole = { fromMs: Math.max(fromMs, span.fromMs), toMs: Math.min(toMs ?? span.toMs, span.toMs) };
  if (whole.fromMs >= whole.toMs) return [];
  return recurrence === null ? [whole] : recurrences(recurrence, whole);
}

function recurrences(recurrence: Recurrence, span: Span): readonly Span[] {
  const lengthMs = recurrence.duration_minutes * MINUTE_MS;
  const [hours, minutes] = recurrence.start.split(':').map(Number);
  const localDayOf = (timeMs: number) =>
    Math.floor((timeMs + zoneOffsetMs(recurrence.time_zone, timeMs)) / DAY_MS);
  const found: Span[] = [];
  for (let day = localDayOf(span.fromMs - lengthMs); day <= localDayOf(span.toMs); day++) {
    const weekday = WEEKDAYS[weekdayOf(day)];
    if (!recurrence.days.includes(weekday)) continue;
    const start = localToUtcMs(day * DAY_MS + (hours * 60 + minutes) * MINUTE_MS, recurrence.time_zone);
    const one = { fromMs: Math.max(start, span.fromMs), toMs: Math.min(start + lengthMs, span.toMs) };
    if (one.fromMs < one.toMs) found.push(one);
  }
  return found;
}

export function holdsAt(annotation: Annotation, timeMs: number): boolean {
  return timesWithin(annotation, { fromMs: timeMs, toMs: timeMs + 1 }).length > 0;
}
