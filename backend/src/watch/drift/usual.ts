/**
 * What is usual for each server, so that servers of all sizes can be put into one distribution: its level by time of day
 * on working days and at weekends, how far it strays from that, and what its forecasts cost. About 1.3 KB a server.
 *
 * A value is learned a day, or a little less, after it was measured: what is compared has not shaped what it is compared with.
 */

import { weekdayOf, zoneOffsetMs } from '../../catalog/calendar.ts';
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { TARGET_COUNT } from '../../catalog/targets.ts';
import {
  DAY_MS,
  HORIZON_COUNT,
  STEP_MS,
  STEPS_AN_HOUR,
  stepStartMs,
  WINDOW_STEPS,
} from '../../catalog/time.ts';
import { PagedRecords } from '../../forecast/pages.ts';
import { leastDeviation, scaled, unscaled, WATCHED, WATCHED_COUNT } from './watched.ts';

/** A day has eight slots of three hours in the server's own time. */
const SLOT_HOURS = 3;
const SLOT_STEPS = SLOT_HOURS * STEPS_AN_HOUR;
const SLOTS = WINDOW_STEPS / SLOT_STEPS;
/** Working days and weekends. */
const DAY_KINDS = 2;
const PLACES = DAY_KINDS * SLOTS;
/** A level is the mean of about so many days of its kind: older ones count less. */
const LEVEL_DAYS = 5;
/** The usual deviation is the mean of about so many slots: five days. */
const DEVIATION_SLOTS = 5 * SLOTS;
/** Slots without which no deviation is usual: a day. */
const ENOUGH_SLOTS = SLOTS;
/** The usual loss is the mean of about so many scored forecasts of a horizon: five days. */
const LOSS_SCORES = 110;
/** Scored forecasts of a horizon without which no loss is usual. */
const ENOUGH_SCORES = 20;
/** Steps of an hour without which its mean says nothing. */
const ENOUGH_STEPS = STEPS_AN_HOUR / 2;
/** One forecast counts at most as one with ten times, or a tenth of, the usual loss. */
const MOST_LOG_LOSS = Math.log(10);

const SATURDAY = 5;

/** Newest step that was learned from. */
const LEARNED = 0;
/** Number of the reference the record belongs to. */
const ERA = 1;
/** Slots the deviations come from. */
const STRAYED = 2;
/** Slots learned since the reference began. */
const LEARNED_SLOTS = 3;
/** [PLACES] days each level comes from; 0: from before the reference began. */
const DAYS = 4;
/** [PLACES][WATCHED_COUNT], scaled. */
const LEVELS = DAYS + PLACES;
/** [WATCHED_COUNT] mean absolute deviations of an hour's mean, scaled. */
const DEVIATIONS = LEVELS + PLACES * WATCHED_COUNT;
/** [TARGET_COUNT][HORIZON_COUNT] scored forecasts each loss comes from. */
const SCORES = DEVIATIONS + WATCHED_COUNT;
/** [TARGET_COUNT][HORIZON_COUNT] mean losses, in the target's unit. */
const LOSSES = SCORES + TARGET_COUNT * HORIZON_COUNT;
/** Numbers of one server. */
export const USUAL_SIZE = LOSSES + TARGET_COUNT * HORIZON_COUNT;

/** What a server's newest hour is against what is usual, by WATCHED; NaN where there is nothing to compare. */
export interface Deviations {
  /** In usual deviations. */
  readonly distance: Float64Array;
  /** Mean of the hour and usual level, in the metric's unit. */
  readonly value: Float64Array;
  readonly usual: Float64Array;
}

export function newDeviations(): Deviations {
  const numbers = () => new Float64Array(WATCHED_COUNT);
  return { distance: numbers(), value: numbers(), usual: numbers() };
}

interface Place {
  /** Position among kinds of day × slots. */
  readonly place: number;
  readonly stepOfSlot: number;
}

/** Where a step lies in a server's week. */
function placeOf(step: number, offsetMs: number): Place {
  const localMs = stepStartMs(step) + offsetMs;
  const localDay = Math.floor(localMs / DAY_MS);
  const stepOfDay = Math.floor((localMs - localDay * DAY_MS) / STEP_MS);
  const weekday = weekdayOf(localDay);
  const kind = weekday >= SATURDAY ? 1 : 0;
  return { place: kind * SLOTS + Math.floor(stepOfDay / SLOT_STEPS), stepOfSlot: stepOfDay % SLOT_STEPS };
}

/** Mean of a watched metric over the hour that begins with a row, scaled; NaN where too little was measured. */
function hourMean(metric: number, windows: Float32Array, firstRow: number): number {
  const watched = WATCHED[metric];
  let [sum, count] = [0, 0];
  for (let step = 0; step < STEPS_AN_HOUR; step++) {
    const value = watched.read(windows, firstRow + step * METRIC_COUNT);
    if (Number.isNaN(value)) continue;
    sum += scaled(watched.unit, value);
    count++;
  }
  return count >= ENOUGH_STEPS ? sum / count : Number.NaN;
}

export class UsualValues {
  readonly #records = new PagedRecords(USUAL_SIZE, Number.NaN);
  /** [WATCHED_COUNT][SLOT_HOURS] of the slot that is read. */
  readonly #hours = new Float64Array(WATCHED_COUNT * SLOT_HOURS);
  readonly #means = new Float64Array(WATCHED_COUNT);
  #era = 0;

  /** Whether it is the server's turn to be compared: once an hour, servers taking turns. */
  isTurn(server: number, step: number): boolean {
    return (step + server) % STEPS_AN_HOUR === 0;
  }

  /**
   * Learns what was measured a day ago, and in the server's turn compares its newest hour with what is usual.
   * @param windows [WINDOW_STEPS][METRIC_COUNT] that ends with `step` is read from `offset`
   * @returns whether `out` was written
   */
  take(
    server: number,
    timeZone: string,
    step: number,
    windows: Float32Array,
    offset: number,
    out: Deviations,
  ): boolean {
    const record = this.#records.at(server);
    const offsetMs = zoneOffsetMs(timeZone, stepStartMs(step));
    if (record[ERA] !== this.#era) this.#begin(record, step, offsetMs, windows, offset);
    // Servers learn one after the other, not all at the full hour.
    const row = server % SLOT_STEPS;
    const slotStep = step - WINDOW_STEPS + 1 + row;
    const { place, stepOfSlot } = placeOf(slotStep, offsetMs);
    if (stepOfSlot === 0 && slotStep > record[LEARNED]) {
      this.#learn(record, place, windows, offset + row * METRIC_COUNT);
      record[LEARNED] = slotStep + SLOT_STEPS - 1;
    }
    if (!this.isTurn(server, step)) return false;
    const middle = placeOf(step - STEPS_AN_HOUR / 2, offsetMs).place;
    this.#compare(record, middle, windows, offset + (WINDOW_STEPS - STEPS_AN_HOUR) * METRIC_COUNT, out);
    return true;
  }

  #compare(
    record: Float32Array,
    place: number,
    windows: Float32Array,
    firstRow: number,
    out: Deviations,
  ): void {
    // What is left from before this reference counts once the rest of the week has moved it.
    const isKnown = record[DAYS + place] > 0 || record[LEARNED_SLOTS] >= SLOTS;
    if (!isKnown || !(record[STRAYED] >= ENOUGH_SLOTS)) {
      out.distance.fill(Number.NaN);
      return;
    }
    const levels = LEVELS + place * WATCHED_COUNT;
    // A level that comes from n days is itself off by a deviation / √n.
    const widening = Math.sqrt(1 + 1 / Math.max(1, record[DAYS + place]));
    for (let i = 0; i < WATCHED_COUNT; i++) {
      const { unit } = WATCHED[i];
      const mean = hourMean(i, windows, firstRow);
      const level = record[levels + i];
      const deviation = Math.max(leastDeviation(unit), record[DEVIATIONS + i]) * widening;
      out.value[i] = unscaled(unit, mean);
      out.usual[i] = unscaled(unit, level);
      out.distance[i] = (mean - level) / deviation;
    }
  }

  /** Reads the slot that begins with a row. @returns false where nothing was measured */
  #readSlot(windows: Float32Array, firstRow: number): boolean {
    let any = false;
    for (let i = 0; i < WATCHED_COUNT; i++) {
      let [sum, count] = [0, 0];
      for (let hour = 0; hour < SLOT_HOURS; hour++) {
        const mean = hourMean(i, windows, firstRow + hour * STEPS_AN_HOUR * METRIC_COUNT);
        this.#hours[i * SLOT_HOURS + hour] = mean;
        if (Number.isNaN(mean)) continue;
        sum += mean;
        count++;
      }
      this.#means[i] = count > 0 ? sum / count : Number.NaN;
      any ||= count > 0;
    }
    return any;
  }

  #learn(record: Float32Array, place: number, windows: Float32Array, firstRow: number): void {
    if (!this.#readSlot(windows, firstRow)) return;
    const levels = LEVELS + place * WATCHED_COUNT;
    const days = record[DAYS + place];
    if (days > 0) this.#learnDeviations(record, levels, Math.sqrt(1 + 1 / days));
    else if (record[LEARNED_SLOTS] < SLOTS) this.#moveOthers(record, place);
    record[LEARNED_SLOTS] = Math.min(SLOTS, record[LEARNED_SLOTS] + 1);
    record[DAYS + place] = Math.min(LEVEL_DAYS, orZero(days) + 1);
    for (let i = 0; i < WATCHED_COUNT; i++) {
      if (Number.isNaN(this.#means[i])) continue;
      record[levels + i] = approach(record[levels + i], this.#means[i], record[DAYS + place]);
    }
  }

  /**
   * The first day of a new reference moves what is known of the other kind of day by as much as it has moved itself: each
   * of its slots by its share.
   */
  #moveOthers(record: Float32Array, place: number): void {
    const others = place < SLOTS ? SLOTS : 0;
    for (let i = 0; i < WATCHED_COUNT; i++) {
      const move = (this.#means[i] - record[LEVELS + place * WATCHED_COUNT + i]) / SLOTS;
      if (Number.isNaN(move)) continue;
      for (let other = others; other < others + SLOTS; other++) {
        if (record[DAYS + other] === 0) record[LEVELS + other * WATCHED_COUNT + i] += move;
      }
    }
  }

  /** How far the slot's hours strayed from what was usual before them. */
  #learnDeviations(record: Float32Array, levels: number, widening: number): void {
    record[STRAYED] = Math.min(DEVIATION_SLOTS, orZero(record[STRAYED]) + 1);
    for (let i = 0; i < WATCHED_COUNT; i++) {
      let [sum, count] = [0, 0];
      for (let hour = 0; hour < SLOT_HOURS; hour++) {
        const stray = Math.abs(this.#hours[i * SLOT_HOURS + hour] - record[levels + i]);
        if (Number.isNaN(stray)) continue;
        sum += stray / widening;
        count++;
      }
      if (count === 0) continue;
      record[DEVIATIONS + i] = approach(record[DEVIATIONS + i], sum / count, record[STRAYED]);
    }
  }

  /**
   * What is measured from now on is usual. Levels stay until there are new ones; how far the server strays stays as well.
   * A server seen for the first time begins with the day in its window.
   */
  #begin(record: Float32Array, step: number, offsetMs: number, windows: Float32Array, offset: number): void {
    const isNew = Number.isNaN(record[ERA]);
    record[ERA] = this.#era;
    record[LEARNED] = step;
    record[LEARNED_SLOTS] = 0;
    record.fill(Number.NaN, SCORES, USUAL_SIZE);
    if (isNew) {
      this.#readDay(record, step, offsetMs, windows, offset);
      return;
    }
    for (let at = DAYS; at < DAYS + PLACES; at++) if (record[at] > 0) record[at] = 0;
  }

  #readDay(
    record: Float32Array,
    step: number,
    offsetMs: number,
    windows: Float32Array,
    offset: number,
  ): void {
    const oldest = step - WINDOW_STEPS + 1;
    const toSlot = (SLOT_STEPS - placeOf(oldest, offsetMs).stepOfSlot) % SLOT_STEPS;
    for (let row = toSlot; row + SLOT_STEPS <= WINDOW_STEPS; row += SLOT_STEPS) {
      this.#learn(record, placeOf(oldest + row, offsetMs).place, windows, offset + row * METRIC_COUNT);
    }
  }

  /**
   * Logarithm of a forecast's loss over what is usual for the server's metric at that horizon; learns the loss. In the
   * logarithm many forecasts that are a little worse outweigh one that is far off: an outage is no drift.
   * @param negligible loss too small for a difference to matter
   * @returns NaN while too few have been scored
   */
  logRelativeLoss(server: number, target: number, horizon: number, loss: number, negligible: number): number {
    const record = this.#records.at(server);
    if (record[ERA] !== this.#era) return Number.NaN;
    const series = target * HORIZON_COUNT + horizon;
    const scores = orZero(record[SCORES + series]);
    const usual = record[LOSSES + series];
    record[SCORES + series] = Math.min(LOSS_SCORES, scores + 1);
    record[LOSSES + series] = approach(usual, loss, record[SCORES + series]);
    if (scores < ENOUGH_SCORES) return Number.NaN;
    const log = Math.log((loss + negligible) / (usual + negligible));
    return Math.min(MOST_LOG_LOSS, Math.max(-MOST_LOG_LOSS, log));
  }

  /** Begins anew: what is measured from now on is usual. */
  renew(): void {
    this.#era++;
  }

  /** Forgets what forecasts cost: they were another model's. */
  forgetLosses(): void {
    this.#records.fillAll(SCORES, USUAL_SIZE, Number.NaN);
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.#records.clear(server);
  }

  /** Copies a server's numbers, [USUAL_SIZE]. */
  copy(server: number, out: Float32Array, offset: number): void {
    const record = this.#records.at(server);
    out.set(record, offset);
    // What belongs to an earlier reference is to begin anew after a restart as well.
    if (!Number.isNaN(record[ERA])) out[offset + ERA] = record[ERA] === this.#era ? 0 : -1;
  }

  /** Takes what copy() gave in an earlier run; to be called before anything is compared. */
  restore(server: number, numbers: Float32Array): void {
    this.#records.at(server).set(numbers);
  }
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** The mean after one more value; `count` bounded from above lets older values fade. */
function approach(mean: number, value: number, count: number): number {
  return Number.isNaN(mean) ? value : mean + (value - mean) / count;
}
