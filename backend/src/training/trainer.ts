import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MANIFEST_FILE, readManifest, WEIGHTS_FILE } from '../forecast/bundle.ts';
import type { Manifest } from '../forecast/manifest.ts';
import { checkCatalog } from '../forecast/manifest.ts';
import { BatchSource } from './batches.ts';
import { copyGraphs, refuseExisting, writeBundle } from './bundle/write.ts';
import { type Checkpoint, writeCheckpoint } from './checkpoint.ts';
import { loadTrainingData, type PreparedData } from './datasets/prepare.ts';
import { BatchForecaster } from './forecaster.ts';
import { completeOptions, type TrainingOptions, type TrainingSettings } from './options.ts';
import type { EpochReport, TrainingReporter } from './reporter.ts';
import { averagingDecay, moveAverage, oneCycleRate } from './schedule.ts';
import { firstCheckpoint } from './start.ts';
import { Stepper } from './stepper.ts';
import { scoreOnUnseen } from './unseen.ts';
import { type ValidationScore, validate } from './validation.ts';
import { bytesOf } from './weights.ts';

/** What a training came to. */
export interface TrainingResult {
  readonly out: string;
  readonly manifest: Manifest;
  readonly epochs: readonly EpochReport[];
  /** Validation of the weights that were kept. */
  readonly best: { readonly epoch: number; readonly score: number };
}

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
  const data = await loadTrainingData(settings, reporter);
  const run = await Run.start(settings, manifest, data, reporter);
  try {
    const finished = await run.train();
    if (!finished) return undefined;
    return await run.write();
  } finally {
    await run.close();
  }
}

/** Moments of a finished training need no bias correction: after this many steps it is below a thousandth. */
const WARM_MOMENT_STEPS = 10_000;

/** Steps of one run, from its start to its bundle. */
class Run {
  readonly #settings: TrainingSettings;
  readonly #manifest: Manifest;
  readonly #data: PreparedData;
  readonly #reporter: TrainingReporter;
  readonly #batches: BatchSource;
  readonly #stepper: Stepper;
  /** Folder of the graphs with the averaged weights, for validation. */
  readonly #scratch: string;
  readonly #stepsPerEpoch: number;
  readonly #totalSteps: number;
  /** Steps the optimizer's moments already hold. */
  readonly #earlierSteps: number;
  #checkpoint: Checkpoint;

  private constructor(
    settings: TrainingSettings,
    manifest: Manifest,
    data: PreparedData,
    reporter: TrainingReporter,
    checkpoint: Checkpoint,
    stepper: Stepper,
    scratch: string,
  ) {
    this.#settings = settings;
    this.#manifest = manifest;
    this.#data = data;
    this.#reporter = reporter;
    this.#checkpoint = checkpoint;
    this.#stepper = stepper;
    this.#scratch = scratch;
    const { batch } = manifest.training;
    this.#stepsPerEpoch = Math.max(1, Math.round(settings.samplesPerEpoch / batch));
    this.#totalSteps = settings.epochs * this.#stepsPerEpoch;
    this.#earlierSteps = settings.mode === 'incremental' ? WARM_MOMENT_STEPS : 0;
    this.#batches = new BatchSource(
      data.sampler,
      settings.augmentation,
      manifest.server_hash,
      batch,
      settings.seed,
    );
  }

  static async start(
    settings: TrainingSettings,
    manifest: Manifest,
    data: PreparedData,
    reporter: TrainingReporter,
  ): Promise<Run> {
    const checkpoint = await firstCheckpoint(settings, manifest);
    if (checkpoint.step > 0) reporter.note(`Resumes after step ${checkpoint.step}.`);
    const stepper = await Stepper.open(settings.from, manifest, checkpoint, settings.threads);
    const scratch = await mkdtemp(join(tmpdir(), 'argus-train-'));
    await copyGraphs(settings.from, scratch);
    await copyFile(join(settings.from, MANIFEST_FILE), join(scratch, MANIFEST_FILE));
    return new Run(settings, manifest, data, reporter, checkpoint, stepper, scratch);
  }

  /** @returns false where the signal stopped it */
  async train(): Promise<boolean> {
    const { epochs, patience } = this.#settings;
    for (let epoch = Math.floor(this.#checkpoint.step / this.#stepsPerEpoch) + 1; epoch <= epochs; epoch++) {
      if (!(await this.#runEpoch(epoch))) return false;
      const waited = epoch - (this.#checkpoint.best?.epoch ?? epoch);
      if (waited >= patience) {
        this.#reporter.note(`Stops: no better validation for ${waited} epochs.`);
        return true;
      }
    }
    return true;
  }

  async #runEpoch(epoch: number): Promise<boolean> {
    const { peakRate, averaging, signal } = this.#settings;
    const average = this.#checkpoint.average;
    const totals = { loss: 0, gradientNorm: 0, rate: 0, steps: 0 };
    const startMs = performance.now();
    for (let step = this.#checkpoint.step + 1; step <= epoch * this.#stepsPerEpoch; step++) {
      if (signal?.aborted === true) {
        await this.#save({ step: step - 1 });
        return false;
      }
      totals.rate = oneCycleRate(step, this.#totalSteps, peakRate);
      const noise = this.#batches.noise(step, this.#manifest.training.noise_columns);
      const batch = this.#batches.at(step);
      const result = await this.#stepper.run(batch, noise, totals.rate, this.#earlierSteps + step);
      moveAverage(average, this.#stepper.state.weights, averagingDecay(step, averaging));
      totals.loss += result.loss;
      totals.gradientNorm += result.gradientNorm;
      totals.steps++;
      this.#reportStep(step, epoch, totals, startMs);
    }
    await this.#finishEpoch(epoch, totals, startMs);
    return true;
  }

  #reportStep(step: number, epoch: number, totals: { loss: number; steps: number }, startMs: number): void {
    const perStep = (performance.now() - startMs) / 1000 / totals.steps;
    this.#reporter.step({
      step,
      totalSteps: this.#totalSteps,
      epoch,
      epochs: this.#settings.epochs,
      loss: totals.loss / totals.steps,
      samplesPerSecond: this.#manifest.training.batch / perStep,
      secondsLeft: (this.#totalSteps - step) * perStep,
    });
  }

  async #finishEpoch(
    epoch: number,
    totals: { loss: number; gradientNorm: number; rate: number; steps: number },
    startMs: number,
  ): Promise<void> {
    const seconds = (performance.now() - startMs) / 1000;
    const validation = await this.#validate();
    const best = this.#checkpoint.best;
    const isBest = best === null || validation.score < best.score;
    const report: EpochReport = {
      epoch,
      epochs: this.#settings.epochs,
      step: epoch * this.#stepsPerEpoch,
      loss: totals.loss / totals.steps,
      gradientNorm: totals.gradientNorm / totals.steps,
      learningRate: totals.rate,
      samplesPerSecond: (totals.steps * this.#manifest.training.batch) / seconds,
      validation,
      isBest,
    };
    await this.#save({
      step: report.step,
      best: isBest ? { epoch, score: validation.score } : best,
      epochs: [...this.#checkpoint.epochs, report],
      bestAverage: isBest ? this.#checkpoint.average.slice() : this.#checkpoint.bestAverage,
    });
    this.#reporter.epoch(report);
  }

  /** Puts the weights as they are now, and what else changed, into the checkpoint. */
  async #save(changes: Partial<Checkpoint>): Promise<void> {
    this.#checkpoint = { ...this.#checkpoint, ...this.#stepper.state, ...changes };
    await writeCheckpoint(this.#settings.checkpoint, this.#checkpoint);
  }

  async #validate(): Promise<ValidationScore> {
    await writeFile(join(this.#scratch, WEIGHTS_FILE), bytesOf(this.#checkpoint.average));
    const forecaster = await BatchForecaster.open(this.#scratch, this.#settings.threads);
    try {
      return await validate(forecaster, this.#data.validation);
    } finally {
      await forecaster.close();
    }
  }

  async write(): Promise<TrainingResult> {
    const { out, from, seed, replace, checkpoint } = this.#settings;
    const { best, bestAverage, firstMoment, secondMoment } = this.#checkpoint;
    if (best === null) throw new RangeError('A training has at least one epoch.');
    const validation = this.#checkpoint.epochs.find((report) => report.epoch === best.epoch)?.validation;
    const manifest = await writeBundle(
      out,
      {
        template: from,
        manifest: this.#manifest,
        state: { weights: bestAverage, firstMoment, secondMoment },
        trainingInfo: this.#trainingInfo(),
        scores: {
          validation: { relative_pinball: best.score, ...(validation && { sets: validation.sets }) },
        },
        goldenSamples: this.#data.validation[0].samples,
        seed,
      },
      replace,
      (folder) => scoreOnUnseen(folder, this.#settings, this.#reporter),
    );
    await rm(checkpoint, { force: true });
    return { out, manifest, epochs: this.#checkpoint.epochs, best };
  }

  #trainingInfo(): Readonly<Record<string, unknown>> {
    const { mode, seed, peakRate, averaging, epochs, samplesPerEpoch, augmentation } = this.#settings;
    return {
      mode,
      seed,
      optimizer: 'AdamW',
      schedule: 'one-cycle',
      peak_learning_rate: peakRate,
      weight_averaging: averaging,
      epochs_planned: epochs,
      samples_per_epoch: samplesPerEpoch,
      steps: this.#checkpoint.step,
      best: this.#checkpoint.best,
      augmentation,
      data: this.#data.description,
      epochs: this.#checkpoint.epochs,
    };
  }

  async close(): Promise<void> {
    await this.#stepper.close();
    await rm(this.#scratch, { recursive: true, force: true });
  }
}
