/** Seeded randomness: the same seed and path give the same numbers on every machine, so a run can be repeated. */

/** 2^-24: the spacing of float32 just below 1, so that a uniform number never rounds up to 1. */
const FLOAT_STEP = 2 ** -24;
const WARM_UP_ROUNDS = 12;

/**
 * The sfc32 generator (Chris Doty-Humphrey, PractRand), seeded by a path of numbers.
 * A path such as (seed, purpose, step) makes every step's numbers independent of the steps before it, so that a
 * resumed run needs no stored state.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(...path: readonly number[]) {
    let hash = 0x9e3779b9;
    for (const part of path) hash = mix(hash ^ mix(Math.trunc(part) | 0)) + 0x6d2b79f5;
    this.#a = mix(hash);
    this.#b = mix(this.#a ^ 0x85ebca6b);
    this.#c = mix(this.#b ^ 0xc2b2ae35);
    for (let i = 0; i < WARM_UP_ROUNDS; i++) this.uint32();
  }

  /** Whole number from 0 to 2^32 − 1. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), exactly representable as float32. */
  uniform(): number {
    return (this.uint32() >>> 8) * FLOAT_STEP;
  }

  /** Whole number from 0 to limit − 1. */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Fills with uniform numbers in [0, 1). */
  fill(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.uniform();
  }
}

/** Finalizer of MurmurHash3 (Austin Appleby). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
