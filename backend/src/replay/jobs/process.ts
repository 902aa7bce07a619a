/** Starts the replay process, answers its question for measurements, and says how it ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { TrainingDataRequest, TrainingFile } from '../../history/protocol.ts';
import { ReplayFailedError } from '../errors.ts';
import type { ReplayProgress, ReplayResult } from '../types.ts';
import {
  type FromReplay,
  faultOf,
  type ReplayFault,
  type ReplayJob,
  scratchOf,
  type ToReplay,
} from './protocol.ts';

const PROGRAM = fileURLToPath(new URL('./worker.ts', import.meta.url));

export type ReplayEnd =
  | { readonly kind: 'done'; readonly result: ReplayResult }
  | { readonly kind: 'failed'; readonly fault: ReplayFault }
  | { readonly kind: 'cancelled' };

export interface ReplayHearing {
  progress(progress: ReplayProgress): void;
  note(text: string): void;
  /** Lets the history write measurements. */
  measure(request: TrainingDataRequest): Promise<TrainingFile>;
}

export class ReplayProcess {
  readonly #child: ChildProcess;
  readonly #hearing: ReplayHearing;
  readonly ended: Promise<ReplayEnd>;
  #end: ReplayEnd | null = null;

  constructor(job: ReplayJob, hearing: ReplayHearing) {
    this.#hearing = hearing;
    this.#child = fork(PROGRAM, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#take(message as FromReplay));
    const ended = new Promise<ReplayEnd>((resolve) => {
      this.#child.once('error', (error) => resolve({ kind: 'failed', fault: faultOf(error) }));
      this.#child.once('exit', (code, signal) =>
        resolve(this.#end ?? endedByItself(signal ?? `code ${code}`)),
      );
    });
    this.ended = ended.finally(() => clearAway(job));
    this.#tell({ kind: 'start', job });
  }

  /** Ends it at once; what it kept on disk stays whole. */
  async cancel(): Promise<void> {
    this.#end ??= { kind: 'cancelled' };
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #tell(message: ToReplay): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #take(message: FromReplay): void {
    if (message.kind === 'progress') this.#hearing.progress(message.progress);
    else if (message.kind === 'note') this.#hearing.note(message.text);
    else if (message.kind === 'measure') void this.#measure(message.request);
    else this.#end ??= message;
  }

  async #measure(request: TrainingDataRequest): Promise<void> {
    try {
      this.#tell({ kind: 'measured', file: await this.#hearing.measure(request) });
    } catch (error) {
      this.#tell({ kind: 'unmeasured', fault: faultOf(error) });
    }
  }
}

/** A process that was killed could not do so itself. */
async function clearAway(job: ReplayJob): Promise<void> {
  await rm(scratchOf(job), { recursive: true, force: true }).catch(() => undefined);
}

function endedByItself(how: string): ReplayEnd {
  return { kind: 'failed', fault: faultOf(new ReplayFailedError(how)) };
}
