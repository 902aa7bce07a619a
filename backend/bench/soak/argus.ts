/** Argus in a process of its own, seen from the run: its clock, its doors, its end. */
import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AppAddresses } from '../../src/app.ts';
import type { Settings } from '../../test/app/support.ts';
import type { FromService, ToService } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./service.ts', import.meta.url));
/** As in service (scripts/setup.mjs), where they hold memory down. */
const FLAGS = ['--max-semi-space-size=4'];
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
/** In the message of DataDirectoryLockedError. */
const LOCKED = 'is in use by process';
const LOCKED_TRIES = 60;
const LOCKED_PAUSE_MS = 500;

export interface StartOptions {
  readonly nowMs: number;
  readonly dataDir: string;
  readonly settings: Settings;
  /** File its log goes to. */
  readonly logFile: string;
}

export class Argus {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  addresses: AppAddresses = { rest: '', otlpGrpc: '', otlpHttp: '' };

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = new Promise((_, reject) => {
      child.once('exit', (code, signal) =>
        reject(new Error(`Argus ended by itself (${signal ?? code}); its log says why.`)),
      );
    });
    this.#ended.catch(() => {});
  }

  /** Starts it; where a run that was killed has left a process behind that is still ending, once that is gone. */
  static async start(options: StartOptions): Promise<Argus> {
    for (let tries = 1; ; tries++) {
      try {
        return await Argus.#startOnce(options);
      } catch (error) {
        if (tries >= LOCKED_TRIES || !String(error).includes(LOCKED)) throw error;
        await sleep(LOCKED_PAUSE_MS);
      }
    }
  }

  static async #startOnce({ logFile, ...options }: StartOptions): Promise<Argus> {
    const child = fork(PROGRAM, [], {
      execArgv: FLAGS,
      env: { ...process.env, ...ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    const argus = new Argus(child);
    try {
      argus.addresses = (await argus.#ask({ kind: 'start', ...options }, 'started')).addresses;
      return argus;
    } catch (error) {
      // Its channel would keep this process from ending.
      argus.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sets the clock; nothing else happens. */
  setClock(nowMs: number): void {
    this.#child.send({ kind: 'clock', nowMs } satisfies ToService);
  }

  /** Sets the clock and waits until everything that is due is done. @returns seconds that took */
  async advance(nowMs: number): Promise<number> {
    return (await this.#ask({ kind: 'advance', nowMs }, 'settled')).seconds;
  }

  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' }, 'stopped');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** @throws Error with what it says is wrong, or where it ended */
  async #ask<Kind extends FromService['kind']>(
    message: ToService,
    kind: Kind,
  ): Promise<Extract<FromService, { kind: Kind }>> {
    const answer = new Promise<FromService>((resolve) => {
      this.#child.once('message', (given) => resolve(given as FromService));
    });
    this.#child.send(message);
    const given = await Promise.race([answer, this.#ended]);
    if (given.kind === 'failed') throw new Error(`Argus failed: ${given.message}`);
    if (given.kind !== kind) throw new Error(`Argus answered '${given.kind}' where '${kind}' was awaited.`);
    return given as Extract<FromService, { kind: Kind }>;
  }
}
