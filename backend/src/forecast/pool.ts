/**
 * Worker threads that run the network.
 *
 * A model is a generation: a number under which each worker has a session. A new generation is loaded beside the old one,
 * proves itself against the golden forecasts, and only then takes over; runs handed out before end on the old one, which
 * is released after them. So nothing fails while models change.
 */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ForecastBatch } from './batch.ts';
import { createBatch } from './batch.ts';
import type { Bundle } from './bundle.ts';
import { FORECAST_GRAPH_FILE } from './bundle.ts';
import { ModelLoadError, ModelUnavailableError, PoolFailedError, PoolOverloadedError } from './errors.ts';
import { checkGolden } from './golden.ts';
import type { Inspection, ProviderName, ProviderProblem, SessionSettings } from './protocol.ts';
import { WorkerGoneError, WorkerHandle } from './workerHandle.ts';

/** Runs a worker holds at once: one it works on and one so that it need not wait for the main thread. */
export const RUNS_A_WORKER = 2;
/** A run is tried again once when its worker dies under it; a second death is blamed on the run. */
const ATTEMPTS = 2;
/** Pause before a worker that died is replaced, doubled with every death in a row. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

export interface PoolOptions {
  readonly workers: number;
  readonly queueLimit: number;
  readonly session: SessionSettings;
  /** Told of each worker that ended without being asked to. */
  readonly onWorkerLost?: (reason: string) => void;
  /** Told when the replacement of a lost worker cannot load the model. */
  readonly onWorkerUnfit?: (reason: string) => void;
  /** Makes a thread; tests give threads that fail. */
  readonly spawn?: () => Worker;
}

export interface LoadedModel {
  readonly provider: ProviderName;
  /** Providers tried before and why they did not load, each once. */
  readonly problems: readonly ProviderProblem[];
}

interface Generation {
  readonly number: number;
  readonly bundle: Bundle;
}

/**
 * Background windows that may be run during a cycle, as a share of its servers: an explanation in a fleet of thousands need
 * not wait for the cycle to end. What is done with a window on the main thread doubles its cost, so the cycle becomes longer
 * by about twice this share.
 */
const BACKGROUND_SHARE = 0.04;
/** A cycle of fewer servers is over sooner than an explanation would be. */
const LEAST_SHARED_SERVERS = 1000;

/**
 * Cycles come first: background work goes to a worker that has nothing to do, and during a cycle is held back but for a
 * small allowance.
 */
export type Priority = 'cycle' | 'background';

interface Job {
  /** Runs on a worker that has the generation. */
  run(worker: WorkerHandle, generation: number): Promise<void>;
  reject(error: Error): void;
  readonly priority: Priority;
  /** Windows it runs the network on. */
  readonly windows: number;
  attempts: number;
}

const spawnWorker = (): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), { name: 'argus-forecast' });

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<WorkerHandle>();
  readonly #queues: Readonly<Record<Priority, Job[]>> = { cycle: [], background: [] };
  readonly #pauses = new Set<NodeJS.Timeout>();
  #running = 0;
  /** Cycles under way: between two of their calls a worker may be idle, and is not to be found busy by the next. */
  #cycles = 0;
  /** Background windows that may still be run before the cycles under way have ended. */
  #allowance = 0;
  #deaths = 0;
  #lastGeneration = 0;
  #current: Generation | undefined;
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.workers; i++) this.#start();
  }

  get workerCount(): number {
    return this.#options.workers;
  }

  /**
   * Fills the batch's quantiles for its first `count` servers; bands are stretched, unmeasured targets NaN. The batch
   * belongs to the pool until the promise settles.
   * @returns seconds spent in the network
   * @throws ModelUnavailableError, PoolOverloadedError, PoolFailedError
   */
  forecast(batch: ForecastBatch, count: number, priority: Priority = 'cycle'): Promise<number> {
    return this.#enqueue(
      priority,
      count,
      async (worker, generation) => (await worker.forecast(generation, batch, count, true)).seconds,
    );
  }

  /**
   * The network's diagnostics for the first `count` servers of a batch, after what cycles ask for.
   * @throws ModelUnavailableError, PoolOverloadedError, PoolFailedError
   */
  inspect(batch: ForecastBatch, count: number): Promise<Inspection> {
    return this.#enqueue('background', count, (worker, generation) =>
      worker.inspect(generation, batch, count),
    );
  }

  /**
   * Holds background work back, but for a small share, until the cycle ends.
   * @param servers that the cycle forecasts
   * @returns a function that says it has ended
   */
  holdBackground(servers: number): () => void {
    this.#cycles++;
    if (servers >= LEAST_SHARED_SERVERS) this.#allowance += Math.floor(BACKGROUND_SHARE * servers);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#cycles--;
      if (this.#cycles === 0) this.#allowance = 0;
      this.#dispatch();
    };
  }

  /**
   * Loads a bundle in every worker, checks it against its golden forecasts and lets it take over. On failure the model
   * that was there goes on. Not to be called again before it has settled.
   * @throws ModelLoadError, GoldenMismatchError
   */
  async load(bundle: Bundle): Promise<LoadedModel> {
    const number = ++this.#lastGeneration;
    const workers = [...this.#workers];
    if (workers.length === 0) throw new ModelLoadError(bundle.name, 'no worker thread is running');
    try {
      const loaded = await settleAll(workers.map((worker) => this.#loadInto(worker, number, bundle)));
      this.#takeOver({ number, bundle });
      return { provider: loaded[0].provider, problems: distinct(loaded.flatMap(({ problems }) => problems)) };
    } catch (error) {
      for (const worker of workers) worker.release(number);
      throw error;
    }
  }

  /** Waits for runs in progress, refuses those that wait, and ends the threads. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    this.#rejectQueue(new PoolFailedError('the service is stopping'));
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  async #loadInto(worker: WorkerHandle, generation: number, bundle: Bundle): Promise<LoadedModel> {
    try {
      return await loadProven(worker, generation, bundle, this.#options.session);
    } catch (error) {
      // onnxruntime names files by path, which is no business of an API client.
      if (!isCoded(error))
        throw new ModelLoadError(bundle.name, messageOf(error).replaceAll(bundle.path, '…'));
      throw error;
    }
  }

  #takeOver(generation: Generation): void {
    const old = this.#current;
    this.#current = generation;
    this.#deaths = 0;
    for (const worker of this.#workers) {
      if (old !== undefined) worker.release(old.number);
      // A worker that was started meanwhile has the old model only.
      if (!worker.has(generation.number)) void this.#bringUpToDate(worker);
    }
    this.#dispatch();
  }

  #enqueue<T>(
    priority: Priority,
    windows: number,
    run: (worker: WorkerHandle, generation: number) => Promise<T>,
  ): Promise<T> {
    const queue = this.#queues[priority];
    if (this.#closing) return Promise.reject(new PoolFailedError('the service is stopping'));
    if (this.#current === undefined) return Promise.reject(new ModelUnavailableError('none has been loaded'));
    if (queue.length >= this.#options.queueLimit) {
      return Promise.reject(new PoolOverloadedError(queue.length));
    }
    return new Promise((resolve, reject) => {
      const job: Job = {
        run: async (worker, generation) => resolve(await run(worker, generation)),
        reject,
        priority,
        windows,
        attempts: 0,
      };
      queue.push(job);
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const generation = this.#current?.number;
    if (generation === undefined) return;
    this.#handOut(this.#queues.cycle, generation, RUNS_A_WORKER);
    const { background, cycle } = this.#queues;
    if (this.#cycles > 0) {
      // Behind the runs of the cycle that a worker holds, which therefore never waits for work.
      this.#allowance = this.#handOut(background, generation, RUNS_A_WORKER + 1, this.#allowance);
    } else if (cycle.length === 0) this.#handOut(background, generation, 1);
  }

  /**
   * @param runs a worker may hold for this queue
   * @param windows that may be run in all
   * @returns windows that may still be run
   */
  #handOut(queue: Job[], generation: number, runs: number, windows = Number.POSITIVE_INFINITY): number {
    let left = windows;
    while (queue.length > 0 && queue[0].windows <= left) {
      const worker = this.#leastBusy(generation, runs);
      if (worker === undefined) break;
      const job = queue.shift();
      if (job === undefined) break;
      left -= job.windows;
      void this.#run(job, worker, generation);
    }
    return left;
  }

  #leastBusy(generation: number, runs: number): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    for (const worker of this.#workers) {
      if (!worker.has(generation) || worker.waiting >= runs) continue;
      if (best === undefined || worker.waiting < best.waiting) best = worker;
    }
    return best;
  }

  async #run(job: Job, worker: WorkerHandle, generation: number): Promise<void> {
    job.attempts++;
    this.#running++;
    try {
      await job.run(worker, generation);
      this.#deaths = 0;
    } catch (error) {
      const again = error instanceof WorkerGoneError && job.attempts < ATTEMPTS && !this.#closing;
      if (again) this.#queues[job.priority].unshift(job);
      else job.reject(new PoolFailedError(messageOf(error)));
    } finally {
      this.#running--;
      if (this.#running === 0) this.#drained?.();
    }
    this.#dispatch();
  }

  #start(): void {
    const worker = new WorkerHandle((this.#options.spawn ?? spawnWorker)());
    this.#workers.add(worker);
    void worker.gone.then((reason) => this.#lose(worker, reason));
    if (this.#current !== undefined) void this.#bringUpToDate(worker);
  }

  /** Gives a worker the current model, however often that changes meanwhile. */
  async #bringUpToDate(worker: WorkerHandle): Promise<void> {
    for (
      let wanted = this.#current;
      wanted !== undefined && !worker.has(wanted.number);
      wanted = this.#current
    ) {
      try {
        await this.#loadInto(worker, wanted.number, wanted.bundle);
      } catch (error) {
        this.#options.onWorkerUnfit?.(messageOf(error));
        // Ended rather than kept idle, so that it is replaced after a pause.
        await worker.close();
        return;
      }
      if (wanted.number !== this.#current?.number) worker.release(wanted.number);
    }
    this.#dispatch();
  }

  #lose(worker: WorkerHandle, reason: string): void {
    this.#workers.delete(worker);
    if (this.#closing) return;
    this.#options.onWorkerLost?.(reason);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#deaths);
    this.#deaths++;
    // With nobody left, callers are told now instead of waiting for a replacement that may fail as well.
    if (this.#workers.size === 0 && this.#deaths > this.#options.workers) {
      this.#rejectQueue(new PoolFailedError(`no worker is left; the last one ended: ${reason}`));
    }
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#start();
    }, pauseMs);
    this.#pauses.add(pause);
  }

  #rejectQueue(error: Error): void {
    for (const queue of Object.values(this.#queues)) {
      for (const job of queue.splice(0)) job.reject(error);
    }
  }
}

/** Loads a model in one worker with the first provider that loads it and repeats its golden forecasts. */
async function loadProven(
  worker: WorkerHandle,
  generation: number,
  bundle: Bundle,
  settings: SessionSettings,
): Promise<LoadedModel> {
  const graphPath = join(bundle.path, FORECAST_GRAPH_FILE);
  const problems: ProviderProblem[] = [];
  for (let providers = settings.providers; ; ) {
    const loaded = await worker.load(generation, graphPath, { ...settings, providers });
    const { provider } = loaded;
    problems.push(...loaded.problems);
    try {
      await checkWorker(worker, generation, bundle);
      return { provider, problems };
    } catch (error) {
      const rest = providers.slice(providers.indexOf(provider) + 1);
      if (rest.length === 0 || error instanceof WorkerGoneError) throw error;
      // A graphics driver that computes something else is no reason to go without a model.
      problems.push({ provider, message: messageOf(error) });
      worker.release(generation);
      providers = rest;
    }
  }
}

/** Runs the golden windows in one worker and compares. */
async function checkWorker(worker: WorkerHandle, generation: number, bundle: Bundle): Promise<void> {
  const { golden, manifest, name } = bundle;
  const batch = createBatch(golden.count);
  batch.window.set(golden.window);
  batch.calendar.set(golden.calendar);
  batch.profile.set(golden.profile);
  batch.server.set(golden.server);
  await worker.forecast(generation, batch, golden.count, false);
  checkGolden(golden, batch.quantiles, manifest.golden, name);
}

/** All results, or the first failure once nothing is under way any more. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function distinct(problems: readonly ProviderProblem[]): readonly ProviderProblem[] {
  return [...new Map(problems.map((problem) => [problem.provider, problem])).values()];
}

function isCoded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ARGUS_');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
