/** Builds the forecast stage and connects its parts. */

import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { Registry } from 'prom-client';
import { HolidayBook } from '../catalog/holidays.ts';
import type { Clock } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import type { ForecastConfig } from './config.ts';
import { type ConsumeChunk, type CycleReport, ForecastCycle } from './cycle.ts';
import { type LearnedState, Learning, type ScoreListener } from './learning.ts';
import { ForecastMetrics } from './metrics.ts';
import { type ForecastLogger, ModelHost } from './model.ts';
import { ModelFolders, type ModelListing } from './modelFolders.ts';
import { WorkerPool } from './pool.ts';
import { detectHardware, type Hardware, providerOrder } from './providers.ts';
import { type ForecastReruns, Reruns } from './rerun.ts';
import type { TargetReport } from './rivals.ts';
import { CycleScheduler } from './scheduler.ts';
import { ForecastStore } from './store.ts';
import type { ForecastView, ModelStatus } from './types.ts';

const SECOND_MS = 1000;

export interface ForecastStageOptions {
  readonly fleet: FleetView;
  readonly clock: Clock;
  readonly config: ForecastConfig;
  readonly registry: Registry;
  readonly logger: ForecastLogger;
  /** Folders with bundles: the one new models and the choice are written to first, the shipped one last. */
  readonly modelFolders: readonly string[];
  /** Measured steps a server needs before it is forecast, as the fleet is configured. */
  readonly warmupSteps: number;
  /** Called on the main thread for each chunk of forecasts; its arrays are used again when it returns. */
  readonly consume: ConsumeChunk;
  /** Called when a model was loaded, before it forecasts anything in service, with its bundle's folder; must not reject. */
  readonly onModelLoaded?: (bundleFolder: string) => Promise<void>;
  /** What the machine has; looked up where it is not given. */
  readonly hardware?: Hardware;
  /** Makes a worker thread; tests give threads that fail. */
  readonly spawn?: () => Worker;
}

/** The newest finished cycle. */
export interface FinishedCycle extends CycleReport {
  readonly finishedAtMs: number;
}

export type CycleListener = (cycle: FinishedCycle) => void | Promise<void>;

export interface ForecastStage {
  readonly view: ForecastView;
  /** What may be kept across a restart; to be restored before start(). */
  readonly learned: LearnedState;
  status(): ModelStatus;
  /** Null before the first cycle. */
  lastCycle(): FinishedCycle | null;
  /** Loads the model and lets cycles run by the clock. Without a usable model baselines serve. */
  start(): Promise<void>;
  /** Ends the schedule, waits for what is under way, and frees sessions and threads. */
  stop(): Promise<void>;
  /** Forecasts every server from a closed step, after cycles that are under way. */
  runCycle(originStep: number): Promise<CycleReport>;
  /** Forecasts servers that wait for their first forecast now, if the last time was a while ago. */
  catchUp(): Promise<void>;
  /** Resolves when no cycle is under way or queued. */
  idle(): Promise<void>;
  /**
   * Changes the model while it serves; without a name, loads the one in use again. On an error it stays.
   * @returns name of the model in use
   * @throws ModelNameError, ModelNotFoundError, ReloadInProgressError and the errors of a bundle that cannot be used
   */
  reload(name?: string): Promise<string>;
  /** Name of the bundle in use; null while baselines serve. */
  modelName(): string | null;
  /** Bundles that could be loaded. */
  models(): Promise<readonly ModelListing[]>;
  /** The next cycle waits for a promise the listener returns. @returns a function that ends the subscription */
  onCycleFinished(listener: CycleListener): () => void;
  /** Called for each target and horizon of a network's forecast whose truth has come. @returns a function that ends it */
  onScored(listener: ScoreListener): () => void;
  /** How a server's target has been forecast over the last day. */
  reportOf(server: number, target: number): TargetReport;
  /** What the network is told are holidays. */
  readonly holidays: HolidayBook;
  /** Forecasts of windows as they might have been. */
  readonly reruns: ForecastReruns;
}

/**
 * Builds the stage; nothing runs before start(), but worker threads are there to be stopped.
 * @throws RangeError for a configured holiday that is no date
 */
export function createForecastStage(options: ForecastStageOptions): ForecastStage {
  const { fleet, clock, config, logger, consume } = options;
  const holidays = new HolidayBook(config.holidays);
  const folders = new ModelFolders(options.modelFolders);
  const metrics = new ForecastMetrics(options.registry);
  const store = new ForecastStore(fleet, options.warmupSteps);
  const pool = createPool(options);
  const model = new ModelHost(pool, metrics, logger);
  const { chunkServers, adaptiveBands, fallback } = config;
  const scoreListeners = new Set<ScoreListener>();
  const learning = new Learning({
    adaptiveBands,
    fallback,
    onScored: (scored) => {
      for (const listener of scoreListeners) listener(scored);
    },
    onChanged: (target) => metrics.forecasterChanged(target),
  });
  const cycle = new ForecastCycle({
    fleet,
    pool,
    model,
    store,
    metrics,
    logger,
    holidays,
    learning,
    chunkServers,
    adaptiveBands,
  });
  const listeners = new Set<CycleListener>();
  let lastCycle: FinishedCycle | null = null;

  const finish = async (report: CycleReport): Promise<void> => {
    const finishedAtMs = clock.now();
    lastCycle = { ...report, finishedAtMs };
    const { servers, baselineServers } = report;
    metrics.cycleFinished(report.durationSeconds, finishedAtMs / SECOND_MS, {
      model: servers - baselineServers,
      baseline: baselineServers,
    });
    for (const listener of listeners) await callListener(listener, lastCycle, logger);
  };
  const scheduler = new CycleScheduler({
    fleet,
    clock,
    waiting: (step) => cycle.waiting(step),
    onFailed: (error) => logger.error({ err: error }, 'a forecast cycle failed'),
    onOverrun: (steps) => {
      metrics.stepsOverrun(steps);
      logger.warn({ steps }, 'forecast cycles take longer than a step; a step was left out');
    },
    run: async (originStep, servers) => {
      const report = await cycle.run(originStep, consume, servers);
      await finish(report);
      return report;
    },
  });
  const unsubscribe = fleet.onServerLeft((server) => cycle.forget(server));

  return {
    view: store,
    learned: learning,
    status: () => model.status(),
    lastCycle: () => lastCycle,
    async start() {
      await model.start(() => folders.configured(config.model));
      if (model.bundle !== undefined) {
        learning.modelLoaded(model.bundle.manifest.id);
        await options.onModelLoaded?.(model.bundle.path);
      }
      scheduler.start();
    },
    async stop() {
      cycle.stop();
      unsubscribe();
      await scheduler.stop();
      await pool.close();
    },
    runCycle: (originStep) => scheduler.run(originStep),
    catchUp() {
      scheduler.tick();
      return scheduler.idle();
    },
    idle: () => scheduler.idle(),
    async reload(name) {
      const inUse = async (): Promise<string> => model.bundle?.path ?? folders.configured(config.model);
      const bundle = await model.load(name === undefined ? await inUse() : await folders.find(name));
      learning.modelLoaded(bundle.manifest.id);
      await options.onModelLoaded?.(bundle.path);
      if (name !== undefined) await rememberChoice(folders, name, logger);
      return bundle.name;
    },
    modelName: () => model.bundle?.name ?? null,
    models: () => folders.list(),
    onCycleFinished(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onScored(listener) {
      scoreListeners.add(listener);
      return () => scoreListeners.delete(listener);
    },
    reportOf: (server, target) => learning.reportOf(server, target),
    holidays,
    reruns: new Reruns({ fleet, pool, model, view: store, learning, holidays, adaptiveBands }),
  };
}

function createPool({ config, logger, hardware, spawn }: ForecastStageOptions): WorkerPool {
  return new WorkerPool({
    workers: config.workers === 0 ? availableParallelism() : config.workers,
    queueLimit: config.queueLimit,
    session: {
      providers: providerOrder(config.providers, hardware ?? detectHardware()),
      threads: config.threadsPerWorker,
      warmUpServers: config.warmUp ? config.chunkServers : 0,
    },
    onWorkerLost: (reason) => logger.error({ reason }, 'a forecast worker ended; another takes its place'),
    onWorkerUnfit: (reason) => logger.error({ reason }, 'a new forecast worker cannot load the model'),
    ...(spawn === undefined ? {} : { spawn }),
  });
}

async function callListener(
  listener: CycleListener,
  cycle: FinishedCycle,
  logger: ForecastLogger,
): Promise<void> {
  try {
    await listener(cycle);
  } catch (error) {
    logger.error({ err: error }, 'what follows a forecast cycle failed');
  }
}

/** A choice that cannot be written holds until the next start. */
async function rememberChoice(folders: ModelFolders, name: string, logger: ForecastLogger): Promise<void> {
  try {
    await folders.setCurrent(name);
  } catch (error) {
    logger.warn(
      { err: error },
      'the chosen model could not be noted; after a restart the earlier one is used',
    );
  }
}
