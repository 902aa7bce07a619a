/** When the past is asked for: of the fleet at the start, and of every server that joins later. */
import type { Clock } from '../../catalog/time.ts';
import type { Logger } from '../persistence/trouble.ts';
import type { FleetView } from '../types.ts';
import { type BackfillTarget, backfillFleet } from './backfill.ts';
import type { BackfillConfig } from './config.ts';

/** Servers of a lost instance arrive within seconds of each other: together they cost one set of queries. */
const LOOK_EVERY_MS = 5000;
/** As long as Prometheus does not answer: twice as long each time, so that a mere restart of it costs seconds. */
const FIRST_RETRY_AFTER_MS = LOOK_EVERY_MS;
const LAST_RETRY_AFTER_MS = 60_000;
/** Keeps a matcher far below any limit on the length of a query. */
const NAMES_A_QUERY = 500;

export interface FleetBackfillOptions {
  readonly config: BackfillConfig;
  readonly fleet: BackfillTarget & Pick<FleetView, 'servers' | 'byName' | 'isWarm'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class FleetBackfill {
  readonly #options: FleetBackfillOptions;
  readonly #stopping = new AbortController();
  /** Servers whose past was asked for. */
  readonly #asked = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #retryAfterMs = FIRST_RETRY_AFTER_MS;

  constructor(options: FleetBackfillOptions) {
    this.#options = options;
  }

  start(): void {
    this.#underWay = this.#startWithFleet().finally(() => {
      this.#underWay = undefined;
    });
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Ends what is asked now, and asks no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#underWay;
  }

  /** Asks for servers that joined since the last look, unless the last questions are still open. */
  look(): void {
    const { clock } = this.#options;
    if (this.#underWay !== undefined || this.#stopping.signal.aborted || clock.now() < this.#notBeforeMs)
      return;
    const names = this.#newcomers();
    if (names.length === 0) return;
    this.#underWay = this.#ask(names).finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Resolves when no question is open. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  async #startWithFleet(): Promise<void> {
    const { config, fleet } = this.#options;
    if (config.servers === 'reporting') {
      const names = [...fleet.servers()].map(({ name }) => name);
      for (let first = 0; first < names.length; first += NAMES_A_QUERY)
        await this.#ask(names.slice(first, first + NAMES_A_QUERY));
      return;
    }
    await this.#backfill();
    for (const { name } of fleet.servers()) this.#asked.add(name);
  }

  async #ask(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { problem } = await this.#backfill(names);
    if (problem === null) {
      for (const name of names) this.#asked.add(name);
      this.#retryAfterMs = FIRST_RETRY_AFTER_MS;
    } else {
      this.#notBeforeMs = this.#options.clock.now() + this.#retryAfterMs;
      this.#retryAfterMs = Math.min(2 * this.#retryAfterMs, LAST_RETRY_AFTER_MS);
    }
  }

  #backfill(names?: readonly string[]) {
    const { config, fleet, clock, logger } = this.#options;
    const signal = this.#stopping.signal;
    return backfillFleet({
      ...{ config, intake: fleet, clock, logger, signal },
      ...(names === undefined ? {} : { names }),
    });
  }

  #newcomers(): readonly string[] {
    const { fleet } = this.#options;
    for (const name of this.#asked) if (fleet.byName(name) === undefined) this.#asked.delete(name);
    const names: string[] = [];
    for (const { name, index } of fleet.servers()) {
      if (this.#asked.has(name)) continue;
      // Its past came with it, or it has been here for hours.
      if (fleet.isWarm(index, fleet.closedStep)) this.#asked.add(name);
      else if (names.push(name) === NAMES_A_QUERY) break;
    }
    return names;
  }
}
