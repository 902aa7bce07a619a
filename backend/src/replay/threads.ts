/** Spreads the servers of a replay over threads. */
import { Worker } from 'node:worker_threads';
import { ReplayFailedError } from './errors.ts';
import type { FromThread, ServerReplay, ThreadSettings, ThreadTask } from './thread.ts';

const PROGRAM = new URL('./thread.ts', import.meta.url);

export interface ThreadsOptions {
  readonly settings: ThreadSettings;
  readonly threads: number;
  readonly tasks: readonly ThreadTask[];
  readonly signal: AbortSignal;
  /** Hears of each server that is done, in any order. */
  readonly done: (server: ServerReplay) => void;
}

/** @throws ReplayFailedError, and the reason of the signal */
export async function runThreads(options: ThreadsOptions): Promise<void> {
  const { settings, threads, tasks, signal } = options;
  const queue = tasks.values();
  const workers = Array.from({ length: Math.min(threads, tasks.length) }, () => {
    return new Worker(PROGRAM, { workerData: settings });
  });
  try {
    await Promise.all(workers.map((worker) => lane(worker, queue, options)));
    signal.throwIfAborted();
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives one thread a server at a time until none is left. */
function lane(worker: Worker, queue: Iterator<ThreadTask>, { signal, done }: ThreadsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const task = queue.next();
      if (task.done) resolve();
      else worker.postMessage(task.value);
    };
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'failed') {
        reject(new ReplayFailedError(message.message));
        return;
      }
      done(message.server);
      next();
    });
    worker.once('error', (error) => reject(new ReplayFailedError(error.message)));
    worker.once('exit', (code) => reject(new ReplayFailedError(`a thread ended with ${code}`)));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
    else next();
  });
}
