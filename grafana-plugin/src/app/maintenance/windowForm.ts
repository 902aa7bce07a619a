import { dateTimeFormat, dateTimeParse } from '@grafana/data';
import { WEEKDAYS, type Weekday, type WindowOrder } from '../../data/annotations';

export type Whom = 'servers' | 'profiles' | 'all';
export type When = 'once' | 'weekly';

/** What the dialog asks for, as it is typed. */
export interface WindowForm {
  readonly whom: Whom;
  readonly servers: readonly string[];
  readonly profiles: readonly string[];
  readonly when: When;
  /** By the clocks of `timeZone`, as a datetime-local field has it. */
  readonly from: string;
  readonly to: string;
  readonly days: readonly Weekday[];
  readonly start: string;
  readonly hours: string;
  /** IANA, or a word of Grafana's for one. */
  readonly timeZone: string;
  readonly text: string;
}

/** What is wrong, by field. */
export type WindowProblems = Readonly<
  Partial<Record<'servers' | 'profiles' | 'from' | 'to' | 'days' | 'start' | 'hours', string>>
>;

const LOCAL_FORMAT = 'YYYY-MM-DDTHH:mm';
const HOUR_MS = 3_600_000;
const MINUTES_PER_HOUR = 60;
const DEFAULT_HOURS = 2;
const MOST_HOURS = 168;

export function localText(timeMs: number, timeZone: string): string {
  return dateTimeFormat(timeMs, { timeZone, format: LOCAL_FORMAT });
}

function timeOf(text: string, timeZone: string): number {
  return dateTimeParse(text, { timeZone, format: LOCAL_FORMAT }).valueOf();
}

/** A window of two hours from now on. */
export function emptyForm(servers: readonly string[], nowMs: number, timeZone: string): WindowForm {
  return {
    whom: 'servers',
    servers,
    profiles: [],
    when: 'once',
    from: localText(nowMs, timeZone),
    to: localText(nowMs + DEFAULT_HOURS * HOUR_MS, timeZone),
    days: ['sat'],
    start: '02:00',
    hours: String(DEFAULT_HOURS),
    timeZone,
    text: '',
  };
}

function whomProblems({ whom, servers, profiles }: WindowForm): WindowProblems {
  if (whom === 'servers' && servers.length === 0) return { servers: 'Choose at least one server' };
  if (whom === 'profiles' && profiles.length === 0) return { profiles: 'Choose at least one profile' };
  return {};
}

function onceProblems({ from, to, timeZone }: WindowForm): WindowProblems {
  const [fromMs, toMs] = [timeOf(from, timeZone), timeOf(to, timeZone)];
  if (Number.isNaN(fromMs)) return { from: 'A date and time' };
  if (Number.isNaN(toMs)) return { to: 'A date and time' };
  return toMs <= fromMs ? { to: 'Must lie after the beginning' } : {};
}

function weeklyProblems({ days, start, hours }: WindowForm): WindowProblems {
  const length = Number(hours);
  return {
    ...(days.length === 0 ? { days: 'Choose at least one day' } : {}),
    ...(/^([01]\d|2[0-3]):[0-5]\d$/.test(start) ? {} : { start: 'A time of day, such as 02:00' }),
    ...(hours.trim() !== '' && length * MINUTES_PER_HOUR >= 1 && length <= MOST_HOURS
      ? {}
      : { hours: `A number of hours up to ${MOST_HOURS}` }),
  };
}

export function problemsOf(form: WindowForm): WindowProblems {
  return { ...whomProblems(form), ...(form.when === 'once' ? onceProblems(form) : weeklyProblems(form)) };
}

function whomOf({ whom, servers, profiles }: WindowForm): Partial<WindowOrder> {
  if (whom === 'servers') return { server_names: servers };
  return whom === 'profiles' ? { profiles } : {};
}

function whenOf(form: WindowForm, ianaZone: string): Partial<WindowOrder> {
  if (form.when === 'once') {
    const iso = (text: string) => new Date(timeOf(text, form.timeZone)).toISOString();
    return { from: iso(form.from), to: iso(form.to) };
  }
  const days = WEEKDAYS.filter((day) => form.days.includes(day));
  const duration_minutes = Math.round(Number(form.hours) * MINUTES_PER_HOUR);
  return { recurrence: { days, start: form.start, duration_minutes, time_zone: ianaZone } };
}

/** @param form without problems */
export function orderOf(form: WindowForm, ianaZone: string): WindowOrder {
  return { kind: 'maintenance', ...whomOf(form), ...whenOf(form, ianaZone), text: form.text.trim() };
}
