import { METRIC_COUNT } from '../catalog/metrics.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';

/** Steps a point may lie ahead of the newest closed step: grace, the open step and ten minutes of clock skew. */
export const MAX_STEPS_AHEAD = 5;
/** Closed steps back from the newest whose window is still whole, so that a running forecast can finish. */
export const PREVIOUS_ORIGINS = 3;
/** Rows kept of each server: the window and room on both sides of it. */
export const RING_ROWS = WINDOW_STEPS + MAX_STEPS_AHEAD + PREVIOUS_ORIGINS;
/** Stands for "no step yet". */
export const NO_STEP = -1;

/** Servers are added in blocks, so that a small fleet stays small and a growing one is never copied. */
const BLOCK_SERVERS = 256;
const BLOCK_SHIFT = 8;
const BLOCK_MASK = BLOCK_SERVERS - 1;
const RING_VALUES = RING_ROWS * METRIC_COUNT;
/** 32-bit words that hold one bit a row. */
const RING_WORDS = Math.ceil(RING_ROWS / 32);
/** A mean over more points than this weighs a new one as 1/255. */
const MAX_COUNT = 255;
const ROW_BYTES = METRIC_COUNT * Float32Array.BYTES_PER_ELEMENT;

/** Where the values (float32 little-endian) and counts (one byte each) of consecutive steps lie in a buffer. */
export interface PackedRows {
  readonly firstStep: number;
  readonly rows: number;
  readonly bytes: Buffer;
  readonly valuesAt: number;
  readonly countsAt: number;
}

interface Block {
  /** [server][row][metric], NaN where not measured. */
  readonly values: Float32Array;
  readonly valueBytes: Buffer;
  /** Points behind each value, saturating. */
  readonly counts: Uint8Array;
  /** One bit a row: at least one metric is measured. */
  readonly measured: Uint32Array;
  /** Newest step of each server's ring. */
  readonly newest: Int32Array;
}

function newBlock(): Block {
  const values = new Float32Array(BLOCK_SERVERS * RING_VALUES).fill(Number.NaN);
  return {
    values,
    valueBytes: Buffer.from(values.buffer),
    counts: new Uint8Array(BLOCK_SERVERS * RING_VALUES),
    measured: new Uint32Array(BLOCK_SERVERS * RING_WORDS),
    newest: new Int32Array(BLOCK_SERVERS).fill(NO_STEP),
  };
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Set bits of `words` at positions from…to (inclusive), counted from the bit `base * 32`. */
function countBits(words: Uint32Array, base: number, from: number, to: number): number {
  let total = 0;
  for (let word = from >>> 5; word <= to >>> 5; word++) {
    let bits = words[base + word];
    if (word === from >>> 5) bits &= 0xffffffff << (from & 31);
    if (word === to >>> 5) bits &= 0xffffffff >>> (31 - (to & 31));
    total += bitCount(bits);
  }
  return total;
}

/**
 * The measurements of every server: a ring of RING_ROWS rows × METRIC_COUNT float32 each, server-major.
 * A ring holds the steps (newest − RING_ROWS, newest]; the row of a step is step mod RING_ROWS.
 * Rows between a server's newest step and a newer one are emptied when the newer one is written.
 */
export class StepWindow {
  readonly #blocks: Block[] = [];

  /** Makes room for a slot and empties it. */
  open(slot: number): void {
    while (this.#blocks.length <= slot >>> BLOCK_SHIFT) this.#blocks.push(newBlock());
    this.clear(slot);
  }

  clear(slot: number): void {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    this.#emptyRows(block, server, 0, RING_ROWS - 1);
    block.newest[server] = NO_STEP;
  }

  /** Newest step of the server's ring, or NO_STEP. */
  newestStep(slot: number): number {
    return this.#blockOf(slot).newest[slot & BLOCK_MASK];
  }

  /**
   * Merges one point into the mean of its step.
   * @returns false where the step lies before the ring
   */
  add(slot: number, step: number, metric: number, value: number): boolean {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    const newest = block.newest[server];
    if (step > newest) this.#advance(block, server, step);
    else if (step <= newest - RING_ROWS) return false;
    const row = step % RING_ROWS;
    const cell = (server * RING_ROWS + row) * METRIC_COUNT + metric;
    const points = block.counts[cell];
    if (points === 0) {
      block.values[cell] = value;
      block.counts[cell] = 1;
      block.measured[server * RING_WORDS + (row >>> 5)] |= 1 << (row & 31);
      return true;
    }
    block.values[cell] += (value - block.values[cell]) / (points + 1);
    if (points < MAX_COUNT) block.counts[cell] = points + 1;
    return true;
  }

  /** Replaces one of the points behind a mean. @returns false where the step has no such mean */
  replace(slot: number, step: number, metric: number, added: number, value: number): boolean {
    if (!this.isMeasured(slot, step, metric)) return false;
    const block = this.#blockOf(slot);
    const cell = ((slot & BLOCK_MASK) * RING_ROWS + (step % RING_ROWS)) * METRIC_COUNT + metric;
    const points = block.counts[cell];
    if (points === 1) block.values[cell] = value;
    else block.values[cell] += (value - added) / points;
    return true;
  }

  /** True where at least one metric of the step was measured. */
  hasStep(slot: number, step: number): boolean {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    const newest = block.newest[server];
    if (step > newest || step <= newest - RING_ROWS || step < 0) return false;
    const row = step % RING_ROWS;
    return ((block.measured[server * RING_WORDS + (row >>> 5)] >>> (row & 31)) & 1) === 1;
  }

  /** True where the metric was measured in the step. */
  isMeasured(slot: number, step: number, metric: number): boolean {
    if (!this.hasStep(slot, step)) return false;
    const row = (slot & BLOCK_MASK) * RING_ROWS + (step % RING_ROWS);
    return this.#blockOf(slot).counts[row * METRIC_COUNT + metric] > 0;
  }

  /** Copies the window that ends with `lastStep`; see FleetView.copyWindow. */
  copyWindow(slot: number, lastStep: number, out: Float32Array, offset: number): void {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    const newest = block.newest[server];
    const firstStep = lastStep - WINDOW_STEPS + 1;
    const from = Math.max(firstStep, newest - RING_ROWS + 1, 0);
    const to = Math.min(lastStep, newest);
    if (from > to) {
      out.fill(Number.NaN, offset, offset + WINDOW_STEPS * METRIC_COUNT);
      return;
    }
    out.fill(Number.NaN, offset, offset + (from - firstStep) * METRIC_COUNT);
    const afterLast = (to - firstStep + 1) * METRIC_COUNT;
    out.fill(Number.NaN, offset + afterLast, offset + WINDOW_STEPS * METRIC_COUNT);
    const start = server * RING_VALUES;
    const target = offset + (from - firstStep) * METRIC_COUNT;
    const fromCell = start + (from % RING_ROWS) * METRIC_COUNT;
    const count = (to - from + 1) * METRIC_COUNT;
    const untilEnd = Math.min(count, start + RING_VALUES - fromCell);
    out.set(block.values.subarray(fromCell, fromCell + untilEnd), target);
    if (untilEnd < count) out.set(block.values.subarray(start, start + count - untilEnd), target + untilEnd);
  }

  /** Measured steps of the window that ends with `lastStep`. */
  measuredSteps(slot: number, lastStep: number): number {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    const newest = block.newest[server];
    const from = Math.max(lastStep - WINDOW_STEPS + 1, newest - RING_ROWS + 1, 0);
    const to = Math.min(lastStep, newest);
    if (from > to) return 0;
    const base = server * RING_WORDS;
    const fromRow = from % RING_ROWS;
    const toRow = to % RING_ROWS;
    if (fromRow <= toRow) return countBits(block.measured, base, fromRow, toRow);
    return (
      countBits(block.measured, base, fromRow, RING_ROWS - 1) + countBits(block.measured, base, 0, toRow)
    );
  }

  /** Forgets every step after `step`: used when the clock was set back. */
  rewind(slot: number, step: number): void {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    if (block.newest[server] <= step) return;
    this.#emptySteps(block, server, step + 1, block.newest[server]);
    block.newest[server] = step;
  }

  /** Copies consecutive steps out, to where `packed` says. They must lie in the ring. */
  readRows(slot: number, { firstStep, rows, bytes, valuesAt, countsAt }: PackedRows): void {
    const block = this.#blockOf(slot);
    const start = (slot & BLOCK_MASK) * RING_ROWS;
    let done = 0;
    while (done < rows) {
      const row = (firstStep + done) % RING_ROWS;
      const run = Math.min(rows - done, RING_ROWS - row);
      const from = start + row;
      block.valueBytes.copy(bytes, valuesAt + done * ROW_BYTES, from * ROW_BYTES, (from + run) * ROW_BYTES);
      bytes.set(
        block.counts.subarray(from * METRIC_COUNT, (from + run) * METRIC_COUNT),
        countsAt + done * METRIC_COUNT,
      );
      done += run;
    }
  }

  /** The inverse of readRows: replaces consecutive steps. Those before the ring are passed over. */
  writeRows(slot: number, { firstStep, rows, bytes, valuesAt, countsAt }: PackedRows): void {
    const block = this.#blockOf(slot);
    const server = slot & BLOCK_MASK;
    const lastStep = firstStep + rows - 1;
    if (lastStep > block.newest[server]) this.#advance(block, server, lastStep);
    const skipped = Math.max(0, block.newest[server] - RING_ROWS + 1 - firstStep);
    for (let i = skipped; i < rows; i++) {
      const row = (firstStep + i) % RING_ROWS;
      const at = server * RING_ROWS + row;
      bytes.copy(block.valueBytes, at * ROW_BYTES, valuesAt + i * ROW_BYTES, valuesAt + (i + 1) * ROW_BYTES);
      const from = countsAt + i * METRIC_COUNT;
      block.counts.set(bytes.subarray(from, from + METRIC_COUNT), at * METRIC_COUNT);
      this.#markMeasured(block, server, row);
    }
  }

  /** Oldest measured step of the ring, or NO_STEP for a server without any. */
  oldestMeasuredStep(slot: number): number {
    const newest = this.newestStep(slot);
    if (newest === NO_STEP) return NO_STEP;
    for (let step = Math.max(0, newest - RING_ROWS + 1); step <= newest; step++)
      if (this.hasStep(slot, step)) return step;
    return NO_STEP;
  }

  #blockOf(slot: number): Block {
    return this.#blocks[slot >>> BLOCK_SHIFT];
  }

  #advance(block: Block, server: number, step: number): void {
    const newest = block.newest[server];
    if (newest !== NO_STEP) this.#emptySteps(block, server, newest + 1, step);
    block.newest[server] = step;
  }

  #emptySteps(block: Block, server: number, from: number, to: number): void {
    if (to - from + 1 >= RING_ROWS) {
      this.#emptyRows(block, server, 0, RING_ROWS - 1);
      return;
    }
    const fromRow = from % RING_ROWS;
    const toRow = to % RING_ROWS;
    if (fromRow <= toRow) {
      this.#emptyRows(block, server, fromRow, toRow);
      return;
    }
    this.#emptyRows(block, server, fromRow, RING_ROWS - 1);
    this.#emptyRows(block, server, 0, toRow);
  }

  #emptyRows(block: Block, server: number, from: number, to: number): void {
    const start = server * RING_ROWS;
    block.values.fill(Number.NaN, (start + from) * METRIC_COUNT, (start + to + 1) * METRIC_COUNT);
    block.counts.fill(0, (start + from) * METRIC_COUNT, (start + to + 1) * METRIC_COUNT);
    for (let row = from; row <= to; row++)
      block.measured[server * RING_WORDS + (row >>> 5)] &= ~(1 << (row & 31));
  }

  #markMeasured(block: Block, server: number, row: number): void {
    const cell = (server * RING_ROWS + row) * METRIC_COUNT;
    const word = server * RING_WORDS + (row >>> 5);
    let any = false;
    for (let metric = 0; metric < METRIC_COUNT; metric++) any ||= block.counts[cell + metric] > 0;
    if (any) block.measured[word] |= 1 << (row & 31);
    else block.measured[word] &= ~(1 << (row & 31));
  }
}
