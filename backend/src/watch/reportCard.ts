/** The fleet's report card: what forecasts were worth over the last 24 hours, by target and horizon. */

import { TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_COUNT, STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import { FORECASTERS, NETWORK } from '../forecast/baselines.ts';
import type { ScoredForecast } from '../forecast/learning.ts';
import type { ReportRow } from './types.ts';

/** The hour that has begun and the 23 before it. */
const HOURS = WINDOW_STEPS / STEPS_AN_HOUR;
const SCORED = 0;
const COVERED_RAW = 1;
const COVERED = 2;
const WINKLER = 3;
const LOSSES = 4;
const FIELDS = LOSSES + FORECASTERS.length;
/** Numbers of one hour, [TARGET_COUNT][HORIZON_COUNT][FIELDS]. */
export const HOUR_SIZE = TARGET_COUNT * HORIZON_COUNT * FIELDS;

/** Sums of one hour, numbered since the epoch. */
export interface ReportHour {
  readonly hour: number;
  readonly sums: Float64Array;
}

export class ReportCard {
  #hours: ReportHour[] = [];

  /** Adds a score to the hour of its truth; one older than the report is left out. */
  add({ truthStep, target, horizon, losses, isCoveredRaw, isCovered, winkler }: ScoredForecast): void {
    const sums = this.#sumsOf(Math.floor(truthStep / STEPS_AN_HOUR));
    if (sums === undefined) return;
    const at = (target * HORIZON_COUNT + horizon) * FIELDS;
    sums[at + SCORED]++;
    if (isCoveredRaw) sums[at + COVERED_RAW]++;
    if (isCovered) sums[at + COVERED]++;
    sums[at + WINKLER] += winkler;
    for (let i = 0; i < FORECASTERS.length; i++) sums[at + LOSSES + i] += losses[i];
  }

  #sumsOf(hour: number): Float64Array | undefined {
    const newest = this.#hours.at(-1);
    if (newest?.hour === hour) return newest.sums;
    const known = this.#hours.find((one) => one.hour === hour);
    if (known !== undefined) return known.sums;
    if (newest !== undefined && hour <= newest.hour - HOURS) return undefined;
    const fresh = { hour, sums: new Float64Array(HOUR_SIZE) };
    const last = Math.max(hour, newest?.hour ?? hour);
    this.#hours = [...this.#hours, fresh]
      .filter((one) => one.hour > last - HOURS)
      .sort((a, b) => a.hour - b.hour);
    return fresh.sums;
  }

  /** Hours with scores, oldest first. */
  get hours(): readonly ReportHour[] {
    return this.#hours;
  }

  /** Takes the hours that were kept of an earlier run. */
  restore(hours: readonly ReportHour[]): void {
    this.#hours = [...hours].sort((a, b) => a.hour - b.hour);
  }

  get sinceStep(): number | null {
    const oldest = this.#hours.at(0);
    return oldest === undefined ? null : oldest.hour * STEPS_AN_HOUR;
  }

  /** The rows that have scores in the 24 hours that end with a step. */
  rows(step: number): readonly ReportRow[] {
    const first = Math.floor(step / STEPS_AN_HOUR) - HOURS;
    const sums = new Float64Array(HOUR_SIZE);
    for (const one of this.#hours) {
      if (one.hour <= first) continue;
      for (let i = 0; i < HOUR_SIZE; i++) sums[i] += one.sums[i];
    }
    const rows: ReportRow[] = [];
    for (let series = 0; series < TARGET_COUNT * HORIZON_COUNT; series++) {
      const fields = sums.subarray(series * FIELDS, (series + 1) * FIELDS);
      if (fields[SCORED] > 0) rows.push(rowOf(series, fields));
    }
    return rows;
  }

  clear(): void {
    this.#hours = [];
  }
}

/** Position in FORECASTERS of the baseline with the smallest loss. */
export function bestBaseline(losses: readonly number[]): number {
  let best = NETWORK + 1;
  for (let i = best + 1; i < losses.length; i++) if (losses[i] < losses[best]) best = i;
  return best;
}

/** 1 − loss / reference; null where the reference is 0. */
export function skillOf(loss: number, reference: number): number | null {
  return reference > 0 ? 1 - loss / reference : null;
}

function rowOf(series: number, fields: Float64Array): ReportRow {
  const scored = fields[SCORED];
  const losses = FORECASTERS.map((_, i) => fields[LOSSES + i] / scored);
  const best = bestBaseline(losses);
  return {
    target: Math.floor(series / HORIZON_COUNT),
    horizon: series % HORIZON_COUNT,
    scored,
    losses,
    bestBaseline: FORECASTERS[best],
    skill: skillOf(losses[NETWORK], losses[best]),
    coverage: fields[COVERED] / scored,
    coverageRaw: fields[COVERED_RAW] / scored,
    winkler: fields[WINKLER] / scored,
  };
}
