/** The main thread's side of the gradient thread: started when first needed, follows the model in use. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { GradientInputs, GradientReply, GradientRequest } from './gradientProtocol.ts';

export const GRADIENT_GRAPH_FILE = 'grad.onnx';

/** There is no gradient: the model brings no graph, or the thread cannot run it. */
export class NoGradientError extends Error {}

interface Waiting {
  resolve(gradient: Float32Array | null): void;
  reject(error: Error): void;
}

/** The model whose gradients are wanted. */
export interface GradientModel {
  readonly id: string;
  /** Folder of its bundle. */
  readonly folder: string;
}

export class GradientHost {
  readonly #model: () => GradientModel | null;
  readonly #spawn: () => Worker;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #loading: Promise<void> | undefined;
  #loadedId: string | null = null;
  #isReady = false;
  #lastId = 0;

  /**
   * @param model the one in use, or null
   * @param spawn makes the thread; tests give threads that fail
   */
  constructor(
    model: () => GradientModel | null,
    spawn = () => new Worker(new URL('./gradientWorker.ts', import.meta.url), { name: 'argus-gradient' }),
  ) {
    this.#model = model;
    this.#spawn = spawn;
  }

  /** Whether the graph of the model in use is loaded: to load it takes seconds. */
  get isReady(): boolean {
    return this.#isReady && this.#loadedId === this.#model()?.id;
  }

  /** Whether it works on something. */
  get isBusy(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Loads the graph of the model in use, if that is not done.
   * @throws NoGradientError
   */
  async load(): Promise<void> {
    const model = this.#model();
    if (model === null) throw new NoGradientError('no model is loaded');
    if (this.#loading === undefined || this.#loadedId !== model.id) {
      this.#loadedId = model.id;
      this.#isReady = false;
      this.#loading = this.#load(model);
      // Whoever asks next hears of a failure as well.
      this.#loading.catch(() => undefined);
    }
    return this.#loading;
  }

  /**
   * Gradient of Σ quantiles·selector by the windows, [count][WINDOW_STEPS][METRIC_COUNT].
   * @throws NoGradientError
   */
  async run(inputs: GradientInputs): Promise<Float32Array> {
    await this.load();
    const gradient = await this.#request({ kind: 'run', id: ++this.#lastId, inputs });
    if (gradient === null) throw new NoGradientError('the gradient thread gave no gradient');
    return gradient;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    worker.ref();
    worker.postMessage({ kind: 'close' } satisfies GradientRequest);
    await gone;
  }

  async #load({ folder, id }: GradientModel): Promise<void> {
    const graphPath = join(folder, GRADIENT_GRAPH_FILE);
    await access(graphPath).catch(() => {
      throw new NoGradientError(`the model brings no ${GRADIENT_GRAPH_FILE}`);
    });
    this.#worker ??= this.#start();
    await this.#request({ kind: 'load', id: ++this.#lastId, graphPath });
    // Another model may have taken over meanwhile, whose graph is loaded next.
    this.#isReady = this.#loadedId === id;
  }

  #start(): Worker {
    const worker = this.#spawn();
    worker.unref();
    worker.on('message', (reply: GradientReply) => this.#settle(reply));
    worker.on('error', (error: Error) => this.#end(error.message));
    worker.on('exit', () => this.#end('it exited'));
    return worker;
  }

  #request(request: Exclude<GradientRequest, { kind: 'close' }>): Promise<Float32Array | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      if (this.#worker === undefined) return this.#end('it is gone');
      // Only while it is asked for something may the thread keep the process alive.
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  #settle(reply: GradientReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (reply.kind === 'failed') waiting?.reject(new NoGradientError(reply.message));
    else waiting?.resolve(reply.kind === 'gradient' ? reply.gradient : null);
  }

  /** The next request starts another thread. */
  #end(reason: string): void {
    this.#worker = undefined;
    this.#loading = undefined;
    this.#isReady = false;
    for (const { reject } of this.#waiting.values()) {
      reject(new NoGradientError(`the gradient thread ended: ${reason}`));
    }
    this.#waiting.clear();
  }
}
