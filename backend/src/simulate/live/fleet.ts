/** A fleet of simulated machines that report over OTLP: first their past, then the present. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../catalog/time.ts';
import { STEP_MS, stepOf, stepStartMs, systemClock } from '../../catalog/time.ts';
import { nameServer } from '../names.ts';
import { RandomStream } from '../random.ts';
import { SimulatedServer } from '../server.ts';
import { createExporter, Delivery, reportDiagnostics } from './delivery.ts';
import { historyPointMs, Machine } from './machine.ts';
import type { FleetOptions } from './options.ts';
import { checkFleetOptions } from './options.ts';
import { assignTroubles, planMachine } from './scenarios.ts';

/** Steps simulated before the first that is sent, so that no state still shows how it started. */
const WARM_UP_STEPS = 288;
/** Past steps that travel in one export: few exports, and still far below any limit on message size. */
const STEPS_PER_EXPORT = 48;
/** Exports under way at once; the SDK refuses more than 30. */
const CONCURRENT_EXPORTS = 8;
/** How often a faster-than-real replay looks at the clock. */
const REPLAY_TICK_MS = 250;
/** Most live points of one machine in one export, where it has to catch up. */
const TIMES_PER_EXPORT = 40;

/** What a fleet has sent so far. */
export interface FleetStatistics {
  readonly servers: number;
  readonly exports: number;
  readonly points: number;
}

export interface FleetHandle {
  /** Resolves when the past has arrived; rejects with ARGUS_SIMULATE_REFUSED where it is refused. */
  readonly historySent: Promise<FleetStatistics>;
  /** Resolves after stop(); rejects with ARGUS_SIMULATE_REFUSED where the receiver refuses the metrics for good. */
  readonly finished: Promise<void>;
  statistics(): FleetStatistics;
  /** Ends the sending; waits for exports that are under way. */
  stop(): Promise<void>;
}

/** What the surroundings offer; all of it has a default. */
export interface FleetSurroundings {
  readonly clock?: Clock;
  /** Takes one line of progress or trouble. */
  readonly print?: (line: string) => void;
}

function createMachines(options: Required<FleetOptions>, firstStep: number, nowStep: number): Machine[] {
  const { servers, seed, scenario, fromServer } = options;
  const troubles = assignTroubles(scenario, servers, seed, fromServer);
  return Array.from({ length: servers }, (_, index) => {
    const { number, name, profile } = nameServer(fromServer + index);
    const plan = planMachine(troubles.get(index), nowStep, new RandomStream(seed, `plan ${number}`));
    const server = new SimulatedServer({
      seed,
      number,
      name,
      profile,
      firstStep: firstStep - WARM_UP_STEPS,
      cascadeOnsets: new Set(),
      regimeChangeStep: Number.POSITIVE_INFINITY,
      script: plan.script,
      adjustTraits: plan.adjust,
    });
    for (let step = firstStep - WARM_UP_STEPS; step < firstStep; step++) server.step(step);
    return new Machine(server, number, firstStep);
  });
}

class Fleet {
  readonly #options: Required<FleetOptions>;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #signal: AbortSignal;
  readonly #machines: readonly Machine[];
  readonly #firstStep: number;
  #nextStep: number;
  #lastLiveMs = 0;
  #exports = 0;
  #points = 0;

  constructor(options: Required<FleetOptions>, clock: Clock, delivery: Delivery, signal: AbortSignal) {
    this.#options = options;
    this.#clock = clock;
    this.#delivery = delivery;
    this.#signal = signal;
    const nowStep = stepOf(clock.now());
    // The present step counts: a receiver that keeps a day would refuse an older one.
    const pastSteps = Math.max(0, Math.round((options.historyHours * 3_600_000) / STEP_MS) - 1);
    this.#firstStep = nowStep - pastSteps;
    this.#nextStep = this.#firstStep;
    this.#machines = createMachines(options, this.#firstStep, nowStep);
  }

  get statistics(): FleetStatistics {
    return { servers: this.#machines.length, exports: this.#exports, points: this.#points };
  }

  /** Sends what has passed of the history, oldest first, all machines side by side. */
  async sendHistory(): Promise<FleetStatistics> {
    const { speed } = this.#options;
    const startedMs = this.#clock.now();
    for (;;) {
      if (this.#signal.aborted) return this.statistics;
      const nowMs = this.#clock.now();
      const replayedMs = stepStartMs(this.#firstStep) + (nowMs - startedMs) * speed;
      const untilStep = stepOf(speed === 0 ? nowMs : Math.min(nowMs, replayedMs));
      while (this.#nextStep < untilStep && !this.#signal.aborted) await this.#sendSteps(untilStep);
      if (untilStep === stepOf(this.#clock.now())) return this.statistics;
      await this.#pause(REPLAY_TICK_MS);
    }
  }

  async #sendSteps(untilStep: number): Promise<void> {
    const from = this.#nextStep;
    const to = Math.min(untilStep, from + STEPS_PER_EXPORT);
    const timesMs: number[] = [];
    // Rates need a point to start from.
    if (from === this.#firstStep) timesMs.push(stepStartMs(from));
    for (let step = from; step < to; step++) timesMs.push(historyPointMs(step));
    await this.#sendAll(timesMs, false);
    this.#nextStep = to;
  }

  /** Sends the present until told to stop. Times that were missed are made up for. */
  async sendLive(): Promise<void> {
    const intervalMs = this.#options.intervalSeconds * 1000;
    this.#lastLiveMs = stepStartMs(this.#nextStep);
    while (!this.#signal.aborted) {
      const timesMs: number[] = [];
      const nowMs = this.#clock.now();
      for (let timeMs = this.#lastLiveMs + intervalMs; timeMs <= nowMs; timeMs += intervalMs) {
        timesMs.push(timeMs);
        if (timesMs.length === TIMES_PER_EXPORT) break;
      }
      if (timesMs.length > 0) {
        await this.#sendAll(timesMs, true);
        this.#lastLiveMs = timesMs[timesMs.length - 1];
      }
      await this.#pause(Math.max(0, this.#lastLiveMs + intervalMs - this.#clock.now()));
    }
  }

  /** One export a machine, several under way. */
  async #sendAll(timesMs: readonly number[], smooth: boolean): Promise<void> {
    const waiting = this.#machines.values();
    const work = async () => {
      for (const machine of waiting) {
        if (this.#signal.aborted) return;
        const { resourceMetrics, points } = machine.report(timesMs, smooth);
        if (!(await this.#delivery.send(resourceMetrics))) return;
        this.#exports++;
        this.#points += points;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_EXPORTS }, work));
  }

  async #pause(milliseconds: number): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal: this.#signal });
    } catch {
      // Told to stop: the loop that called sees it.
    }
  }
}

/**
 * Starts a fleet. Its past is sent first (or replayed, with `speed`), then a point every interval.
 * @throws ARGUS_SIMULATE_OPTION for options that cannot be used
 */
export function simulateFleet(given: FleetOptions, surroundings: FleetSurroundings = {}): FleetHandle {
  const options = checkFleetOptions(given);
  const { clock = systemClock, print = (line: string) => process.stderr.write(`${line}\n`) } = surroundings;
  const stopping = new AbortController();
  const endDiagnostics = reportDiagnostics(print);
  const delivery = new Delivery(createExporter(options), options.endpoint, stopping.signal, print);
  const fleet = new Fleet(options, clock, delivery, stopping.signal);
  const historySent = fleet.sendHistory();
  const finished = historySent
    .then(() => fleet.sendLive())
    .finally(async () => {
      stopping.abort();
      await delivery.close();
      endDiagnostics();
    });
  // A caller may watch only one of the two; the other must not end the process.
  historySent.catch(() => {});
  finished.catch(() => {});
  return {
    historySent,
    finished,
    statistics: () => fleet.statistics,
    stop: async () => {
      stopping.abort();
      await finished.catch(() => {});
    },
  };
}
