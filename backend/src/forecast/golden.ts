/**
 * golden.bin: a few windows with the forecasts they must give, so that a bundle proves itself where it runs.
 *
 * Layout, little-endian: uint32 length of the header; the header, JSON in UTF-8 padded with spaces so that what follows
 * starts at a multiple of 4 bytes; then the arrays of the header one after the other, 4 bytes a number.
 */

import { isDeepStrictEqual } from 'node:util';
import { CALENDAR_COUNT, PATCH_COUNT } from '../catalog/calendar.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { GoldenInvalidError, GoldenMismatchError } from './errors.ts';
import { isMeasured } from './finish.ts';

const GOLDEN_FORMAT = 1;
const LENGTH_BYTES = 4;
const NUMBER_BYTES = 4;

/** Inputs of the network for `count` servers, and the forecasts recorded for them. */
export interface Golden {
  readonly count: number;
  /** [count][WINDOW_STEPS][METRIC_COUNT], NaN where not measured. */
  readonly window: Float32Array;
  /** [count][PATCH_COUNT][CALENDAR_COUNT]. */
  readonly calendar: Float32Array;
  /** [count], positions in PROFILES. */
  readonly profile: Int32Array;
  /** [count], hash buckets. */
  readonly server: Int32Array;
  /** [count][TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]. */
  readonly quantiles: Float32Array;
}

interface ArrayLayout {
  readonly name: string;
  readonly type: 'float32' | 'int32';
  readonly shape: readonly number[];
}

function layoutOf(count: number): readonly ArrayLayout[] {
  return [
    { name: 'window', type: 'float32', shape: [count, WINDOW_STEPS, METRIC_COUNT] },
    { name: 'calendar', type: 'float32', shape: [count, PATCH_COUNT, CALENDAR_COUNT] },
    { name: 'profile', type: 'int32', shape: [count] },
    { name: 'server', type: 'int32', shape: [count] },
    { name: 'quantiles', type: 'float32', shape: [count, TARGET_COUNT, HORIZON_STEPS, QUANTILE_COUNT] },
  ];
}

function headerOf(count: number): object {
  return { format: GOLDEN_FORMAT, count, arrays: layoutOf(count) };
}

/** Bytes of golden.bin. */
export function encodeGolden(golden: Golden): Uint8Array {
  const header = JSON.stringify(headerOf(golden.count));
  const padded = header.padEnd(Math.ceil(header.length / NUMBER_BYTES) * NUMBER_BYTES);
  const length = new Uint8Array(new Uint32Array([padded.length]).buffer);
  const arrays = [golden.window, golden.calendar, golden.profile, golden.server, golden.quantiles];
  return Buffer.concat([
    length,
    Buffer.from(padded, 'latin1'),
    ...arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  ]);
}

/**
 * Reads golden.bin.
 * @param bundleName how the bundle is called in errors
 * @throws GoldenInvalidError
 */
export function decodeGolden(bytes: Uint8Array, bundleName: string): Golden {
  const { count, dataStart } = readHeader(bytes, bundleName);
  const layout = layoutOf(count);
  const sizes = layout.map((array) =>
    array.shape.reduce((product, length) => product * length, NUMBER_BYTES),
  );
  const wanted = sizes.reduce((sum, size) => sum + size, dataStart);
  if (bytes.byteLength !== wanted) {
    throw new GoldenInvalidError(bundleName, `it has ${bytes.byteLength} bytes instead of ${wanted}`);
  }
  // A copy starts at offset 0, as the typed views need; slice would not copy a Buffer.
  const data = new Uint8Array(bytes.subarray(dataStart)).buffer;
  const offsets = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
  const floats = (index: number): Float32Array =>
    new Float32Array(data, offsets[index], sizes[index] / NUMBER_BYTES);
  const integers = (index: number): Int32Array => new Int32Array(data, offsets[index], count);
  return {
    count,
    window: floats(0),
    calendar: floats(1),
    profile: integers(2),
    server: integers(3),
    quantiles: floats(4),
  };
}

function readHeader(bytes: Uint8Array, bundleName: string): { count: number; dataStart: number } {
  if (bytes.byteLength < LENGTH_BYTES) throw new GoldenInvalidError(bundleName, 'it is cut off');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const dataStart = LENGTH_BYTES + length;
  if (dataStart > bytes.byteLength || length % NUMBER_BYTES !== 0) {
    throw new GoldenInvalidError(bundleName, 'the length of its header is wrong');
  }
  const text = Buffer.from(bytes.subarray(LENGTH_BYTES, dataStart)).toString('utf8');
  const count = countIn(text);
  if (count === undefined) throw new GoldenInvalidError(bundleName, 'its header is not that of this format');
  return { count, dataStart };
}

/** Number of servers in a header, or undefined where the header is any other than the one this format has. */
function countIn(headerText: string): number | undefined {
  try {
    const header: unknown = JSON.parse(headerText);
    if (typeof header !== 'object' || header === null || !('count' in header)) return undefined;
    const { count } = header;
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) return undefined;
    return isDeepStrictEqual(header, headerOf(count)) ? count : undefined;
  } catch {
    return undefined;
  }
}

/** How far two forecasts may lie apart: |actual − expected| ≤ absolute + relative × |expected|. */
export interface GoldenTolerance {
  readonly absolute_tolerance: number;
  readonly relative_tolerance: number;
}

/**
 * Holds forecasts against the recorded ones. Targets that are not measured in their window are left out: what a network
 * gives for them has no meaning and may differ from one machine to the next.
 * @param actual [count][TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]
 * @throws GoldenMismatchError naming the worst place
 */
export function checkGolden(
  golden: Golden,
  actual: Float32Array,
  tolerance: GoldenTolerance,
  bundleName: string,
): void {
  const { count, quantiles, window } = golden;
  if (actual.length !== quantiles.length) {
    throw new GoldenMismatchError(bundleName, `${actual.length} numbers instead of ${quantiles.length}`);
  }
  let worst = { excess: 0, at: -1 };
  for (let row = 0; row < count * TARGET_COUNT; row++) {
    const target = TARGET_LIST[row % TARGET_COUNT];
    const windowStart = Math.floor(row / TARGET_COUNT) * WINDOW_STEPS * METRIC_COUNT;
    if (!isMeasured(target.metric, window, windowStart)) continue;
    const start = row * HORIZON_STEPS * QUANTILE_COUNT;
    const found = worstBetween(quantiles, actual, tolerance, start, start + HORIZON_STEPS * QUANTILE_COUNT);
    if (found.excess > worst.excess) worst = found;
  }
  if (worst.excess > 0) {
    const { at } = worst;
    throw new GoldenMismatchError(bundleName, `number ${at} is ${actual[at]} instead of ${quantiles[at]}`);
  }
}

/** Place in [from, to) where the distance exceeds what is allowed by most; an excess of 0 where it never does. */
function worstBetween(
  expected: Float32Array,
  actual: Float32Array,
  tolerance: GoldenTolerance,
  from: number,
  to: number,
): { readonly excess: number; readonly at: number } {
  let excess = 0;
  let at = -1;
  for (let i = from; i < to; i++) {
    const allowed = tolerance.absolute_tolerance + tolerance.relative_tolerance * Math.abs(expected[i]);
    const distance = Math.abs(actual[i] - expected[i]);
    const over = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance - allowed;
    if (over > excess) {
      excess = over;
      at = i;
    }
  }
  return { excess, at };
}
