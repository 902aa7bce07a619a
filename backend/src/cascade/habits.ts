/**
 * What each server usually does at each time of day: the daily cycle that is taken away before servers are compared.
 * A band by hour holds what was seen at that time over about a week; a value counts as a deviation by how far it lies
 * beyond the band of the hour around it, in units of the server's usual change over two hours.
 *
 * Bands are kept as 16-bit floats: one part in 2,000 is enough for a habit, and 10,000 servers take 10 MB.
 */
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import { SIGNAL_COUNT, SIGNALS, signalValue } from './signals.ts';

const HOURS = WINDOW_STEPS / STEPS_AN_HOUR;
/** Values are learned this late, so that what begins now is not at once a habit. */
export const LEARNING_DELAY_STEPS = 2 * STEPS_AN_HOUR;
/** A server is compared once this many of its measured steps have been learned: most of a day. */
export const STEPS_TO_KNOW = 200;
/** Share of the way to a day's level by which an hour's band shrinks each day: most of a week is remembered. */
const FORGET_A_DAY = 0.1;
/** An edge so many spreads away is forgotten at this pace where no job drives the metric: an incident that did not come again is no habit. */
const FAR_SPREADS = 12;
const FORGET_FAR_A_DAY = 0.5;
/** The spread follows this quantile of the changes over two hours, by steps of this share of itself. */
const SPREAD_QUANTILE = 0.75;
const SPREAD_PACE = 0.02;
/** A spread is at least this share of the band's outer edge, so that a steady server is not judged by its noise alone. */
const LEAST_SHARE = 0.05;
/** And this share of the median server's, so that a constant one is not either. */
const LEAST_OF_MEDIAN = 0.25;

/** Low and high edge of each hour and signal. */
const VALUES_A_SERVER = 2 * HOURS * SIGNAL_COUNT;
const HIGH = HOURS * SIGNAL_COUNT;
/** Servers are added in blocks, so that a growing fleet is never copied. */
const BLOCK_SERVERS = 256;

/** Bands and spreads of all servers, by slot. */
export class Habits {
  readonly #blocks: Float16Array[] = [];
  #spread = new Float32Array(0);
  #learned = new Uint16Array(0);
  readonly #leastSpread = Float64Array.from(SIGNALS, ({ leastSpread }) => leastSpread);

  /** Makes room for a slot and forgets who had it. */
  open(slot: number): void {
    while (this.#blocks.length * BLOCK_SERVERS <= slot) {
      this.#blocks.push(new Float16Array(BLOCK_SERVERS * VALUES_A_SERVER));
    }
    if (slot >= this.#learned.length) this.#grow(slot + 1);
    const from = (slot % BLOCK_SERVERS) * VALUES_A_SERVER;
    this.#blockOf(slot).fill(Number.NaN, from, from + VALUES_A_SERVER);
    this.#learned[slot] = 0;
    this.#spread.fill(0, slot * SIGNAL_COUNT, (slot + 1) * SIGNAL_COUNT);
  }

  /** The server is unknown until it is opened again. */
  close(slot: number): void {
    if (slot < this.#learned.length) this.#learned[slot] = 0;
  }

  isKnown(slot: number): boolean {
    return slot < this.#learned.length && this.#learned[slot] >= STEPS_TO_KNOW;
  }

  /**
   * Learns a step of LEARNING_DELAY_STEPS ago.
   * @param rows a row of METRIC_COUNT values from `offset`
   * @param now the newest row, from `nowOffset`
   */
  learn(
    slot: number,
    step: number,
    rows: Float32Array,
    offset: number,
    now: Float32Array,
    nowOffset: number,
  ): void {
    const block = this.#blockOf(slot);
    const start = (slot % BLOCK_SERVERS) * VALUES_A_SERVER + hourOf(step) * SIGNAL_COUNT;
    const isFirstOfHour = step % STEPS_AN_HOUR === 0;
    let isMeasured = false;
    for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
      const value = signalValue(SIGNALS[signal], rows, offset);
      if (Number.isNaN(value)) continue;
      isMeasured = true;
      if (isFirstOfHour) this.#shrink(slot, signal, block, start + signal, value);
      widen(block, start + signal, value);
      const change = Math.abs(signalValue(SIGNALS[signal], now, nowOffset) - value);
      if (!Number.isNaN(change)) this.#followSpread(slot * SIGNAL_COUNT + signal, signal, change);
    }
    if (isMeasured && this.#learned[slot] < STEPS_TO_KNOW) this.#learned[slot]++;
  }

  /** Sets the least spread of each signal from the median server's; call now and then. */
  refreshLeastSpread(slots: readonly number[]): void {
    for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
      const spreads = Float64Array.from(slots, (slot) => this.#spread[slot * SIGNAL_COUNT + signal]).sort();
      const median = spreads.length === 0 ? 0 : spreads[spreads.length >> 1];
      this.#leastSpread[signal] = Math.max(SIGNALS[signal].leastSpread, LEAST_OF_MEDIAN * median);
    }
  }

  /**
   * Signed deviation of a value, in spreads beyond the band; 0 inside it, NaN where either is not known.
   * @param signal position in SIGNALS
   */
  deviation(slot: number, signal: number, step: number, value: number): number {
    const block = this.#blockOf(slot);
    const start = (slot % BLOCK_SERVERS) * VALUES_A_SERVER + signal;
    const hour = hourOf(step);
    const isEarly = step % STEPS_AN_HOUR < STEPS_AN_HOUR / 2;
    const other = (hour + (isEarly ? HOURS - 1 : 1)) % HOURS;
    const a = start + hour * SIGNAL_COUNT;
    const b = start + other * SIGNAL_COUNT;
    const low = lesser(block[a], block[b]);
    const high = greater(block[a + HIGH], block[b + HIGH]);
    if (value > high) return (value - high) / this.#spreadOf(slot, signal, high);
    if (value < low) return (value - low) / this.#spreadOf(slot, signal, low);
    return value >= low ? 0 : Number.NaN;
  }

  /** Moves an hour's edges towards what is seen at that hour today. */
  #shrink(slot: number, signal: number, block: Float16Array, low: number, value: number): void {
    const { followsJobs } = SIGNALS[signal];
    const far = followsJobs ? Number.POSITIVE_INFINITY : FAR_SPREADS * this.#spreadOf(slot, signal, value);
    const forgotten = (gap: number) => Math.max(0, gap) * (gap > far ? FORGET_FAR_A_DAY : FORGET_A_DAY);
    const high = low + HIGH;
    if (Number.isNaN(block[high])) return;
    block[high] -= forgotten(block[high] - value);
    block[low] += forgotten(value - block[low]);
  }

  #blockOf(slot: number): Float16Array {
    return this.#blocks[Math.floor(slot / BLOCK_SERVERS)];
  }

  #spreadOf(slot: number, signal: number, edge: number): number {
    const own = this.#spread[slot * SIGNAL_COUNT + signal];
    return Math.max(own, this.#leastSpread[signal], LEAST_SHARE * Math.abs(edge));
  }

  /** Robbins–Monro: up by a share of itself where the change is larger, down where it is smaller, until both balance. */
  #followSpread(at: number, signal: number, change: number): void {
    const spread = this.#spread[at];
    if (spread === 0) {
      this.#spread[at] = change;
      return;
    }
    const pace = SPREAD_PACE * (change > spread ? SPREAD_QUANTILE : SPREAD_QUANTILE - 1);
    this.#spread[at] = Math.max(spread * (1 + pace), 0.01 * SIGNALS[signal].leastSpread);
  }

  #grow(slots: number): void {
    const length = Math.max(slots, 2 * this.#learned.length);
    const learned = new Uint16Array(length);
    learned.set(this.#learned);
    this.#learned = learned;
    const spread = new Float32Array(length * SIGNAL_COUNT);
    spread.set(this.#spread);
    this.#spread = spread;
  }
}

function hourOf(step: number): number {
  return Math.floor((step % WINDOW_STEPS) / STEPS_AN_HOUR);
}

function widen(block: Float16Array, low: number, value: number): void {
  const high = low + HIGH;
  if (Number.isNaN(block[high])) {
    block[low] = value;
    block[high] = value;
    return;
  }
  if (value > block[high]) block[high] = value;
  if (value < block[low]) block[low] = value;
}

function lesser(a: number, b: number): number {
  return Number.isNaN(a) || b < a ? b : a;
}

function greater(a: number, b: number): number {
  return Number.isNaN(a) || b > a ? b : a;
}
