import type { FastifyBaseLogger } from 'fastify';
import type { Clock } from '../../catalog/time.ts';

export type Logger = Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;

const LOG_EVERY_MS = 60_000;

/** Counts failures of the disk, and logs them once a minute at most: a full disk fails thousands of times. */
export class DiskTrouble {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #loggedMs = Number.NEGATIVE_INFINITY;
  count = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @param consequence what does not work now, and what to do */
  report(consequence: string, error: unknown): void {
    this.count++;
    const now = this.#clock.now();
    if (Math.abs(now - this.#loggedMs) < LOG_EVERY_MS) return;
    this.#loggedMs = now;
    this.#logger.error({ err: error, errors: this.count }, consequence);
  }
}
