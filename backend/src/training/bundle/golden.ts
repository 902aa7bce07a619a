import { WINDOW_SIZE } from '../../forecast/batch.ts';
import type { Golden } from '../../forecast/golden.ts';
import { augmentWindow } from '../augmentation.ts';
import type { Sample } from '../datasets/windows.ts';
import type { BatchForecaster } from '../forecaster.ts';
import { ACTUAL_SIZE, assembleBatch, type ServerHash } from '../inputs.ts';
import { Random } from '../random.ts';

const GOLDEN_WINDOWS = 6;
const GOLDEN_STREAM = 4;
/** Windows from this one on have rows and metrics taken out, as servers that measure less have. */
const FIRST_CHANGED = 3;
/** Cuts a window short, tears a gap and takes metrics, each with certainty. */
const EVERYTHING = {
  serverDropout: 0,
  profileDropout: 0,
  plainMachines: 0,
  metricDropout: 1,
  truncation: 1,
  gaps: 1,
};

/** A few windows of real shape, half of them with missing values, and the forecasts the network gives for them. */
export async function makeGolden(
  samples: readonly Sample[],
  hash: ServerHash,
  forecaster: BatchForecaster,
  seed: number,
): Promise<Golden> {
  const count = Math.min(GOLDEN_WINDOWS, samples.length);
  const picked = Array.from({ length: count }, (_, i) => samples[Math.floor((i * samples.length) / count)]);
  const batch = assembleBatch(picked, hash);
  for (let i = FIRST_CHANGED; i < count; i++) {
    const random = new Random(seed, GOLDEN_STREAM, i);
    augmentWindow(EVERYTHING, random, batch.window, i * WINDOW_SIZE, batch.actual, i * ACTUAL_SIZE);
  }
  const quantiles = await forecaster.quantiles(batch);
  const { window, calendar, profile, server } = batch;
  return { count, window, calendar, profile, server, quantiles };
}
