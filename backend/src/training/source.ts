import type { Drawable } from './datasets/sampler.ts';
import type { ValidationSet } from './validation.ts';

/** Where a step stands in data that is read chunk by chunk. */
export interface ChunkPlace {
  /** From 1 to `chunks`: the newest chunk whose windows the step draws. */
  readonly chunk: number;
  /** Chunks of one pass. */
  readonly chunks: number;
}

/**
 * The data of a run: what each step is drawn from and what epochs are validated on. Which windows a step may draw
 * follows from its number alone, so that a resumed run draws the same.
 */
export interface TrainingSource {
  /** Held-back later time of every data set, and of unseen servers. At least one window each. */
  readonly validation: readonly ValidationSet[];
  /** What was read, for training_info.json; file paths reduced to their last part. */
  readonly description: readonly Readonly<Record<string, unknown>>[];
  /** Windows for a step; valid until the next call. Steps are asked for in ascending order. */
  windowsFor(step: number): Promise<Drawable>;
  /** @returns undefined where the data is held as a whole */
  placeOf(step: number): ChunkPlace | undefined;
  /** Whether the run should be saved after a step that does not end its epoch. */
  isSavePoint(step: number): boolean;
  close(): void;
}
