/** When cycles run: as steps close, one at a time, and early for servers that wait for their first forecast. */

import type { Clock } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import type { CycleReport } from './cycle.ts';

const LOOK_EVERY_MS = 1000;
/** While servers warm up one by one, a cycle for each would never end. */
const CATCH_UP_EVERY_MS = 5000;

export interface SchedulerOptions {
  readonly fleet: Pick<FleetView, 'closedStep' | 'onStepClosed'>;
  readonly clock: Clock;
  /** Runs one cycle to its end. */
  readonly run: (originStep: number, servers?: readonly Server[]) => Promise<CycleReport>;
  /** Servers that could be forecast from a step and have no forecast. */
  readonly waiting: (step: number) => readonly Server[];
  /** Told of a cycle of the schedule that failed; the schedule goes on. */
  readonly onFailed: (error: unknown) => void;
  /** Told how many steps will never be forecast because cycles take too long. */
  readonly onOverrun: (steps: number) => void;
}

export class CycleScheduler {
  readonly #options: SchedulerOptions;
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #queuedStep: number | undefined;
  #lastCatchUpMs = Number.NEGATIVE_INFINITY;
  #underWay = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#unsubscribe = this.#options.fleet.onStepClosed((step) => this.#onStepClosed(step));
    this.#timer = setInterval(() => this.tick(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Ends the schedule and waits for a cycle that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queuedStep = undefined;
    this.#unsubscribe?.();
    clearInterval(this.#timer);
    await this.#turn;
  }

  /** Runs a cycle as soon as those before it are done. */
  run(originStep: number, servers?: readonly Server[]): Promise<CycleReport> {
    return this.#inTurn(() => this.#options.run(originStep, servers));
  }

  /** Resolves when nothing is under way or queued. */
  async idle(): Promise<void> {
    while (this.#underWay > 0) await this.#turn;
  }

  /**
   * Starts a catch-up where servers wait for their first forecast. It goes over the last two closed steps in order, so
   * that whoever counts steps, such as an alert that must hold for two, need not wait for the clock.
   */
  tick(): void {
    const { clock, fleet, waiting } = this.#options;
    if (this.#stopped || this.#underWay > 0) return;
    const sinceLast = clock.now() - this.#lastCatchUpMs;
    // A clock that was set back must not hold catch-ups up.
    if (sinceLast >= 0 && sinceLast < CATCH_UP_EVERY_MS) return;
    const step = fleet.closedStep;
    const servers = waiting(step);
    if (servers.length === 0) return;
    this.#lastCatchUpMs = clock.now();
    this.run(step - 1, servers).catch(this.#options.onFailed);
    this.run(step, servers).catch(this.#options.onFailed);
  }

  #onStepClosed(step: number): void {
    const isQueued = this.#queuedStep !== undefined;
    if (isQueued) this.#options.onOverrun(1);
    this.#queuedStep = step;
    if (!isQueued) this.#inTurn(() => this.#runQueued()).catch(this.#options.onFailed);
  }

  async #runQueued(): Promise<void> {
    const step = this.#queuedStep;
    this.#queuedStep = undefined;
    if (step !== undefined) await this.#options.run(step);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    this.#underWay++;
    const result = this.#turn.then(task).finally(() => {
      this.#underWay--;
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
