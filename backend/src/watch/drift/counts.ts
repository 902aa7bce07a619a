/**
 * Counts of what was measured and scored, by hour and group of servers: those of the newest hours, and those of the same
 * hours of the day before them. Their size does not depend on the number of servers.
 */

import { PROFILES } from '../../catalog/profiles.ts';
import { TARGET_COUNT } from '../../catalog/targets.ts';
import { STEPS_AN_HOUR } from '../../catalog/time.ts';
import type { Deviations } from './usual.ts';
import { WATCHED_COUNT } from './watched.ts';

/** All servers together, then each profile: a small fleet has too few of a kind. */
export const GROUPS = ['fleet', ...PROFILES.map(({ name }) => name)] as const;
export const GROUP_COUNT = GROUPS.length;
export const FLEET = 0;

/** Edges in usual deviations. The outer bins are open. */
export const EDGES = [-4, -2.5, -1.5, -0.75, -0.25, 0.25, 0.75, 1.5, 2.5, 4] as const;
export const BINS = EDGES.length + 1;

/** Fields of a group's metric. */
export const VALUES = BINS;
export const USUALS = VALUES + 1;
export const METRIC_FIELDS = USUALS + 1;
/** Fields of a group's target. */
export const SCORED = 0;
/** Sum of the logarithms of relative losses. */
export const LOG_LOSS = 1;
export const FAR = 2;
export const TARGET_FIELDS = 3;
const GROUP_SIZE = WATCHED_COUNT * METRIC_FIELDS + TARGET_COUNT * TARGET_FIELDS;
/** Numbers of one hour. */
export const HOUR_SIZE = GROUP_COUNT * GROUP_SIZE;

export const HOURS_A_DAY = 24;
/** Hours that are compared with those before. */
export const WINDOW_HOURS = 3;
/** Hours that wait before they count as what was before: what is compared is not part of what it is compared with. */
const WAITING_HOURS = HOURS_A_DAY;
const KEPT_HOURS = WINDOW_HOURS + WAITING_HOURS;
/** Days after which an hour counts 1/e. */
const REFERENCE_DAYS = 14;
const KEEP = Math.exp(-1 / REFERENCE_DAYS);

export interface HourCounts {
  /** Since the epoch. */
  readonly hour: number;
  /** [HOUR_SIZE] */
  readonly counts: Float64Array;
}

/** Where the fields of a group's metric begin. */
export function metricAt(group: number, metric: number): number {
  return group * GROUP_SIZE + metric * METRIC_FIELDS;
}

/** Where the fields of a group's target begin. */
export function targetAt(group: number, target: number): number {
  return group * GROUP_SIZE + WATCHED_COUNT * METRIC_FIELDS + target * TARGET_FIELDS;
}

export function binOf(distance: number): number {
  let bin = 0;
  while (bin < EDGES.length && distance >= EDGES[bin]) bin++;
  return bin;
}

function clearTargets(counts: Float64Array): void {
  for (let group = 0; group < GROUP_COUNT; group++) {
    counts.fill(0, targetAt(group, 0), targetAt(group, TARGET_COUNT));
  }
}

export class DriftCounts {
  /** Oldest first. */
  #hours: HourCounts[] = [];
  /** [HOURS_A_DAY][HOUR_SIZE] */
  #reference = new Float64Array(HOURS_A_DAY * HOUR_SIZE);
  #referenceHours = 0;

  /** Adds what one server measured in a step. */
  addMeasured(step: number, profile: number, { distance, value, usual }: Deviations): void {
    const counts = this.#countsOf(Math.floor(step / STEPS_AN_HOUR));
    if (counts === undefined) return;
    for (let metric = 0; metric < WATCHED_COUNT; metric++) {
      if (Number.isNaN(distance[metric])) continue;
      const bin = binOf(distance[metric]);
      for (const group of [FLEET, 1 + profile]) {
        const at = metricAt(group, metric);
        counts[at + bin]++;
        counts[at + VALUES] += value[metric];
        counts[at + USUALS] += usual[metric];
      }
    }
  }

  /** Adds one forecast whose truth has come. */
  addScored(step: number, profile: number, target: number, logLoss: number, isFar: boolean): void {
    const counts = this.#countsOf(Math.floor(step / STEPS_AN_HOUR));
    if (counts === undefined) return;
    for (const group of [FLEET, 1 + profile]) {
      const at = targetAt(group, target);
      counts[at + SCORED]++;
      counts[at + LOG_LOSS] += logLoss;
      if (isFar) counts[at + FAR]++;
    }
  }

  #countsOf(hour: number): Float64Array | undefined {
    const newest = this.#hours.at(-1);
    if (newest?.hour === hour) return newest.counts;
    if (newest !== undefined && hour < newest.hour) {
      return this.#hours.find((one) => one.hour === hour)?.counts;
    }
    const fresh = { hour, counts: new Float64Array(HOUR_SIZE) };
    this.#hours.push(fresh);
    const isOver = (one: HourCounts) => one.hour <= hour - KEPT_HOURS;
    for (const one of this.#hours.filter(isOver)) this.#toReference(one);
    this.#hours = this.#hours.filter((one) => !isOver(one));
    return fresh.counts;
  }

  #toReference({ hour, counts }: HourCounts): void {
    const reference = this.referenceOf(hour);
    let any = 0;
    for (let i = 0; i < HOUR_SIZE; i++) {
      reference[i] = reference[i] * KEEP + counts[i];
      any += counts[i];
    }
    if (any > 0) this.#referenceHours++;
  }

  /** Counts of the same hour of the day on the days before, [HOUR_SIZE], older days counting less. */
  referenceOf(hour: number): Float64Array {
    const at = (((hour % HOURS_A_DAY) + HOURS_A_DAY) % HOURS_A_DAY) * HOUR_SIZE;
    return this.#reference.subarray(at, at + HOUR_SIZE);
  }

  /** The hours that are compared, up to the one of a step. */
  window(step: number): readonly HourCounts[] {
    const hour = Math.floor(step / STEPS_AN_HOUR);
    return this.#hours.filter((one) => one.hour > hour - WINDOW_HOURS && one.hour <= hour);
  }

  /** Hours with measurements that the reference was made of. */
  get referenceHours(): number {
    return this.#referenceHours;
  }

  /** Forgets what forecasts were worth; what was measured stays. */
  clearScores(): void {
    for (const { counts } of this.#hours) clearTargets(counts);
    for (let hour = 0; hour < HOURS_A_DAY; hour++) clearTargets(this.referenceOf(hour));
  }

  clear(): void {
    this.#hours = [];
    this.#reference.fill(0);
    this.#referenceHours = 0;
  }

  get hours(): readonly HourCounts[] {
    return this.#hours;
  }

  get reference(): Float64Array {
    return this.#reference;
  }

  restore(hours: readonly HourCounts[], reference: Float64Array, referenceHours: number): void {
    this.#hours = [...hours];
    this.#reference = reference.slice();
    this.#referenceHours = referenceHours;
  }
}
