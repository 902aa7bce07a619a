/** The backend's side of the history process: starts it, asks it, starts it again where it ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger } from 'fastify';
import { HistoryBusy, HistoryDiskFull, HistoryTimeout, HistoryUnavailable } from './errors.ts';
import type {
  DamagedFile,
  ExportRequest,
  FromHistory,
  QuestionName,
  Questions,
  StartSettings,
  ToHistory,
  TroubleMessage,
} from './protocol.ts';

const PROGRAM = fileURLToPath(new URL('./store/main.ts', import.meta.url));
/** Wait before a process that ended by itself is started again; doubled each time it happens, up to the longest. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A process that ran this long starts again without a grudge. */
const STEADY_MS = 60_000;
/** A reader of an export that takes nothing for this long is given up. */
const SLOWEST_READER_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const CHUNKS_AHEAD = 2;

export interface HistoryClientOptions {
  readonly settings: StartSettings;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  readonly onDamaged?: (file: DamagedFile) => void;
  readonly onRemoved?: (day: string, reason: string) => void;
  /** The process has ended by itself. */
  readonly onLost?: () => void;
  /** The process is there again after it had ended. */
  readonly onBack?: () => void;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface Outlet {
  readonly stream: Readable;
  pending: number;
  deadline: NodeJS.Timeout | null;
}

const STARTING = 'The history is starting; ask again in a few seconds.';
const DOWN = 'The history process has ended and is being started again; forecasts go on meanwhile.';

export class HistoryClient {
  readonly #options: HistoryClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #outlets = new Map<number, Outlet>();
  #child: ChildProcess | null = null;
  #isReady = false;
  #ready: Promise<void> = Promise.resolve();
  #announceReady: () => void = () => {};
  #nextId = 1;
  #isStopping = false;
  #pauseMs = FIRST_PAUSE_MS;
  #startedMs = 0;
  #restart: NodeJS.Timeout | null = null;
  #problem: string | null = STARTING;

  constructor(options: HistoryClientOptions) {
    this.#options = options;
  }

  /** Why nothing can be asked now; null where it can. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Starts the process; resolves when it can be asked, or has ended for the first time. */
  start(): Promise<void> {
    this.#spawn();
    return this.#ready;
  }

  /**
   * @throws HistoryUnavailable, HistoryBusy, HistoryTimeout, HistoryDiskFull
   */
  ask<Name extends QuestionName>(
    name: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (!this.#isReady || this.#child === null) {
        reject(new HistoryUnavailable(this.#problem ?? DOWN));
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Questions[Name]['answer']), reject });
      this.#tell({ kind: 'ask', id, name, ask });
    });
  }

  /**
   * A table as a stream of bytes, made only as fast as it is read.
   * @throws HistoryUnavailable
   */
  export(request: ExportRequest): Readable {
    if (!this.#isReady || this.#child === null) throw new HistoryUnavailable(this.#problem ?? DOWN);
    const id = this.#nextId++;
    const stream = new Readable({
      highWaterMark: CHUNKS_AHEAD,
      objectMode: true,
      read: () => this.#taken(id),
      destroy: (error, callback) => {
        if (this.#outlets.delete(id)) this.#tell({ kind: 'cancel', id });
        callback(error);
      },
    });
    this.#outlets.set(id, { stream, pending: 0, deadline: null });
    this.#tell({ kind: 'export', id, request });
    return stream;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#problem = 'Argus is stopping.';
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#tell({ kind: 'stop' });
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(kill);
  }

  #tell(message: ToHistory): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  #spawn(): void {
    this.#ready = new Promise((resolve) => {
      this.#announceReady = resolve;
    });
    this.#startedMs = performance.now();
    const child = fork(PROGRAM, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message) => this.#take(message as FromHistory));
    child.on('error', (error) => this.#options.logger.error({ err: error }, 'the history process failed'));
    child.once('exit', (code, signal) => this.#ended(child, code, signal));
    this.#tell({ kind: 'start', settings: this.#options.settings });
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#child !== child) return;
    this.#child = null;
    const wasReady = this.#isReady;
    this.#isReady = false;
    this.#problem = DOWN;
    this.#failAll();
    this.#announceReady();
    if (this.#isStopping) return;
    if (wasReady) this.#options.onLost?.();
    if (performance.now() - this.#startedMs > STEADY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#options.logger.error(
      { code, signal, againInMs: this.#pauseMs },
      'the history process ended; it is started again, and forecasts go on',
    );
    this.#restart = setTimeout(() => this.#spawn(), this.#pauseMs);
    this.#restart.unref();
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  #failAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new HistoryUnavailable(DOWN));
    this.#waiting.clear();
    for (const { stream } of this.#outlets.values()) stream.destroy(new HistoryUnavailable(DOWN));
    this.#outlets.clear();
  }

  #take(message: FromHistory): void {
    const { logger, onDamaged, onRemoved } = this.#options;
    switch (message.kind) {
      case 'ready':
        this.#becomeReady();
        break;
      case 'answer':
        this.#settle(message.id)?.resolve(message.answer);
        break;
      case 'failed':
        this.#fail(message.id, errorOf(message.trouble));
        break;
      case 'chunk':
        this.#pour(message.id, message.bytes);
        break;
      case 'end':
        this.#finish(message.id);
        break;
      case 'notice':
        logger[message.level](message.message);
        break;
      case 'damaged':
        onDamaged?.(message.file);
        break;
      case 'removed':
        onRemoved?.(message.day, message.reason);
        break;
    }
  }

  #becomeReady(): void {
    const isAgain = this.#problem === DOWN;
    this.#isReady = true;
    this.#problem = null;
    this.#announceReady();
    if (isAgain) this.#options.onBack?.();
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #fail(id: number, error: Error): void {
    const outlet = this.#outlets.get(id);
    if (outlet === undefined) {
      this.#settle(id)?.reject(error);
      return;
    }
    this.#outlets.delete(id);
    if (outlet.deadline !== null) clearTimeout(outlet.deadline);
    outlet.stream.destroy(error);
  }

  /** Passes a chunk on; the next one comes when the reader has room. */
  #pour(id: number, bytes: Uint8Array): void {
    const outlet = this.#outlets.get(id);
    if (outlet === undefined) return;
    outlet.pending++;
    outlet.deadline = setTimeout(
      () => outlet.stream.destroy(new HistoryUnavailable('The export was not read for a minute.')),
      SLOWEST_READER_MS,
    );
    if (outlet.stream.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) this.#taken(id);
  }

  #taken(id: number): void {
    const outlet = this.#outlets.get(id);
    if (outlet === undefined || outlet.pending === 0) return;
    outlet.pending--;
    if (outlet.deadline !== null) clearTimeout(outlet.deadline);
    outlet.deadline = null;
    this.#tell({ kind: 'taken', id });
  }

  #finish(id: number): void {
    const outlet = this.#outlets.get(id);
    this.#outlets.delete(id);
    if (outlet?.deadline != null) clearTimeout(outlet.deadline);
    outlet?.stream.push(null);
  }
}

/** The error a client gets for what the history process met. */
function errorOf({ code, message }: TroubleMessage): Error {
  if (code === 'ARGUS_HISTORY_BUSY') return new HistoryBusy();
  const coded = { ARGUS_HISTORY_TIMEOUT: HistoryTimeout, ARGUS_HISTORY_DISK_FULL: HistoryDiskFull };
  const known = code in coded ? coded[code as keyof typeof coded] : undefined;
  if (known === undefined) return new Error(`The history could not answer: ${message}`);
  // The message has its values in it already.
  return Object.assign(new known(0 as never), { message });
}
