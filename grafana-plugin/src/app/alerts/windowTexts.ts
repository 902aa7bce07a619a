import type { Annotation, Weekday } from '../../data/annotations';
import { formatDuration } from '../../shared/format';
import { profileLabel } from '../../shared/metrics';
import { capitalised, formatMoment } from '../components/format';

const SECONDS_PER_MINUTE = 60;
const NAMED_SERVERS = 3;

export const DAY_LABELS: Readonly<Record<Weekday, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

/** When a window holds: "2026-11-25 22:00 – 2026-11-26 02:00", or "each Sat, Sun 02:00 for 3 h (Europe/Berlin)". */
export function windowTimes(
  { from, to, recurrence }: Pick<Annotation, 'from' | 'to' | 'recurrence'>,
  timeZone: string,
): string {
  if (recurrence === null) {
    const end = to === null ? 'it is deleted' : formatMoment(to, timeZone);
    return `${formatMoment(from, timeZone)} – ${end}`;
  }
  const days =
    recurrence.days.length === 7 ? 'day' : recurrence.days.map((day) => DAY_LABELS[day]).join(', ');
  const length = formatDuration(recurrence.duration_minutes * SECONDS_PER_MINUTE);
  const last = to === null ? '' : `, until ${formatMoment(to, timeZone)}`;
  return `each ${days} ${recurrence.start} for ${length} (${recurrence.time_zone})${last}`;
}

/** Whom a window concerns: "ppdb001, ppdb002, ppdb003 and 4 more; all of Database", or "Every server". */
export function windowScope({
  server_names: servers,
  profiles,
}: Pick<Annotation, 'server_names' | 'profiles'>): string {
  if (servers === null && profiles === null) return 'Every server';
  const more = (servers?.length ?? 0) - NAMED_SERVERS;
  const named = servers?.slice(0, NAMED_SERVERS).join(', ') ?? '';
  const parts = [
    more > 0 ? `${named} and ${more} more` : named,
    (profiles ?? []).map((profile) => `all of ${profileLabel(profile)}`).join(', '),
  ];
  const text = parts.filter((part) => part !== '').join('; ');
  // The name of a server stays as it is.
  return servers === null ? capitalised(text) : text;
}
