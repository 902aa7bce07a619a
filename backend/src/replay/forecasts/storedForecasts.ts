/**
 * One server's forecasts of the past, kept as far as thresholds can ask for them. A forecast of a target whose band stays
 * below a floor cannot reach a threshold above it, so it is not kept; most servers' most hours are nothing but such.
 */
import { constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { P90, QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST } from '../../catalog/targets.ts';
import { HORIZON_STEPS } from '../../catalog/time.ts';
import { TARGET_SIZE } from '../../forecast/batch.ts';

/** Quantiles are rounded to this share of the range they span, or of the target's threshold where that is finer. */
const STEPS_A_RANGE = 1024;
const STEPS_A_THRESHOLD = 5120;
const MOST_STEPS = 65_535;
/** Percentages without a threshold of their own. */
const USUAL_THRESHOLD = 100;
const COMPRESSION = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };
/** Bytes before the columns: number of origins, number of kept targets. */
const HEAD_BYTES = 8;
/** Numbers beside a kept target's quantiles: least value, step, highest of P90 and what is measured. */
const SCALES = 3;

/** The kept targets of one forecast. */
interface Entry {
  /** Bit t: target t is kept. */
  readonly mask: number;
  /** [kept target][SCALES]. */
  readonly scales: Float32Array;
  /** [kept target][QUANTILE_COUNT][HORIZON_STEPS]: differences from what the neighbours let expect, in steps. */
  readonly differences: Uint16Array;
}

/** Highest P90 of a target over the horizon; NaN where it is not forecast. */
function highest(quantiles: Float32Array, offset: number): number {
  let top = quantiles[offset + P90];
  for (let step = 1; step < HORIZON_STEPS; step++) {
    const value = quantiles[offset + step * QUANTILE_COUNT + P90];
    if (value > top) top = value;
  }
  return top;
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** Least value and step of the whole numbers that a target's quantiles are rounded to. */
function scaleOf(target: number, quantiles: Float32Array, offset: number): readonly [number, number] {
  let [min, max] = [quantiles[offset], quantiles[offset]];
  for (let i = 1; i < TARGET_SIZE; i++) {
    const value = quantiles[offset + i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const threshold = TARGET_LIST[target].thresholds?.warning ?? USUAL_THRESHOLD;
  const fine = Math.min((max - min) / STEPS_A_RANGE, threshold / STEPS_A_THRESHOLD);
  return [min, Math.fround(Math.max(fine, (max - min) / (MOST_STEPS - 1)))];
}

/**
 * What a number is expected to be from those before it: the same quantile a step earlier, moved as the quantile below
 * moved. Works alike on numbers written and read.
 */
function expected(levels: Uint16Array, quantile: number, step: number): number {
  const at = quantile * HORIZON_STEPS + step;
  const below = at - HORIZON_STEPS;
  if (quantile === 0) return step === 0 ? 0 : levels[at - 1];
  return step === 0 ? levels[below] : levels[at - 1] + levels[below] - levels[below - 1];
}

const levels = new Uint16Array(TARGET_SIZE);

/** @param out [QUANTILE_COUNT][HORIZON_STEPS] */
function writeDifferences(
  quantiles: Float32Array,
  offset: number,
  [min, step]: readonly [number, number],
  out: Uint16Array,
): void {
  for (let quantile = 0; quantile < QUANTILE_COUNT; quantile++) {
    for (let h = 0; h < HORIZON_STEPS; h++) {
      const at = quantile * HORIZON_STEPS + h;
      const value = quantiles[offset + h * QUANTILE_COUNT + quantile];
      levels[at] = step === 0 ? 0 : Math.round((value - min) / step);
      out[at] = levels[at] - expected(levels, quantile, h);
    }
  }
}

function readDifferences(
  differences: Uint16Array,
  from: number,
  min: number,
  step: number,
  out: Float32Array,
  offset: number,
): void {
  for (let quantile = 0; quantile < QUANTILE_COUNT; quantile++) {
    for (let h = 0; h < HORIZON_STEPS; h++) {
      const at = quantile * HORIZON_STEPS + h;
      levels[at] = differences[from + at] + expected(levels, quantile, h);
      out[offset + h * QUANTILE_COUNT + quantile] = min + step * levels[at];
    }
  }
}

export class StoredForecasts {
  /** [TARGET_COUNT]: a target is kept where its P90 reaches this anywhere, or what is measured does; Infinity: never. */
  readonly floors: Float64Array;
  readonly #entries = new Map<number, Entry>();

  constructor(floors: Float64Array) {
    this.floors = floors;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(originStep: number): boolean {
    return this.#entries.has(originStep);
  }

  /**
   * Keeps a forecast.
   * @param quantiles [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] from `offset`, NaN where a target is not measured
   * @param current newest measured values by target, NaN where there is none
   */
  add(originStep: number, quantiles: Float32Array, offset: number, current: Float64Array): void {
    let mask = 0;
    const tops: number[] = [];
    for (let target = 0; target < TARGET_COUNT; target++) {
      const band = highest(quantiles, offset + target * TARGET_SIZE);
      const top = current[target] > band ? current[target] : band;
      if (!(top >= this.floors[target])) continue;
      mask |= 1 << target;
      tops.push(top);
    }
    const scales = new Float32Array(SCALES * tops.length);
    const differences = new Uint16Array(TARGET_SIZE * tops.length);
    let kept = 0;
    for (let target = 0; target < TARGET_COUNT; target++) {
      if ((mask & (1 << target)) === 0) continue;
      const from = offset + target * TARGET_SIZE;
      const scale = scaleOf(target, quantiles, from);
      scales.set([...scale, tops[kept]], SCALES * kept);
      writeDifferences(
        quantiles,
        from,
        [Math.fround(scale[0]), scale[1]],
        differences.subarray(kept * TARGET_SIZE),
      );
      kept++;
    }
    this.#entries.set(originStep, { mask, scales, differences });
  }

  /**
   * Writes a forecast to the beginning of `out`, as [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]; of targets that are not
   * kept, or do not reach `needed`, the first number becomes NaN and the others stay as they were.
   * @param needed by target
   * @returns false, with nothing written, where no target is left
   */
  read(originStep: number, out: Float32Array, needed: Float64Array): boolean {
    const entry = this.#entries.get(originStep);
    if (entry === undefined) throw new RangeError(`Step ${originStep} has no forecast.`);
    const { mask, scales, differences } = entry;
    let isAny = false;
    let kept = 0;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const isKept = (mask & (1 << target)) !== 0;
      const from = isKept ? kept++ : -1;
      const [min, step, top] = scales.subarray(SCALES * from, SCALES * (from + 1));
      if (isKept && top >= Math.fround(needed[target])) {
        readDifferences(differences, from * TARGET_SIZE, min, step, out, target * TARGET_SIZE);
        isAny = true;
      } else out[target * TARGET_SIZE] = Number.NaN;
    }
    return isAny;
  }

  /** All of it as bytes. */
  encode(): Uint8Array {
    const sorted = [...this.#entries].sort(([a], [b]) => a - b);
    const blocks = sorted.reduce((sum, [, { mask }]) => sum + bitsOf(mask), 0);
    const scales = new Float32Array(SCALES * blocks);
    const low = new Uint8Array(blocks * TARGET_SIZE);
    const high = new Uint8Array(blocks * TARGET_SIZE);
    let at = 0;
    for (const [, entry] of sorted) {
      scales.set(entry.scales, SCALES * at);
      const to = at * TARGET_SIZE;
      // Bytes that are nearly always the same lie together.
      entry.differences.forEach((difference, i) => {
        low[to + i] = difference & 0xff;
        high[to + i] = difference >> 8;
      });
      at += bitsOf(entry.mask);
    }
    const pieces = [
      new Uint32Array([sorted.length, blocks]),
      this.floors,
      Int32Array.from(sorted, ([origin]) => origin),
      Uint16Array.from(sorted, ([, { mask }]) => mask),
      scales,
      low,
      high,
    ].map((piece) => new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    return zstdCompressSync(Buffer.concat(pieces), COMPRESSION);
  }

  /** @throws where the bytes are none of encode() */
  static decode(bytes: Uint8Array): StoredForecasts {
    const raw = zstdDecompressSync(bytes);
    let at = 0;
    const take = (length: number): Uint8Array => {
      if (at + length > raw.length) throw new RangeError('The forecasts end early.');
      at += length;
      return raw.subarray(at - length, at);
    };
    const copied = (length: number): ArrayBuffer => Uint8Array.from(take(length)).buffer;
    const [count, blocks] = new Uint32Array(copied(HEAD_BYTES));
    const stored = new StoredForecasts(new Float64Array(copied(8 * TARGET_COUNT)));
    const origins = new Int32Array(copied(4 * count));
    const masks = new Uint16Array(copied(2 * count));
    const scales = new Float32Array(copied(4 * SCALES * blocks));
    const [low, high] = [take(blocks * TARGET_SIZE), take(blocks * TARGET_SIZE)];
    const differences = new Uint16Array(blocks * TARGET_SIZE);
    for (let i = 0; i < differences.length; i++) differences[i] = low[i] | (high[i] << 8);
    let block = 0;
    for (let i = 0; i < count; i++) {
      const end = block + bitsOf(masks[i]);
      stored.#entries.set(origins[i], {
        mask: masks[i],
        scales: scales.subarray(SCALES * block, SCALES * end),
        differences: differences.subarray(block * TARGET_SIZE, end * TARGET_SIZE),
      });
      block = end;
    }
    return stored;
  }
}
