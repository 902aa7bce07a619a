import { detach, type Sample, type StepSpan } from '../datasets/windows.ts';
import { Random } from '../random.ts';
import { candidates } from '../validation.ts';
import type { ChunkStream } from './chunkStream.ts';
import { type ChunkList, originsOf } from './chunks.ts';

/** Keeps this stream apart from those of weights, sampling, dropout and golden windows. */
const HELD_BACK_STREAM = 5;

/**
 * A uniform choice of at most `limit` windows of the part that is held back, each with a copy of its own rows: algorithm
 * R (Vitter, 1985), so that no more than these are held however long the part is. The same seed chooses the same.
 */
export async function drawHeldBack(
  stream: ChunkStream,
  list: ChunkList,
  span: StepSpan,
  limit: number,
  seed: number,
): Promise<readonly Sample[]> {
  const random = new Random(seed, HELD_BACK_STREAM);
  const kept: Sample[] = [];
  let seen = 0;
  for (const [position, chunk] of list.chunks.entries()) {
    if (originsOf(chunk, span) === 0) continue;
    for (const sample of candidates(await stream.advanceTo(position), span)) {
      const place = seen < limit ? seen : random.below(seen + 1);
      if (place < limit) kept[place] = detach(sample);
      seen++;
    }
  }
  stream.clear();
  return kept;
}
