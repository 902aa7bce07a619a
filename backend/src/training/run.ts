import type { Manifest } from '../forecast/manifest.ts';
import { BatchMaker } from './batches.ts';
import { type Checkpoint, type EpochTotals, NO_TOTALS, writeCheckpoint } from './checkpoint.ts';
import { EpochLog } from './epochLog.ts';
import { DataTooShortError } from './errors.ts';
import { epochLogOf, stepsPerEpochOf, type TrainingSettings } from './options.ts';
import type { EpochReport, TrainingReporter } from './reporter.ts';
import { averagingDecay, moveAverage, oneCycleRate } from './schedule.ts';
import type { TrainingSource } from './source.ts';
import { firstCheckpoint } from './start.ts';
import { Stepper } from './stepper.ts';
import { Validator } from './validator.ts';

/** Moments of a finished training need no bias correction: after this many steps it is below a thousandth. */
const WARM_MOMENT_STEPS = 10_000;

/** What a run works with. */
interface Parts {
  readonly settings: TrainingSettings;
  readonly manifest: Manifest;
  readonly source: TrainingSource;
  readonly reporter: TrainingReporter;
  readonly batches: BatchMaker;
  readonly stepper: Stepper;
  readonly validator: Validator;
  readonly log: EpochLog;
}

/** The epochs of one training, from its first step, or its checkpoint, to its last. */
export class Run {
  readonly #parts: Parts;
  readonly #stepsPerEpoch: number;
  readonly #totalSteps: number;
  /** Steps the optimizer's moments already hold. */
  readonly #earlierSteps: number;
  #checkpoint: Checkpoint;
  /** Of the epoch under way. */
  #totals: EpochTotals;

  private constructor(parts: Parts, checkpoint: Checkpoint) {
    const { settings, manifest } = parts;
    this.#parts = parts;
    this.#checkpoint = checkpoint;
    this.#totals = checkpoint.totals;
    this.#stepsPerEpoch = stepsPerEpochOf(settings, manifest.training.batch);
    this.#totalSteps = settings.epochs * this.#stepsPerEpoch;
    this.#earlierSteps = settings.mode === 'incremental' ? WARM_MOMENT_STEPS : 0;
  }

  /** @throws CheckpointError, BundleUnusableError */
  static async start(
    settings: TrainingSettings,
    manifest: Manifest,
    source: TrainingSource,
    reporter: TrainingReporter,
  ): Promise<Run> {
    const checkpoint = await firstCheckpoint(settings, manifest, source);
    if (checkpoint.step > 0) reporter.note(`Resumes after step ${checkpoint.step}.`);
    const { from, threads, augmentation, seed } = settings;
    const batches = new BatchMaker(augmentation, manifest.server_hash, manifest.training.batch, seed);
    const stepper = await Stepper.open(from, manifest, checkpoint, threads);
    const validator = await Validator.open(from, source.validation, threads);
    const log = await EpochLog.open(epochLogOf(settings), checkpoint.epochs);
    const parts = { settings, manifest, source, reporter, batches, stepper, validator, log };
    return new Run(parts, checkpoint);
  }

  /** Where the run stands. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** @returns false where the signal stopped it */
  async train(): Promise<boolean> {
    const { settings, reporter } = this.#parts;
    const done = Math.floor(this.#checkpoint.step / this.#stepsPerEpoch);
    for (let epoch = done + 1; epoch <= settings.epochs; epoch++) {
      const waited = epoch - 1 - (this.#checkpoint.best?.epoch ?? epoch - 1);
      if (waited >= settings.patience) {
        reporter.note(`Stops: no better validation for ${waited} epochs.`);
        return true;
      }
      if (!(await this.#runEpoch(epoch))) return false;
    }
    return true;
  }

  async #runEpoch(epoch: number): Promise<boolean> {
    const { settings, source } = this.#parts;
    const end = epoch * this.#stepsPerEpoch;
    for (let step = this.#checkpoint.step + 1; step <= end; step++) {
      if (settings.signal?.aborted === true) {
        await this.#save({ step: step - 1, totals: this.#totals });
        return false;
      }
      await this.#runStep(step, epoch);
      if (step < end && source.isSavePoint(step)) await this.#save({ step, totals: this.#totals });
    }
    await this.#finishEpoch(epoch);
    return true;
  }

  /** One step; where its data holds next to nothing it is passed over, and the schedule goes on. */
  async #runStep(step: number, epoch: number): Promise<void> {
    const { settings, manifest, source, batches, stepper } = this.#parts;
    const startMs = performance.now();
    const batch = batches.batch(step, await source.windowsFor(step));
    const totals = { ...this.#totals };
    if (batch === undefined) totals.passedOver++;
    else {
      const rate = oneCycleRate(step, this.#totalSteps, settings.peakRate);
      const noise = batches.noise(step, manifest.training.noise_columns);
      const { loss, gradientNorm } = await stepper.run(batch, noise, rate, this.#earlierSteps + step);
      const decay = averagingDecay(step, settings.averaging);
      moveAverage(this.#checkpoint.average, stepper.state.weights, decay);
      totals.loss += loss;
      totals.gradientNorm += gradientNorm;
      totals.steps++;
    }
    totals.seconds += (performance.now() - startMs) / 1000;
    this.#totals = totals;
    this.#reportStep(step, epoch);
  }

  #reportStep(step: number, epoch: number): void {
    const { settings, manifest, source, reporter } = this.#parts;
    const { loss, steps, passedOver, seconds } = this.#totals;
    const place = source.placeOf(step);
    reporter.step({
      step,
      totalSteps: this.#totalSteps,
      epoch,
      epochs: settings.epochs,
      loss: loss / steps,
      samplesPerSecond: (steps * manifest.training.batch) / seconds,
      secondsLeft: ((this.#totalSteps - step) * seconds) / (steps + passedOver),
      ...(place && { place }),
    });
  }

  async #finishEpoch(epoch: number): Promise<void> {
    const { reporter, validator, log } = this.#parts;
    const { average, best, epochs, bestAverage } = this.#checkpoint;
    if (this.#totals.passedOver > 0) {
      reporter.note(`${this.#totals.passedOver} steps met next to nothing measured and were passed over.`);
    }
    if (this.#totals.steps === 0) {
      throw new DataTooShortError(this.#parts.settings.data[0].path, 'its windows hold next to nothing');
    }
    const validation = await validator.score(average);
    const isBest = best === null || validation.score < best.score;
    const report = { ...this.#epochReport(epoch), validation, isBest };
    this.#totals = NO_TOTALS;
    await this.#save({
      step: report.step,
      totals: NO_TOTALS,
      best: isBest ? { epoch, score: validation.score } : best,
      epochs: [...epochs, report],
      bestAverage: isBest ? average.slice() : bestAverage,
    });
    await log.append(report);
    reporter.epoch(report);
  }

  #epochReport(epoch: number): Omit<EpochReport, 'validation' | 'isBest'> {
    const { settings, manifest } = this.#parts;
    const { loss, gradientNorm, steps, seconds } = this.#totals;
    const step = epoch * this.#stepsPerEpoch;
    return {
      epoch,
      epochs: settings.epochs,
      step,
      loss: loss / steps,
      gradientNorm: gradientNorm / steps,
      learningRate: oneCycleRate(step, this.#totalSteps, settings.peakRate),
      samplesPerSecond: (steps * manifest.training.batch) / seconds,
    };
  }

  /** Puts the weights as they are now, and what else changed, into the checkpoint. */
  async #save(changes: Partial<Checkpoint> & { readonly step: number }): Promise<void> {
    const { settings, source, stepper } = this.#parts;
    const place = changes.step > 0 ? (source.placeOf(changes.step) ?? null) : null;
    this.#checkpoint = { ...this.#checkpoint, ...stepper.state, ...changes, place };
    await writeCheckpoint(settings.checkpoint, this.#checkpoint);
  }

  async close(): Promise<void> {
    await this.#parts.stepper.close();
    await this.#parts.validator.close();
  }
}
