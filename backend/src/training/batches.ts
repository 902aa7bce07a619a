import { GENERIC_PROFILE } from '../catalog/profiles.ts';
import { WINDOW_SIZE } from '../forecast/batch.ts';
import { UNKNOWN_SERVER } from '../forecast/hash.ts';
import { type Augmentation, augmentWindow } from './augmentation.ts';
import type { Drawable } from './datasets/sampler.ts';
import type { Sample } from './datasets/windows.ts';
import { ACTUAL_SIZE, assembleBatch, type NetworkBatch, type ServerHash } from './inputs.ts';
import { Random } from './random.ts';

/** Keep the streams of sampling and dropout apart from each other and from that of initial weights. */
const SAMPLE_STREAM = 2;
const NOISE_STREAM = 3;

/** Makes the batches of a run. What a step draws depends on the seed and the step alone, so a run can be resumed. */
export class BatchMaker {
  readonly #augmentation: Augmentation;
  readonly #hash: ServerHash;
  readonly #size: number;
  readonly #seed: number;

  constructor(augmentation: Augmentation, hash: ServerHash, size: number, seed: number) {
    this.#augmentation = augmentation;
    this.#hash = hash;
    this.#size = size;
    this.#seed = seed;
  }

  /**
   * Inputs and actual values of one step, augmented.
   * @returns undefined where there is nothing to draw
   */
  batch(step: number, source: Drawable): NetworkBatch | undefined {
    const random = new Random(this.#seed, SAMPLE_STREAM, step);
    const samples: Sample[] = [];
    while (samples.length < this.#size) {
      const sample = source.draw(random);
      if (sample === undefined) return undefined;
      samples.push(sample);
    }
    return this.#augmented(assembleBatch(samples, this.#hash), random);
  }

  #augmented(batch: NetworkBatch, random: Random): NetworkBatch {
    const settings = this.#augmentation;
    for (let i = 0; i < batch.count; i++) {
      if (random.uniform() < settings.serverDropout) batch.server[i] = UNKNOWN_SERVER;
      if (random.uniform() < settings.profileDropout) batch.profile[i] = GENERIC_PROFILE;
      augmentWindow(settings, random, batch.window, i * WINDOW_SIZE, batch.actual, i * ACTUAL_SIZE);
    }
    return batch;
  }

  /** Uniform numbers for the dropout of one step. */
  noise(step: number, columns: number): Float32Array {
    const noise = new Float32Array(this.#size * columns);
    new Random(this.#seed, NOISE_STREAM, step).fill(noise);
    return noise;
  }
}
