/** One training at a time: its data, its process, its comparison, its end; taken up again after a restart. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { type Clock, MINUTE_MS } from '../../catalog/time.ts';
import type { ForecastStage } from '../../forecast/stage.ts';
import { TRAIN_GRAPH_FILE } from '../stepper.ts';
import { verdictOf } from './comparison.ts';
import type { TrainingConfig } from './config.ts';
import {
  type HistorySource,
  incidentTimes,
  type LeftOut,
  spanOf,
  type TrainingSpan,
  writeData,
} from './data.ts';
import { NoModelToTrainError, TrainingActiveError, TrainingIdleError } from './errors.ts';
import { exists, JobFolder, unfinishedJobs } from './jobFolder.ts';
import { Ledger } from './ledger.ts';
import type { TrainingMetrics } from './metrics.ts';
import { TrainingProcess } from './process.ts';
import type {
  Comparison,
  TrainingJob,
  TrainingOutcome,
  TrainingProgress,
  TrainingRecord,
  TrainingState,
  TrainingTrigger,
} from './types.ts';

const LOG_FILE = 'log.jsonl';
const MODEL_PREFIX = 'trained-';
/** A job whose process ended by itself so often without a word is given up. */
const MAX_CRASHES = 3;

export interface TrainingManagerOptions {
  /** Folder of jobs and the log. */
  readonly folder: string;
  /** Folder that taken models go to. */
  readonly modelsFolder: string;
  readonly history: HistorySource;
  readonly forecast: Pick<ForecastStage, 'status' | 'modelName' | 'reload' | 'models'>;
  readonly clock: Clock;
  readonly config: TrainingConfig;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  readonly metrics: TrainingMetrics;
  /** Dates that the forecaster takes for holidays of every server. */
  readonly holidays: readonly string[];
  /** Times beside incidents that are not to be learned from, such as maintenance. */
  readonly leftOut?: (fromMs: number, toMs: number) => readonly LeftOut[];
}

export interface TrainingWish {
  readonly epochs?: number;
  readonly incremental?: boolean;
  readonly trigger: TrainingTrigger;
  /** Why it begins, in a sentence with the numbers. */
  readonly cause?: string;
  /** When the world changed: what is older is learned from only as far as a training needs it. */
  readonly changedMs?: number;
}

/** The training under way. */
export interface ActiveTraining {
  readonly job: TrainingJob;
  readonly state: TrainingState;
  readonly progress: TrainingProgress | null;
}

interface Running {
  job: TrainingJob;
  readonly folder: JobFolder;
  state: TrainingState;
  progress: TrainingProgress | null;
  process: TrainingProcess | null;
  wish: 'go on' | 'cancel' | 'pause';
  done: Promise<void>;
}

/** Ends a job early without anything having gone wrong. */
class Interrupted extends Error {}

export class TrainingManager {
  readonly #with: TrainingManagerOptions;
  #ledger: Ledger;
  #running: Running | null = null;
  #isStarting = false;

  private constructor(options: TrainingManagerOptions, ledger: Ledger) {
    this.#with = options;
    this.#ledger = ledger;
  }

  static async open(options: TrainingManagerOptions): Promise<TrainingManager> {
    const path = join(options.folder, LOG_FILE);
    const { ledger, unreadable } = await Ledger.open(path);
    if (unreadable > 0)
      options.logger.warn({ path, lines: unreadable }, 'lines of the log of trainings cannot be read');
    return new TrainingManager(options, ledger);
  }

  /** Goes on with a training that a stop or a crash interrupted. Call it when the history can be asked. */
  async resume(): Promise<void> {
    for (const folder of await unfinishedJobs(this.#with.folder)) {
      const job = await folder.readJob();
      if (job === undefined || this.#ledger.has(job.id) || this.#running !== null) await folder.remove();
      else this.#run(job, folder);
    }
  }

  get active(): ActiveTraining | null {
    return this.#running;
  }

  /** Newest last. */
  get records(): readonly TrainingRecord[] {
    return this.#ledger.records;
  }

  /**
   * Begins a training.
   * @throws TrainingActiveError, NoModelToTrainError, HistoryShortError, and the errors of the history
   */
  async trigger({
    epochs,
    incremental = true,
    trigger,
    cause,
    changedMs,
  }: TrainingWish): Promise<TrainingJob> {
    if (this.#running !== null) throw new TrainingActiveError(this.#running.job.id);
    if (this.#isStarting) throw new TrainingActiveError('that was asked for a moment ago');
    this.#isStarting = true;
    try {
      const { config, clock, history } = this.#with;
      const model = await this.#modelToTrain();
      const span = await spanOf(history, config, clock.now(), changedMs);
      const job: TrainingJob = {
        id: newId(clock.now()),
        trigger,
        cause: cause ?? null,
        ...(changedMs === undefined ? {} : { changedMs }),
        startedMs: clock.now(),
        epochs: epochs ?? config.epochs,
        incremental,
        samplesPerEpoch: config.samplesPerEpoch,
        threads: config.threads,
        niceness: config.niceness,
        marginPercent: config.marginPercent,
        model: model.name,
        modelFolder: model.path,
        data: null,
        heldBackFromMs: span.heldBackFromMs,
      };
      const folder = new JobFolder(join(this.#with.folder, job.id));
      await folder.writeJob(job);
      this.#run(job, folder, span);
      return job;
    } finally {
      this.#isStarting = false;
    }
  }

  /**
   * Stops the training under way for good; the model in use stays.
   * @returns its id
   * @throws TrainingIdleError
   */
  async cancel(): Promise<string> {
    const running = this.#running;
    if (running === null) throw new TrainingIdleError();
    running.wish = 'cancel';
    await running.process?.kill();
    await running.done;
    return running.job.id;
  }

  /** Adds to the log that a taken model gave way to the one before it. */
  async noteRollback(trainingId: string, model: string, reason: string): Promise<void> {
    const taken = this.#ledger.records.findLast(({ training_id: id }) => id === trainingId);
    if (taken === undefined) return;
    const now = new Date(this.#with.clock.now()).toISOString();
    const record = { ...taken, finished_at: now, minutes: 0, outcome: 'rolled_back', reason, model } as const;
    await this.#ledger.append({ ...record, compared_with: taken.model });
    this.#with.metrics.rolledBack();
  }

  /** Stops the training under way so that the next start goes on with it. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    running.wish = 'pause';
    await running.process?.stop();
    await running.done;
  }

  async #modelToTrain(): Promise<{ readonly name: string; readonly path: string }> {
    const { forecast } = this.#with;
    const name = forecast.modelName();
    const { path, problem } = forecast.status();
    if (name === null || path === null) {
      throw new NoModelToTrainError(
        `No model is in use whose network could be trained: ${problem ?? 'none was loaded.'}`,
      );
    }
    if (!(await exists(join(path, TRAIN_GRAPH_FILE)))) {
      throw new NoModelToTrainError(
        `The model '${name}' cannot be trained: it has no ${TRAIN_GRAPH_FILE}. Load one that has (POST /admin/reload-model).`,
      );
    }
    return { name, path };
  }

  #run(job: TrainingJob, folder: JobFolder, span?: TrainingSpan): void {
    const running: Running = {
      job,
      folder,
      state: 'preparing',
      progress: null,
      process: null,
      wish: 'go on',
      done: Promise.resolve(),
    };
    this.#running = running;
    this.#with.metrics.began();
    this.#with.logger.info(
      { training: job.id, trigger: job.trigger, cause: job.cause, epochs: job.epochs },
      'a training begins',
    );
    running.done = this.#carryOut(running, span)
      .catch((error) => this.#endWithError(running, error as Error))
      .finally(() => {
        this.#running = null;
        this.#with.metrics.ended();
      });
  }

  async #carryOut(running: Running, span: TrainingSpan | undefined): Promise<void> {
    if (running.job.data === null) await this.#prepare(running, span);
    let comparison = await running.folder.readComparison();
    for (let crashes = 0; comparison === undefined; ) {
      const message = await this.#runProcess(running);
      comparison = await running.folder.readComparison();
      if (comparison === undefined && ++crashes >= MAX_CRASHES) throw new Error(message);
    }
    this.#heed(running);
    await this.#decide(running, comparison);
  }

  async #prepare(running: Running, given: TrainingSpan | undefined): Promise<void> {
    const { history, holidays, config, clock, leftOut } = this.#with;
    const span = given ?? (await spanOf(history, config, clock.now(), running.job.changedMs));
    const without = [...(await incidentTimes(history, span)), ...(leftOut?.(span.fromMs, span.toMs) ?? [])];
    const data = await writeData(history, running.folder, span, without, config.maxServers, holidays);
    running.job = { ...running.job, data, heldBackFromMs: span.heldBackFromMs };
    this.#heed(running);
    await running.folder.writeJob(running.job);
  }

  /** @returns why it ended without a comparison; of no use where there is one */
  async #runProcess(running: Running): Promise<string> {
    this.#heed(running);
    running.state = 'training';
    running.process = new TrainingProcess(running.folder.path, {
      progress: (progress) => {
        running.progress = progress;
      },
      comparing: () => {
        running.state = 'comparing';
      },
      note: (text) => this.#with.logger.info({ training: running.job.id }, text),
    });
    const { code, signal, message } = await running.process.ended;
    running.process = null;
    this.#heed(running);
    // What it says itself will not be otherwise the next time.
    if (message !== null) throw new Error(message);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    if (code !== 0)
      this.#with.logger.warn({ training: running.job.id }, `The training process ended ${how}.`);
    return `The training process ended ${how} ${MAX_CRASHES} times.`;
  }

  /** @throws Interrupted where the job is to end here */
  #heed(running: Running): void {
    if (running.wish !== 'go on') throw new Interrupted();
  }

  async #decide(running: Running, comparison: Comparison): Promise<void> {
    const { isTaken, reason } = verdictOf(comparison);
    if (!isTaken) {
      await this.#finish(running, 'rejected', reason, null, comparison);
      return;
    }
    running.state = 'activating';
    const model = `${MODEL_PREFIX}${running.job.id}`;
    await this.#activate(running, model);
    await this.#finish(running, 'taken', reason, model, comparison);
    await this.#removeOldModels();
  }

  async #activate({ folder }: Running, model: string): Promise<void> {
    const { modelsFolder, forecast } = this.#with;
    const place = join(modelsFolder, model);
    // After a crash it may lie there already.
    if (!(await exists(place))) {
      await mkdir(modelsFolder, { recursive: true });
      await rename(folder.bundle, place);
    }
    try {
      await forecast.reload(model);
    } catch (error) {
      await rm(place, { recursive: true, force: true });
      throw new Error(`The new model cannot be loaded: ${(error as Error).message}`);
    }
  }

  async #endWithError(running: Running, error: Error): Promise<void> {
    if (error instanceof Interrupted && running.wish === 'pause') return;
    try {
      if (error instanceof Interrupted)
        await this.#finish(running, 'cancelled', 'It was cancelled.', null, null);
      else await this.#finish(running, 'failed', error.message, null, null);
    } catch (reason) {
      this.#with.logger.error(
        { err: reason, training: running.job.id },
        'the end of a training cannot be noted',
      );
    }
  }

  async #finish(
    { job, folder }: Running,
    outcome: TrainingOutcome,
    reason: string,
    model: string | null,
    comparison: Comparison | null,
  ): Promise<void> {
    const { clock, logger, metrics } = this.#with;
    const nowMs = clock.now();
    const record: TrainingRecord = {
      training_id: job.id,
      trigger: job.trigger,
      cause: job.cause ?? null,
      started_at: new Date(job.startedMs).toISOString(),
      finished_at: new Date(nowMs).toISOString(),
      minutes: Math.round(((nowMs - job.startedMs) / MINUTE_MS) * 100) / 100,
      epochs: job.epochs,
      incremental: job.incremental,
      outcome,
      reason,
      model,
      compared_with: job.model,
      data: job.data,
      comparison,
    };
    await this.#ledger.append(record);
    await folder.remove();
    metrics.finished(outcome, (nowMs - job.startedMs) / 1000);
    logger[outcome === 'failed' ? 'error' : 'info']({ training: job.id, outcome, model }, reason);
  }

  /** Keeps the newest trained models and the one in use. */
  async #removeOldModels(): Promise<void> {
    const { forecast, config, modelsFolder } = this.#with;
    const current = forecast.modelName();
    const names = (await forecast.models())
      .map(({ name }) => name)
      .filter((name) => name.startsWith(MODEL_PREFIX));
    for (const name of names.sort().slice(0, -config.keepModels)) {
      if (name !== current) await rm(join(modelsFolder, name), { recursive: true, force: true });
    }
  }
}

function newId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(2).toString('hex')}`;
}
