/** A bundle whose weights have been shuffled: an explanation that stays the same explains the data, not the model. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORECAST_GRAPH_FILE, WEIGHTS_FILE } from '../../forecast/bundle.ts';
import type { Manifest } from '../../forecast/manifest.ts';
import { Random } from '../random.ts';

/**
 * Copies the forecast graph beside weights that are shuffled within each parameter, so that their sizes stay.
 * @returns the folder, and a function that removes it
 * @see Adebayo et al. 2018, Sanity Checks for Saliency Maps
 */
export async function shuffledBundle(
  folder: string,
  { parameters }: Manifest,
  seed: number,
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const copy = await mkdtemp(join(tmpdir(), 'argus-shuffled-'));
  await copyFile(join(folder, FORECAST_GRAPH_FILE), join(copy, FORECAST_GRAPH_FILE));
  const bytes = await readFile(join(folder, WEIGHTS_FILE));
  const weights = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const random = new Random(seed);
  for (const { offset, shape } of parameters) {
    const start = offset / Float32Array.BYTES_PER_ELEMENT;
    const count = shape.reduce((product, size) => product * size, 1);
    for (let i = count - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [weights[start + i], weights[start + j]] = [weights[start + j], weights[start + i]];
    }
  }
  await writeFile(join(copy, WEIGHTS_FILE), new Uint8Array(weights.buffer));
  return { folder: copy, remove: () => rm(copy, { recursive: true, force: true }) };
}
