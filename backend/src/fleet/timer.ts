import type { Clock } from '../catalog/time.ts';

/** Timers stand still while the machine sleeps, and clocks are set: look at least this often. */
const LONGEST_WAIT_MS = 30_000;

/** Calls `onTick` when the next step closes, and at least every half minute. Does not keep the process alive. */
export class StepTimer {
  readonly #clock: Clock;
  readonly #nextClosingMs: () => number;
  readonly #onTick: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock, nextClosingMs: () => number, onTick: () => void) {
    this.#clock = clock;
    this.#nextClosingMs = nextClosingMs;
    this.#onTick = onTick;
  }

  start(): void {
    if (this.#timer === null) this.#schedule();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    const wait = Math.max(1, Math.min(LONGEST_WAIT_MS, this.#nextClosingMs() - this.#clock.now()));
    this.#timer = setTimeout(() => {
      this.#onTick();
      if (this.#timer !== null) this.#schedule();
    }, wait);
    this.#timer.unref();
  }
}
