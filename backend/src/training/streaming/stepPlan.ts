import type { StepSpan } from '../datasets/windows.ts';
import { DataTooShortError } from '../errors.ts';
import { type ChunkList, originsOf } from './chunks.ts';

/** A run is saved each time it has gone through this many chunks. */
export const CHUNKS_A_CHECKPOINT = 5;

/**
 * Which steps draw from which chunk: the steps of a pass are dealt to its chunks in proportion to the origins that become
 * complete with each, whatever number of servers measured then. All follows from the chunks' times, so that a step's
 * number tells its chunk.
 */
export class StepPlan {
  /** Chunks of a pass: up to the last one with a window to train on. */
  readonly chunks: number;
  /** Training origins on the time line, of each server that measured throughout. */
  readonly origins: number;
  readonly #stepsPerPass: number;
  /** Steps of a pass up to the end of each chunk. */
  readonly #ends: readonly number[];

  /** @throws DataTooShortError where no window lies in the training part */
  constructor(list: Pick<ChunkList, 'path' | 'chunks'>, train: StepSpan, stepsPerPass: number) {
    const origins = list.chunks.map((chunk) => originsOf(chunk, train));
    const total = origins.reduce((sum, count) => sum + count, 0);
    if (total === 0) throw new DataTooShortError(list.path, 'no chunk completes a window to train on');
    let before = 0;
    const ends = origins.map((count) => {
      before += count;
      return Math.round((stepsPerPass * before) / total);
    });
    this.chunks = origins.findLastIndex((count) => count > 0) + 1;
    this.origins = total;
    this.#stepsPerPass = stepsPerPass;
    this.#ends = ends.slice(0, this.chunks);
  }

  /** Position of the chunk a step draws from. */
  chunkOf(step: number): number {
    const inPass = ((step - 1) % this.#stepsPerPass) + 1;
    return this.#ends.findIndex((end) => inPass <= end);
  }

  /** Whether the chunk of the next step opens another group of CHUNKS_A_CHECKPOINT. */
  isSavePoint(step: number): boolean {
    const group = (at: number): number => Math.floor(this.chunkOf(at) / CHUNKS_A_CHECKPOINT);
    return group(step) !== group(step + 1);
  }
}
