/**
 * Training samples a second on two threads, with sampling, augmentation and the optimizer's step: what `argus train` does
 * between two validations. ARGUS_BENCH_STEPS is 100 by default.
 * models/bench_pytorch_forecasting.py measures the same of pytorch-forecasting.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../src/forecast/bundle.ts';
import { generateDataset } from '../src/simulate/dataset.ts';
import { DEFAULT_AUGMENTATION } from '../src/training/augmentation.ts';
import { BatchMaker } from '../src/training/batches.ts';
import { readDataset } from '../src/training/datasets/reader.ts';
import { Sampler } from '../src/training/datasets/sampler.ts';
import { averagingDecay, moveAverage } from '../src/training/schedule.ts';
import { Stepper } from '../src/training/stepper.ts';
import { readOptimizerState } from '../src/training/weights.ts';

const BUNDLE = join(import.meta.dirname, '../../models/bundles/default');
const FLEET = { servers: 8, days: 4, seed: 1 };
const THREADS = 2;
const WARM_UP_STEPS = 5;
const STEPS = Number(process.env.ARGUS_BENCH_STEPS ?? 100);
/** Small enough to change nothing that matters. */
const RATE = 1e-6;

const scratch = await mkdtemp(join(tmpdir(), 'argus-training-'));
try {
  await generateDataset({ directory: scratch, ...FLEET });
  const data = await readDataset(scratch);
  const manifest = await readManifest(BUNDLE);
  const state = await readOptimizerState(BUNDLE, manifest);
  const average = state.weights.slice();
  const stepper = await Stepper.open(BUNDLE, manifest, state, THREADS);
  const { batch, noise_columns: noiseColumns } = manifest.training;
  const span = { first: data.firstStep, last: data.lastStep };
  const sampler = new Sampler([{ data, weight: 1, span }]);
  const batches = new BatchMaker(DEFAULT_AUGMENTATION, manifest.server_hash, batch, 1);
  let startMs = 0;
  for (let step = 1; step <= WARM_UP_STEPS + STEPS; step++) {
    const inputs = batches.batch(step, sampler);
    if (inputs === undefined) throw new Error('The generated fleet gives no windows.');
    await stepper.run(inputs, batches.noise(step, noiseColumns), RATE, step);
    moveAverage(average, stepper.state.weights, averagingDecay(step, 1));
    if (step === WARM_UP_STEPS) startMs = performance.now();
  }
  const seconds = (performance.now() - startMs) / 1000;
  await stepper.close();
  console.log(
    JSON.stringify({
      bench: 'training',
      steps: STEPS,
      batch,
      threads: THREADS,
      samples_per_second: (STEPS * batch) / seconds,
    }),
  );
} finally {
  await rm(scratch, { recursive: true, force: true });
}
