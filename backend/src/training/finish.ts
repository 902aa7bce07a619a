import { rm } from 'node:fs/promises';
import type { Manifest } from '../forecast/manifest.ts';
import { writeBundle } from './bundle/write.ts';
import type { Checkpoint } from './checkpoint.ts';
import { epochLines } from './epochLog.ts';
import { epochLogOf, type TrainingSettings } from './options.ts';
import type { EpochReport, TrainingReporter } from './reporter.ts';
import type { TrainingSource } from './source.ts';
import { scoreOnUnseen } from './unseen.ts';

/** What a training came to. */
export interface TrainingResult {
  readonly out: string;
  readonly manifest: Manifest;
  readonly epochs: readonly EpochReport[];
  /** Validation of the weights that were kept. */
  readonly best: { readonly epoch: number; readonly score: number };
}

/** Writes the bundle of a finished run, and removes what only the run needed. */
export async function writeTrained(
  settings: TrainingSettings,
  template: Manifest,
  source: TrainingSource,
  checkpoint: Checkpoint,
  reporter: TrainingReporter,
): Promise<TrainingResult> {
  const { best, bestAverage, firstMoment, secondMoment, epochs } = checkpoint;
  if (best === null) throw new RangeError('A training has at least one epoch.');
  const validation = epochs.find((report) => report.epoch === best.epoch)?.validation;
  const manifest = await writeBundle(
    settings.out,
    {
      template: settings.from,
      manifest: template,
      state: { weights: bestAverage, firstMoment, secondMoment },
      trainingInfo: trainingInfo(settings, source, checkpoint),
      trainingLog: epochLines(epochs),
      scores: {
        validation: { relative_pinball: best.score, ...(validation && { sets: validation.sets }) },
      },
      goldenSamples: source.validation[0].samples,
      seed: settings.seed,
    },
    settings.replace,
    (folder) => scoreOnUnseen(folder, settings, reporter),
  );
  await rm(settings.checkpoint, { force: true });
  await rm(epochLogOf(settings), { force: true });
  return { out: settings.out, manifest, epochs, best };
}

function trainingInfo(
  settings: TrainingSettings,
  source: TrainingSource,
  checkpoint: Checkpoint,
): Readonly<Record<string, unknown>> {
  const { mode, seed, peakRate, averaging, epochs, samplesPerEpoch, augmentation } = settings;
  return {
    mode,
    seed,
    optimizer: 'AdamW',
    schedule: 'one-cycle',
    peak_learning_rate: peakRate,
    weight_averaging: averaging,
    epochs_planned: epochs,
    samples_per_epoch: samplesPerEpoch,
    steps: checkpoint.step,
    best: checkpoint.best,
    augmentation,
    data: source.description,
    epochs: checkpoint.epochs,
  };
}
