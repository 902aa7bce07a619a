/**
 * Who forecasts each server's metrics: the network, or a baseline that has been better over the last day.
 *
 * The losses of every forecaster fade with a time constant of a day. Another one takes over where its loss is smaller by
 * a margin, after enough scored forecasts, and not soon after the last change: noise around equality moves nothing.
 */

import { TARGET_COUNT } from '../catalog/targets.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import { FORECASTERS, type Forecaster, NETWORK } from './baselines.ts';
import { PagedRecords } from './pages.ts';

export interface FallbackSettings {
  readonly enabled: boolean;
  /** By how many percent a forecaster must be better than the one in use. */
  readonly marginPercent: number;
  /** Scored forecasts of a server's metric before anyone takes over. */
  readonly minimumScored: number;
  /** Hours after a change in which there is no other. */
  readonly holdHours: number;
}

/** Scores of one target at one horizon, as they are added. */
export interface TargetScore {
  /** Mean pinball loss by FORECASTERS. */
  readonly losses: Float64Array;
  /** Loss too small for a difference to matter. */
  readonly negligible: number;
  readonly isCoveredRaw: boolean;
  readonly isCovered: boolean;
  readonly winkler: number;
}

/** What a server's metric has been scored as over the last day. */
export interface TargetReport {
  readonly forecaster: Forecaster;
  /** Step the forecaster in use was chosen at; null where it has always been the network. */
  readonly sinceStep: number | null;
  /** Scored forecasts, older ones counting less; 0 before the first. */
  readonly scored: number;
  /** Mean pinball loss by FORECASTERS; NaN before the first. */
  readonly losses: readonly number[];
  readonly coverageRaw: number;
  readonly coverage: number;
  readonly winkler: number;
}

/** Step of the newest score of a server, before its targets' fields. */
const NEWEST = 0;
const HEAD = 1;
const CHOICE = 0;
const CHANGED = 1;
/** The fields from here on fade. */
const SCORED = 2;
const COVERED_RAW = 3;
const COVERED = 4;
const WINKLER = 5;
const NEGLIGIBLE = 6;
const LOSSES = 7;
const FIELDS = LOSSES + FORECASTERS.length;
/** Numbers of one server. */
export const RIVALS_SIZE = HEAD + TARGET_COUNT * FIELDS;

/** Position of the smallest loss. */
function best(losses: Float32Array): number {
  let position = 0;
  for (let i = 1; i < losses.length; i++) if (losses[i] < losses[position]) position = i;
  return position;
}

/**
 * The forecaster to use.
 * @param losses summed losses by FORECASTERS
 * @param negligible sum below which losses are as good as equal
 * @param current position of the one in use
 */
export function chooseForecaster(
  losses: Float32Array,
  negligible: number,
  current: number,
  marginPercent: number,
): number {
  const candidate = best(losses);
  const needed = (1 - marginPercent / 100) * Math.max(negligible, losses[current]);
  return Math.max(negligible, losses[candidate]) < needed ? candidate : current;
}

export class Rivals {
  readonly #settings: FallbackSettings;
  readonly #records = new PagedRecords(RIVALS_SIZE, 0);

  constructor(settings: FallbackSettings) {
    this.#settings = settings;
  }

  /** Writes the positions in FORECASTERS of a server's targets. */
  copyChoices(server: number, out: Uint8Array, offset: number): void {
    if (!this.#settings.enabled) {
      out.fill(NETWORK, offset, offset + TARGET_COUNT);
      return;
    }
    const record = this.#records.at(server);
    for (let target = 0; target < TARGET_COUNT; target++) {
      out[offset + target] = record[HEAD + target * FIELDS + CHOICE];
    }
  }

  /** Lets a server's scores fade up to a step; to be called before scores of that step are added. */
  fade(server: number, step: number): void {
    const record = this.#records.at(server);
    const steps = step - record[NEWEST];
    if (steps <= 0) return;
    record[NEWEST] = step;
    const factor = Math.exp(-steps / WINDOW_STEPS);
    for (let target = 0; target < TARGET_COUNT; target++) {
      const from = HEAD + target * FIELDS;
      for (let field = SCORED; field < FIELDS; field++) record[from + field] *= factor;
      // What was learned days ago is no reason to distrust the network now.
      if (record[from + SCORED] < 1) record[from + CHOICE] = NETWORK;
    }
  }

  add(server: number, target: number, score: TargetScore): void {
    const record = this.#records.at(server);
    const from = HEAD + target * FIELDS;
    record[from + SCORED]++;
    if (score.isCoveredRaw) record[from + COVERED_RAW]++;
    if (score.isCovered) record[from + COVERED]++;
    record[from + WINKLER] += score.winkler;
    record[from + NEGLIGIBLE] += score.negligible;
    for (let i = 0; i < FORECASTERS.length; i++) record[from + LOSSES + i] += score.losses[i];
  }

  /**
   * Chooses again who forecasts a server's target.
   * @returns whether that changed
   */
  choose(server: number, target: number, step: number): boolean {
    const { enabled, marginPercent, minimumScored, holdHours } = this.#settings;
    const record = this.#records.at(server);
    const from = HEAD + target * FIELDS;
    if (!enabled || record[from + SCORED] < minimumScored) return false;
    if (record[from + CHANGED] > 0 && step - record[from + CHANGED] < holdHours * STEPS_AN_HOUR) return false;
    const losses = record.subarray(from + LOSSES, from + FIELDS);
    const choice = chooseForecaster(losses, record[from + NEGLIGIBLE], record[from + CHOICE], marginPercent);
    if (choice === record[from + CHOICE]) return false;
    record[from + CHOICE] = choice;
    record[from + CHANGED] = step;
    return true;
  }

  reportOf(server: number, target: number): TargetReport {
    const from = HEAD + target * FIELDS;
    const fields = this.#records.at(server).subarray(from, from + FIELDS);
    const scored = fields[SCORED];
    return {
      forecaster: this.#settings.enabled ? FORECASTERS[fields[CHOICE]] : FORECASTERS[NETWORK],
      sinceStep: this.#settings.enabled && fields[CHANGED] > 0 ? fields[CHANGED] : null,
      scored,
      losses: FORECASTERS.map((_, i) => fields[LOSSES + i] / scored),
      coverageRaw: fields[COVERED_RAW] / scored,
      coverage: fields[COVERED] / scored,
      winkler: fields[WINKLER] / scored,
    };
  }

  /** The server's numbers, [RIVALS_SIZE], to be kept across a restart. */
  recordOf(server: number): Float32Array {
    return this.#records.at(server);
  }

  /**
   * Takes what was kept of a server.
   * @returns false, with nothing taken, where it cannot be what this class wrote
   */
  restore(server: number, numbers: Float32Array): boolean {
    if (!numbers.every((value) => Number.isFinite(value) && value >= 0)) return false;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const choice = numbers[HEAD + target * FIELDS + CHOICE];
      if (!Number.isInteger(choice) || choice >= FORECASTERS.length) return false;
    }
    this.#records.at(server).set(numbers);
    return true;
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.#records.clear(server);
  }

  /** Forgets all scores and choices: they are another model's. */
  clear(): void {
    this.#records.clearAll();
  }
}
