import { mix } from './fingerprint.ts';

/** Doubles a series takes: start, time, value, then six 32-bit numbers. */
const STRIDE = 6;
const INTS = STRIDE * 2;
const START = 0;
const TIME = 1;
const VALUE = 2;
// Positions among the 32-bit numbers of the same record.
const SERVER = 6;
const LANE_1 = 7;
const LANE_2 = 8;
const NEXT_OF_SERVER = 9;

const FIRST_CAPACITY = 4096;
/** Doubling would leave half of a large fleet's memory empty. */
const GROWTH = 1.5;
const NONE = -1;
/** Of a full server, series that were silent this long make room. */
const SILENT_MS = 3_600_000;
/** A full server is searched for silent series at most this often, in time of its points. */
const SEARCH_EVERY_MS = 60_000;

export const SERIES_REFUSED = -1;

export interface SeriesLimits {
  readonly maxSeriesPerServer: number;
  readonly maxSeries: number;
}

/**
 * The last point of every series: 48 bytes each in one array and an open-addressing index over it, since 10,000
 * servers have some 600,000 of them. A series is known by its server and its 64-bit fingerprint.
 */
export class SeriesStore {
  readonly #limits: SeriesLimits;
  #doubles = new Float64Array(FIRST_CAPACITY * STRIDE);
  #ints = new Int32Array(this.#doubles.buffer);
  /** Slot + 1 of the series, 0 where free; its length is a power of two. */
  #index = new Int32Array(indexLength(FIRST_CAPACITY));
  #capacity = FIRST_CAPACITY;
  #used = 0;
  #firstFree = NONE;
  #size = 0;
  /** By server: first series, and how many. */
  readonly #firstOf: number[] = [];
  readonly #countOf: number[] = [];
  readonly #searchedAtMs: number[] = [];
  /** True where the series that findOrAdd returned last was not known before. */
  isNew = false;

  constructor(limits: SeriesLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  countOf(server: number): number {
    return this.#countOf[server] ?? 0;
  }

  startMs(series: number): number {
    return this.#doubles[series * STRIDE + START];
  }

  timeMs(series: number): number {
    return this.#doubles[series * STRIDE + TIME];
  }

  value(series: number): number {
    return this.#doubles[series * STRIDE + VALUE];
  }

  update(series: number, startMs: number, timeMs: number, value: number): void {
    const at = series * STRIDE;
    this.#doubles[at + START] = startMs;
    this.#doubles[at + TIME] = timeMs;
    this.#doubles[at + VALUE] = value;
  }

  /**
   * Slot of a series; sets isNew.
   * @param timeMs time of the point it is for, by which silent series are told when room is needed
   * @returns SERIES_REFUSED where the limits are reached
   */
  findOrAdd(server: number, lane1: number, lane2: number, timeMs: number): number {
    const mask = this.#index.length - 1;
    let at = hash(server, lane1) & mask;
    for (let entry = this.#index[at]; entry !== 0; entry = this.#index[at]) {
      const ints = (entry - 1) * INTS;
      if (
        this.#ints[ints + LANE_1] === lane1 &&
        this.#ints[ints + LANE_2] === lane2 &&
        this.#ints[ints + SERVER] === server
      ) {
        this.isNew = false;
        return entry - 1;
      }
      at = (at + 1) & mask;
    }
    return this.#add(server, lane1, lane2, timeMs);
  }

  /** Drops every series of a server. */
  forget(server: number): void {
    this.#keepOf(server, () => false);
    this.#searchedAtMs[server] = 0;
  }

  #add(server: number, lane1: number, lane2: number, timeMs: number): number {
    const isFull = () =>
      this.countOf(server) >= this.#limits.maxSeriesPerServer || this.#size >= this.#limits.maxSeries;
    if (isFull()) this.#dropSilent(server, timeMs);
    if (isFull()) return SERIES_REFUSED;
    const series = this.#takeSlot();
    const ints = series * INTS;
    this.#ints[ints + SERVER] = server;
    this.#ints[ints + LANE_1] = lane1;
    this.#ints[ints + LANE_2] = lane2;
    this.#ints[ints + NEXT_OF_SERVER] = this.#firstOf[server] ?? NONE;
    this.#firstOf[server] = series;
    this.#countOf[server] = this.countOf(server) + 1;
    this.#insert(series);
    this.#size++;
    this.isNew = true;
    return series;
  }

  #dropSilent(server: number, timeMs: number): void {
    if (timeMs < (this.#searchedAtMs[server] ?? 0) + SEARCH_EVERY_MS) return;
    this.#searchedAtMs[server] = timeMs;
    this.#keepOf(server, (series) => this.timeMs(series) > timeMs - SILENT_MS);
  }

  #keepOf(server: number, keep: (series: number) => boolean): void {
    let rest = this.#firstOf[server] ?? NONE;
    let kept = NONE;
    let count = 0;
    while (rest !== NONE) {
      const series = rest;
      rest = this.#ints[series * INTS + NEXT_OF_SERVER];
      if (keep(series)) {
        this.#ints[series * INTS + NEXT_OF_SERVER] = kept;
        kept = series;
        count++;
      } else {
        this.#remove(series);
      }
    }
    this.#firstOf[server] = kept;
    this.#countOf[server] = count;
  }

  #takeSlot(): number {
    if (this.#firstFree !== NONE) {
      const series = this.#firstFree;
      this.#firstFree = this.#ints[series * INTS + NEXT_OF_SERVER];
      return series;
    }
    if (this.#used === this.#capacity) this.#grow();
    return this.#used++;
  }

  #insert(series: number): void {
    const mask = this.#index.length - 1;
    let at = this.#home(series);
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = series + 1;
  }

  #home(series: number): number {
    const ints = series * INTS;
    return hash(this.#ints[ints + SERVER], this.#ints[ints + LANE_1]) & (this.#index.length - 1);
  }

  /** Closes the gap in the probe sequence, so that no tombstones pile up (Knuth, TAOCP 6.4, algorithm R). */
  #remove(series: number): void {
    const mask = this.#index.length - 1;
    let gap = this.#home(series);
    while (this.#index[gap] !== series + 1) gap = (gap + 1) & mask;
    for (let at = (gap + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home(this.#index[at] - 1);
      const staysReachable = ((at - home) & mask) < ((at - gap) & mask);
      if (staysReachable) continue;
      this.#index[gap] = this.#index[at];
      gap = at;
    }
    this.#index[gap] = 0;
    this.#ints[series * INTS + NEXT_OF_SERVER] = this.#firstFree;
    this.#firstFree = series;
    this.#size--;
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * GROWTH);
    const doubles = new Float64Array(this.#capacity * STRIDE);
    doubles.set(this.#doubles);
    this.#doubles = doubles;
    this.#ints = new Int32Array(doubles.buffer);
    this.#index = new Int32Array(indexLength(this.#capacity));
    // Growth happens only when every slot is in use.
    for (let series = 0; series < this.#used; series++) this.#insert(series);
  }
}

/** At most three quarters full, so that probes stay short. */
const indexLength = (capacity: number): number => 2 ** Math.ceil(Math.log2((capacity * 4) / 3));

const hash = (server: number, lane1: number): number => mix(lane1 ^ Math.imul(server, 0x9e3779b1));
