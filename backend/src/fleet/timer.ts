import type { Clock } from '../catalog/time.ts';

/** Timers stand still while the machine sleeps, and clocks are set: look at least this often. */
const LONGEST_WAIT_MS = 30_000;

/** Calls tick() when the next step closes. Does not keep the process alive. */
export class StepTimer {
  readonly #clock: Clock;
  readonly #fleet: { tick(): void; readonly nextClosingMs: number };
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock, fleet: { tick(): void; readonly nextClosingMs: number }) {
    this.#clock = clock;
    this.#fleet = fleet;
  }

  start(): void {
    if (this.#timer === null) this.#schedule();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    const wait = Math.max(1, Math.min(LONGEST_WAIT_MS, this.#fleet.nextClosingMs - this.#clock.now()));
    this.#timer = setTimeout(() => {
      this.#schedule();
      this.#fleet.tick();
    }, wait);
    this.#timer.unref();
  }
}
