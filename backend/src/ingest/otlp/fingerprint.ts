import { randomInt } from 'node:crypto';

/**
 * 64-bit fingerprints of byte ranges, as two 32-bit lanes. Seeded by chance at start, so that nobody can prepare
 * two names with the same one; with fewer than 10^7 of them alive a collision has odds below 10^-5.
 * The steps are those of MurmurHash3 (A. Appleby, public domain), run with two sets of constants.
 */
const MAX_SEED = 2 ** 31;
const SEED_1 = randomInt(MAX_SEED);
const SEED_2 = randomInt(MAX_SEED);

/** Lanes of the last fingerprint: an object a call would be the reader's largest cost. */
export class Fingerprint {
  lane1 = 0;
  lane2 = 0;

  /** Takes the fingerprint of the bytes [start, end). */
  of(view: DataView, start: number, end: number): void {
    let lane1 = SEED_1 ^ (end - start);
    let lane2 = SEED_2 ^ (end - start);
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      lane1 = Math.imul(lane1 ^ Math.imul(word, 0xcc9e2d51), 0x85ebca6b);
      lane1 ^= lane1 >>> 15;
      lane2 = Math.imul(lane2 ^ Math.imul(word, 0x239b961b), 0xc2b2ae35);
      lane2 ^= lane2 >>> 13;
    }
    for (; at < end; at++) {
      lane1 = Math.imul(lane1 ^ view.getUint8(at), 0x85ebca6b);
      lane1 ^= lane1 >>> 15;
      lane2 = Math.imul(lane2 ^ view.getUint8(at), 0xc2b2ae35);
      lane2 ^= lane2 >>> 13;
    }
    this.lane1 = mix(lane1);
    this.lane2 = mix(lane2);
  }
}

/** Spreads every bit of a 32-bit number over all others (the finalizer of MurmurHash3). */
export function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
