import { readManifest } from '../forecast/bundle.ts';
import { checkCatalog } from '../forecast/manifest.ts';
import { refuseExisting } from './bundle/write.ts';
import { type TrainingResult, writeTrained } from './finish.ts';
import { completeOptions, stepsPerEpochOf, type TrainingOptions, type TrainingSettings } from './options.ts';
import type { TrainingReporter } from './reporter.ts';
import { Run } from './run.ts';
import type { TrainingSource } from './source.ts';
import { StreamingSource } from './streaming/source.ts';
import { loadWholeData } from './wholeData.ts';

/**
 * Trains a network and writes its bundle: AdamW inside train.onnx, one-cycle learning rate, moving average of the
 * weights, and the average of the best epoch on held-back later time kept. The same options, data and number of
 * threads give the same weights; a run that was broken off goes on where it stood with `resume`.
 * @returns undefined where the run was stopped by its signal; its checkpoint can be resumed
 * @throws the coded errors of errors.ts for data, bundles and checkpoints that cannot be used
 */
export async function trainModel(
  options: TrainingOptions,
  reporter: TrainingReporter,
): Promise<TrainingResult | undefined> {
  const settings = completeOptions(options);
  await refuseExisting(settings.out, settings.replace);
  const manifest = await readManifest(settings.from);
  checkCatalog(manifest, settings.from);
  const source = await openSource(settings, manifest.training.batch, reporter);
  try {
    const run = await Run.start(settings, manifest, source, reporter);
    try {
      if (!(await run.train())) return undefined;
      return await writeTrained(settings, manifest, source, run.checkpoint, reporter);
    } finally {
      await run.close();
    }
  } finally {
    source.close();
  }
}

function openSource(
  settings: TrainingSettings,
  batch: number,
  reporter: TrainingReporter,
): Promise<TrainingSource> {
  return settings.mode === 'streaming'
    ? StreamingSource.open(settings, stepsPerEpochOf(settings, batch), reporter)
    : loadWholeData(settings, reporter);
}
