/** Runs the training process of a job, and says how it ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromTraining, TrainingProgress } from './types.ts';

const PROGRAM = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Time to write a checkpoint before the process is ended by force; what is lost then is the work since the last one. */
const STOP_GRACE_MS = 10_000;

export interface TrainingHearing {
  progress(progress: TrainingProgress): void;
  comparing(): void;
  note(text: string): void;
}

export interface TrainingEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What went wrong, where it said so. */
  readonly message: string | null;
}

export class TrainingProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<TrainingEnd>;
  #message: string | null = null;

  constructor(jobFolder: string, hearing: TrainingHearing) {
    this.#child = fork(PROGRAM, [jobFolder], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#take(message as FromTraining, hearing));
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve({ code: null, signal: null, message: error.message }));
      this.#child.once('exit', (code, signal) => resolve({ code, signal, message: this.#message }));
    });
  }

  /** Asks it to write its checkpoint and end; ends it by force where it does not. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.ended;
    clearTimeout(force);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #take(message: FromTraining, hearing: TrainingHearing): void {
    if (message.kind === 'progress') hearing.progress(message.progress);
    else if (message.kind === 'comparing') hearing.comparing();
    else if (message.kind === 'note') hearing.note(message.text);
    else this.#message = message.message;
  }
}
