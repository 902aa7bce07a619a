/** The main thread's side of one worker: matches replies to requests and tells when the thread is gone. */

import type { Worker } from 'node:worker_threads';
import type { ForecastBatch } from './batch.ts';
import type {
  ForecastReply,
  InspectReply,
  LoadedReply,
  SessionSettings,
  WorkerReply,
  WorkerRequest,
} from './protocol.ts';

/** The thread ended before it answered. */
export class WorkerGoneError extends Error {
  constructor(reason: string) {
    super(`a worker thread ended: ${reason}`);
  }
}

/** The worker answered that it could not do it. */
export class WorkerFailedError extends Error {}

interface Waiting {
  resolve(reply: WorkerReply): void;
  reject(error: Error): void;
}

type Numbered = Extract<WorkerRequest, { readonly id: number }>;
/** A request before it is numbered. */
type Unnumbered<T> = T extends Numbered ? Omit<T, 'id'> : never;

export class WorkerHandle {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #generations = new Set<number>();
  readonly #gone = Promise.withResolvers<string>();
  #lastId = 0;
  #reason = 'it exited';
  #ended = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (error: Error) => {
      this.#reason = error.message;
    });
    worker.on('exit', () => this.#end());
  }

  /** Resolves with the reason when the thread has ended, whether asked to or not. */
  get gone(): Promise<string> {
    return this.#gone.promise;
  }

  /** Requests not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether it has a session of this generation. */
  has(generation: number): boolean {
    return !this.#ended && this.#generations.has(generation);
  }

  async load(generation: number, graphPath: string, settings: SessionSettings): Promise<LoadedReply> {
    const reply = await this.#request({ kind: 'load', generation, graphPath, settings });
    this.#generations.add(generation);
    return replyOf(reply, 'loaded');
  }

  async forecast(
    generation: number,
    batch: ForecastBatch,
    count: number,
    finish: boolean,
  ): Promise<ForecastReply> {
    return replyOf(await this.#request({ kind: 'forecast', generation, batch, count, finish }), 'forecast');
  }

  async inspect(generation: number, batch: ForecastBatch, count: number): Promise<InspectReply> {
    return replyOf(await this.#request({ kind: 'inspect', generation, batch, count }), 'inspect');
  }

  /** Frees a generation's session once the runs asked for before are done. */
  release(generation: number): void {
    this.#generations.delete(generation);
    this.#post({ kind: 'release', generation });
  }

  /** Ends the thread once the runs asked for before are done. */
  async close(): Promise<void> {
    this.#post({ kind: 'close' });
    await this.gone;
  }

  #request(request: Unnumbered<Numbered>): Promise<WorkerReply> {
    if (this.#ended) return Promise.reject(new WorkerGoneError(this.#reason));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ ...request, id });
    });
  }

  #post(request: WorkerRequest): void {
    if (!this.#ended) this.#worker.postMessage(request);
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === 'failed') waiting?.reject(new WorkerFailedError(reply.message));
    else waiting?.resolve(reply);
  }

  #end(): void {
    this.#ended = true;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new WorkerGoneError(this.#reason));
    this.#gone.resolve(this.#reason);
  }
}

function replyOf<K extends WorkerReply['kind']>(
  reply: WorkerReply,
  kind: K,
): Extract<WorkerReply, { readonly kind: K }> {
  if (!isKind(reply, kind)) throw new Error(`a worker answered '${reply.kind}' instead of '${kind}'`);
  return reply;
}

function isKind<K extends WorkerReply['kind']>(
  reply: WorkerReply,
  kind: K,
): reply is Extract<WorkerReply, { readonly kind: K }> {
  return reply.kind === kind;
}
