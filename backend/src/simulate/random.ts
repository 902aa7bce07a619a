/** Seeded random numbers: the same seed and key give the same stream in every run. */

const UINT32 = 4_294_967_296;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** sfc32 needs a few rounds before its output no longer shows the seed. */
const WARM_UP_ROUNDS = 12;

function fnv1a32(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

export type Range = readonly [low: number, high: number];

/** One stream of random numbers (sfc32 by C. Doty-Humphrey, from PractRand). */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spareNormal = Number.NaN;

  /** @param key names the stream; streams of different keys are independent */
  constructor(seed: number, key: string) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / UINT32) >>> 0;
    this.#c = fnv1a32(key);
    for (let i = 0; i < WARM_UP_ROUNDS; i++) this.#next();
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.#next() / UINT32;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  uniform([low, high]: Range): number {
    return low + (high - low) * this.unit();
  }

  /** Uniform in the logarithm; both bounds above 0. */
  logUniform([low, high]: Range): number {
    return low * (high / low) ** this.unit();
  }

  /** Whole number, both bounds included. */
  integer([low, high]: Range): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** Standard normal (Box-Muller, both values used). */
  normal(): number {
    if (!Number.isNaN(this.#spareNormal)) {
      const spare = this.#spareNormal;
      this.#spareNormal = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    const angle = 2 * Math.PI * this.unit();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Log-normal around a median. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Pareto, at least 1; the tail is the heavier the smaller alpha. */
  pareto(alpha: number): number {
    return (1 - this.unit()) ** (-1 / alpha);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** Poisson; rounded normal above a mean of 30, where the difference is invisible. */
  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let product = this.unit();
    let count = 0;
    while (product > limit) {
      product *= this.unit();
      count++;
    }
    return count;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.unit() * items.length)];
  }

  /** A key of the record, with the probability of its weight. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      rest -= weight;
      if (rest < 0) return key;
    }
    return entries[entries.length - 1][0];
  }
}
