/**
 * How far, how long and how steadily a metric has left what it was: the same words for every metric, so that a kind of
 * failure nobody has seen yet can still be told by the way it grows.
 */

import { METRIC, METRICS } from '../../catalog/metrics.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../../catalog/time.ts';
import { type Day, inDeviations, lineOf, meanOf } from './course.ts';
import { hoursToFull } from './windowStatistics.ts';

/** Rows before the newest four hours are what the newest are compared with. */
const EARLIER_ROWS = WINDOW_STEPS - 4 * STEPS_AN_HOUR;
const HALF_HOUR = STEPS_AN_HOUR / 2;
/** A range below this share of the level is noise of the measurement. */
const LEAST_RANGE = 0.01;
const STATISTICS = [
  /** The newest half hour above the highest and below the lowest of the earlier day, in that day's range. */
  'over_earlier',
  'under_earlier',
  /** Hours since it was last no higher than the highest of the earlier day. */
  'hours_past_earlier',
  /** Net change as a share of all movement: 1 for what only rises. */
  'rising_1h',
  'rising_4h',
  'rising_12h',
  /** Highest rise from one step to the next within 2 hours, in the day's deviations. */
  'jump',
  /** The newest half hour above the day's mean, in the day's deviations. */
  'unusual_30m',
  'slope_30m',
  'slope_2h',
  'slope_8h',
  'hours_to_full_2h',
  'hours_to_full_8h',
] as const;
type Statistic = (typeof STATISTICS)[number];
const COUNT = STATISTICS.length;
const AT = Object.fromEntries(STATISTICS.map((name, position) => [name, position])) as Readonly<
  Record<Statistic, number>
>;

/** Names in the order in which they are written, by metric. */
export const DEPARTURES: readonly string[] = METRICS.flatMap(({ name }) =>
  STATISTICS.map((statistic) => `${name}.${statistic}`),
);

interface Range {
  readonly highest: number;
  readonly lowest: number;
}

/** Extent of the earlier day; NaN where it was not measured. */
function earlierRange(values: Float64Array): Range {
  let highest = Number.NaN;
  let lowest = Number.NaN;
  for (let row = 0; row < EARLIER_ROWS; row++) {
    const value = values[row];
    if (!(value <= highest)) highest = Number.isNaN(value) ? highest : value;
    if (!(value >= lowest)) lowest = Number.isNaN(value) ? lowest : value;
  }
  return { highest, lowest };
}

/** Rows since the newest measurement that was no higher than a level. */
function rowsPast(values: Float64Array, level: number): number {
  let row = WINDOW_STEPS - 1;
  while (row >= 0 && !(values[row] <= level)) row--;
  return WINDOW_STEPS - 1 - row;
}

function risingOver(values: Float64Array, span: number): number {
  let net = 0;
  let movement = 0;
  let last = Number.NaN;
  for (let row = WINDOW_STEPS - span; row < WINDOW_STEPS; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    if (!Number.isNaN(last)) {
      net += value - last;
      movement += Math.abs(value - last);
    }
    last = value;
  }
  return movement > 0 ? net / movement : 0;
}

function highestJump(values: Float64Array): number {
  let highest = 0;
  let last = Number.NaN;
  for (let row = WINDOW_STEPS - 2 * STEPS_AN_HOUR; row < WINDOW_STEPS; row++) {
    if (Number.isNaN(values[row])) continue;
    if (values[row] - last > highest) highest = values[row] - last;
    last = values[row];
  }
  return highest;
}

/**
 * Writes the departures of one metric.
 * @param values [WINDOW_STEPS], NaN = not measured
 * @param day of the same values, with at least one measured row
 * @param out written from `start` + metric · departures
 */
export function writeDepartures(
  metric: number,
  values: Float64Array,
  day: Day,
  out: Float32Array,
  start: number,
): void {
  const at = start + metric * COUNT;
  const newest = meanOf(values, WINDOW_STEPS - HALF_HOUR, WINDOW_STEPS);
  const { highest, lowest } = earlierRange(values);
  const range = Math.max(highest - lowest, LEAST_RANGE * Math.abs(day.mean), Number.MIN_VALUE);
  // What never moved off 0 has no range to be measured in: a departure from it is one whole range.
  const inRange = (difference: number): number =>
    range === Number.MIN_VALUE ? Math.sign(difference) : difference / range;
  out[at + AT.over_earlier] = inRange(newest - highest);
  out[at + AT.under_earlier] = inRange(lowest - newest);
  out[at + AT.hours_past_earlier] = rowsPast(values, highest) / STEPS_AN_HOUR;
  out[at + AT.rising_1h] = risingOver(values, STEPS_AN_HOUR);
  out[at + AT.rising_4h] = risingOver(values, 4 * STEPS_AN_HOUR);
  out[at + AT.rising_12h] = risingOver(values, 12 * STEPS_AN_HOUR);
  out[at + AT.jump] = inDeviations(day, highestJump(values));
  out[at + AT.unusual_30m] = inDeviations(day, newest - day.mean);
  out[at + AT.slope_30m] = lineOf(values, HALF_HOUR).slope;
  out[at + AT.slope_2h] = lineOf(values, 2 * STEPS_AN_HOUR).slope;
  out[at + AT.slope_8h] = lineOf(values, 8 * STEPS_AN_HOUR).slope;
  out[at + AT.hours_to_full_2h] = hoursToFull(metric, newest, out[at + AT.slope_2h]);
  out[at + AT.hours_to_full_8h] = hoursToFull(metric, newest, out[at + AT.slope_8h]);
}

/** Over the metrics of a server, whichever they are: the three that depart most. */
const RANKED: readonly Statistic[] = [
  'over_earlier',
  'under_earlier',
  'hours_past_earlier',
  'rising_1h',
  'rising_4h',
  'rising_12h',
  'jump',
  'unusual_30m',
];
const PLACES = 3;
/** How many metrics are past a bound. */
const COUNTED: readonly { readonly name: string; readonly statistic: Statistic; readonly above: number }[] = [
  { name: 'metrics_over_earlier', statistic: 'over_earlier', above: 0 },
  { name: 'metrics_under_earlier', statistic: 'under_earlier', above: 0 },
  { name: 'metrics_unusual', statistic: 'unusual_30m', above: 3 },
  { name: 'metrics_rising', statistic: 'rising_4h', above: 0.5 },
  { name: 'metrics_past_30m', statistic: 'hours_past_earlier', above: 0.45 },
  { name: 'metrics_past_1h', statistic: 'hours_past_earlier', above: 0.95 },
  { name: 'metrics_past_2h', statistic: 'hours_past_earlier', above: 1.95 },
];
/** Uptime rises whatever happens. */
const RANKED_METRICS: readonly number[] = METRICS.map((_, metric) => metric).filter(
  (metric) => metric !== METRIC.uptimeDays,
);

/** Names in the order in which they are written. */
export const RANKED_DEPARTURES: readonly string[] = [
  ...RANKED.flatMap((statistic) =>
    Array.from({ length: PLACES }, (_, place) => `departure_${place + 1}.${statistic}`),
  ),
  'departure_1.rising_past_earlier',
  'departure_2.rising_past_earlier',
  ...COUNTED.map(({ name }) => name),
];

const places = new Float64Array(PLACES);

function insert(value: number): void {
  if (!(value > places[PLACES - 1])) return;
  let place = PLACES - 1;
  for (; place > 0 && value > places[place - 1]; place--) places[place] = places[place - 1];
  places[place] = value;
}

/** Writes as many places as asked for; NaN where fewer metrics are measured. */
function writePlaces(
  departureOf: (metric: number) => number,
  count: number,
  out: Float32Array,
  at: number,
): void {
  places.fill(Number.NEGATIVE_INFINITY);
  for (const metric of RANKED_METRICS) insert(departureOf(metric));
  for (let place = 0; place < count; place++) {
    out[at + place] = places[place] === Number.NEGATIVE_INFINITY ? Number.NaN : places[place];
  }
}

/**
 * Writes RANKED_DEPARTURES of a server.
 * @param departures DEPARTURES, read from `from`
 */
export function writeRankedDepartures(
  departures: Float32Array,
  from: number,
  out: Float32Array,
  start: number,
): void {
  const read = (metric: number, statistic: Statistic): number =>
    departures[from + metric * COUNT + AT[statistic]];
  let at = start;
  for (const statistic of RANKED) {
    writePlaces((metric) => read(metric, statistic), PLACES, out, at);
    at += PLACES;
  }
  const risingPast = (metric: number): number =>
    read(metric, 'over_earlier') > 0 ? read(metric, 'rising_4h') : Number.NaN;
  writePlaces(risingPast, 2, out, at);
  at += 2;
  for (const { statistic, above } of COUNTED) {
    out[at++] = RANKED_METRICS.filter((metric) => read(metric, statistic) > above).length;
  }
}
