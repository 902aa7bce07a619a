/** The newest four hours of every server's deviations, one byte each, and when each channel last began to deviate. */
import { BREADTHS, CHANNEL_COUNT, CHANNELS, PATTERN_COUNT, SIGNAL_COUNT } from './signals.ts';

/** Steps kept: twice what a correlation looks at. */
export const KEPT_STEPS = 48;
/** Deviations are kept in eighths of a spread, up to 15.9 of them. */
const TICKS = 8;
const MOST_TICKS = 127;
export const MOST_Z = MOST_TICKS / TICKS;
const UNKNOWN = -128;

/** Deviations beyond these count as begun: any, clear and extreme ones, because the rarer a thing is, the less of it proves. */
export const LEVELS_Z = [2, 5, 12] as const;
export const LEVEL_COUNT = LEVELS_Z.length;
/** Steps in a row a deviation must last. */
export const SUSTAINED_STEPS = 3;
/** A beginning is of interest for this long: lags of half an hour on either side, and slow growth. */
export const FRESH_STEPS = 18;
const NEVER = 255;

const VALUES_A_SERVER = KEPT_STEPS * SIGNAL_COUNT;
const STATES_A_SERVER = PATTERN_COUNT * LEVEL_COUNT;

export class Deviations {
  #ring = new Int8Array(0);
  /** Steps in a row beyond a level, saturating. */
  #runs = new Uint8Array(0);
  /** Steps since a run became long enough; NEVER for none of late. */
  #ages = new Uint8Array(0);
  /** Channels beyond each level, of the server at hand. */
  readonly #breadth = new Uint8Array(LEVEL_COUNT);

  open(slot: number): void {
    if ((slot + 1) * VALUES_A_SERVER > this.#ring.length) this.#grow(slot + 1);
    this.#ring.fill(UNKNOWN, slot * VALUES_A_SERVER, (slot + 1) * VALUES_A_SERVER);
    // What deviates when its server becomes known began earlier: its run counts as long past the beginning.
    this.#runs.fill(NEVER, slot * STATES_A_SERVER, (slot + 1) * STATES_A_SERVER);
    this.#ages.fill(NEVER, slot * STATES_A_SERVER, (slot + 1) * STATES_A_SERVER);
  }

  /** Forgets a step's values before they are put, so that a gap is not filled by what was there four hours ago. */
  clearStep(slot: number, step: number): void {
    const from = this.#at(slot, step, 0);
    this.#ring.fill(UNKNOWN, from, from + SIGNAL_COUNT);
  }

  /** @param z signed deviation, NaN where it is not known */
  put(slot: number, step: number, signal: number, z: number): void {
    const ticks = Math.max(-MOST_TICKS, Math.min(MOST_TICKS, Math.round(z * TICKS)));
    this.#ring[this.#at(slot, step, signal)] = Number.isNaN(z) ? UNKNOWN : ticks;
  }

  /** Signed deviation within the newest KEPT_STEPS, or NaN. */
  at(slot: number, step: number, signal: number): number {
    const ticks = this.#ring[this.#at(slot, step, signal)];
    return ticks === UNKNOWN ? Number.NaN : ticks / TICKS;
  }

  /** Moves a server's runs on by one step whose values have been put. */
  follow(slot: number, step: number): void {
    const from = slot * STATES_A_SERVER;
    const breadth = this.#breadth.fill(0);
    for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
      const { signal, sign } = CHANNELS[channel];
      const z = this.at(slot, step, signal) * sign;
      for (let level = 0; level < LEVEL_COUNT; level++) {
        const isBeyond = z > LEVELS_Z[level];
        if (isBeyond) breadth[level]++;
        this.#followOne(from + channel * LEVEL_COUNT + level, isBeyond);
      }
    }
    for (let i = 0; i < BREADTHS.length; i++) {
      const pattern = from + (CHANNEL_COUNT + i) * LEVEL_COUNT;
      for (let level = 0; level < LEVEL_COUNT; level++) {
        this.#followOne(pattern + level, breadth[level] >= BREADTHS[i]);
      }
    }
  }

  /** Steps since a pattern had lasted long enough; Infinity where it has not of late. */
  ageOf(slot: number, pattern: number, level: number): number {
    const age = this.#ages[slot * STATES_A_SERVER + pattern * LEVEL_COUNT + level];
    return age === NEVER ? Number.POSITIVE_INFINITY : age;
  }

  /** Whether a pattern lies beyond the lowest level now, and has for long enough. */
  lasts(slot: number, pattern: number): boolean {
    return this.#runs[slot * STATES_A_SERVER + pattern * LEVEL_COUNT] >= SUSTAINED_STEPS;
  }

  /** Channel in which a server deviates most now. */
  strongest(slot: number, step: number): number {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
      const { signal, sign } = CHANNELS[channel];
      const z = this.at(slot, step, signal) * sign;
      if (z > most) {
        most = z;
        best = channel;
      }
    }
    return best;
  }

  #followOne(at: number, isBeyond: boolean): void {
    if (this.#ages[at] < NEVER) this.#ages[at]++;
    if (!isBeyond) {
      this.#runs[at] = 0;
      return;
    }
    if (this.#runs[at] < NEVER) this.#runs[at]++;
    if (this.#runs[at] === SUSTAINED_STEPS) this.#ages[at] = 0;
  }

  #at(slot: number, step: number, signal: number): number {
    return (slot * KEPT_STEPS + (step % KEPT_STEPS)) * SIGNAL_COUNT + signal;
  }

  #grow(slots: number): void {
    const room = Math.max(slots, 64, Math.ceil((1.25 * this.#ring.length) / VALUES_A_SERVER));
    const ring = new Int8Array(room * VALUES_A_SERVER).fill(UNKNOWN);
    ring.set(this.#ring);
    this.#ring = ring;
    const runs = new Uint8Array(room * STATES_A_SERVER);
    runs.set(this.#runs);
    this.#runs = runs;
    const ages = new Uint8Array(room * STATES_A_SERVER).fill(NEVER);
    ages.set(this.#ages);
    this.#ages = ages;
  }
}
