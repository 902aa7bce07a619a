/** Hands what happens to the history process, and remembers what it could not take yet. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { type Clock, HOUR_MS, STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import type { ForecastChunk } from '../forecast/types.ts';
import type { AlertEvent, RiskAssessment } from '../risk/types.ts';
import type { HistoryConfig } from './config.ts';
import type { HistoryMetrics } from './metrics.ts';
import type { Questions } from './protocol.ts';
import { alertBlock, type CriticalThreshold, environmentBlock, ForecastRows, MetricRows } from './rows.ts';
import type { Block, TableName } from './tables.ts';

/** Servers looked at before others get their turn on the main thread. */
const SERVERS_A_TURN = 250;
/**
 * Cycles whose forecasts may be on their way at once; further ones are given up. Servers that come back are forecast in
 * two cycles of their own, which may fall between two of the schedule.
 */
const MAX_CYCLES_UNDER_WAY = 4;
/** Cycles on their way beside which there is room for all that may come before the next look. */
const FEW_CYCLES = 1;
/** Alert events that may wait for a history that cannot write. */
const MAX_WAITING_EVENTS = 10_000;
const LOG_EVERY_MS = 60_000;

/** A fleet that says which closed steps have changed. */
export interface RecordedFleet extends FleetView {
  takeChangedSteps(): readonly number[];
}

export interface RecordedRisk {
  assessmentOf(server: string): RiskAssessment | undefined;
  recentAlertEvents(): readonly AlertEvent[];
}

export interface RecorderOptions {
  readonly fleet: RecordedFleet;
  readonly risk: RecordedRisk;
  readonly criticalThreshold: CriticalThreshold;
  readonly clock: Clock;
  readonly config: HistoryConfig;
  readonly metrics: HistoryMetrics;
  readonly logger: Pick<FastifyBaseLogger, 'warn' | 'error'>;
  /** Null while the history can be asked. */
  readonly problem: () => string | null;
  ask<Name extends 'put' | 'tidy' | 'alerts'>(
    name: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']>;
}

/**
 * Measurements are in the fleet's window, which has its own journal, for a day: what is not in a file yet can be taken
 * from there again. Alert events are in the alert files. Only a cycle's forecasts have no other place.
 */
export class Recorder {
  readonly #with: RecorderOptions;
  /** Closed steps whose measurements are not on disk as they are now. */
  readonly #dueSteps = new Set<number>();
  #dueEvents: AlertEvent[] = [];
  #newestStep: number;
  #forecasts: ForecastRows | null = null;
  #cyclesUnderWay = 0;
  #measuring: Promise<void> | null = null;
  #alerting: Promise<void> | null = null;
  #underWay = new Set<Promise<unknown>>();
  #loggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RecorderOptions) {
    this.#with = options;
    this.#newestStep = options.fleet.closedStep;
  }

  /** Takes a chunk of forecasts; its arrays may be used again when it returns. */
  consume(chunk: ForecastChunk): void {
    const { config, fleet } = this.#with;
    if (chunk.originStep % config.forecastEverySteps !== 0) return;
    if (this.#forecasts?.step !== chunk.originStep) this.#forecasts = new ForecastRows(chunk.originStep);
    this.#forecasts.add(chunk, fleet);
  }

  alertHappened(event: AlertEvent): void {
    this.#dueEvents.push(event);
    const excess = this.#dueEvents.length - MAX_WAITING_EVENTS;
    if (excess > 0) {
      this.#dueEvents.splice(0, excess);
      this.#with.metrics.lost('alerts', excess);
    }
    // Those of one cycle come together and are written together.
    this.#alerting ??= nextTurn()
      .then(() => this.#writeEvents())
      .finally(() => {
        this.#alerting = null;
      });
  }

  /** Hands over what a finished cycle left; returns before it is on disk. */
  cycleEnded(originStep: number): void {
    const { fleet, risk, ask } = this.#with;
    const assessmentOf = (server: string) => risk.assessmentOf(server);
    this.#writeForecasts(assessmentOf);
    this.#watch(this.#put(environmentBlock(originStep, fleet, assessmentOf)));
    this.#noteClosedSteps();
    const hourEnded = (originStep + 1) % STEPS_AN_HOUR === 0;
    if (hourEnded) this.#noteChangedSteps();
    this.#measure();
    if (this.#dueEvents.length > 0 && this.#alerting === null) this.#watch(this.#writeEvents());
    if (hourEnded) this.#watch(ask('tidy', { step: originStep + 1 }).catch((error) => this.#complain(error)));
  }

  /** Hands over what an earlier run, or a history process that ended, may not have written. */
  async catchUp(): Promise<void> {
    const { fleet, clock, ask, risk, config } = this.#with;
    // The whole window is written now; what changed in it before need not be written once more.
    fleet.takeChangedSteps();
    for (let step = fleet.closedStep - WINDOW_STEPS + 1; step <= fleet.closedStep; step++)
      this.#dueSteps.add(step);
    const page = { servers: null, eventTypes: null, levels: null, limit: 1, after: null };
    const known = await ask('alerts', { fromMs: 0, toMs: clock.now() + HOUR_MS, ...page }).catch(() => []);
    const sinceMs = Math.max(
      (known[0]?.timeMs ?? 0) - 24 * HOUR_MS,
      clock.now() - config.keepDays * 24 * HOUR_MS,
    );
    const waiting = new Set(this.#dueEvents.map(({ id }) => id));
    const missed = risk.recentAlertEvents().filter(({ id, atMs }) => atMs >= sinceMs && !waiting.has(id));
    this.#dueEvents = [...missed, ...this.#dueEvents];
    await this.#writeEvents();
    this.#measure();
    await this.#measuring;
  }

  /** Resolves when the forecasts of another cycle would be taken. */
  async roomForCycle(): Promise<void> {
    while (this.#cyclesUnderWay > FEW_CYCLES) await Promise.race(this.#underWay);
  }

  /** Writes what is waiting, and resolves when all of it is on disk or has failed. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#underWay, this.#measuring, this.#alerting]);
    this.#noteClosedSteps();
    this.#noteChangedSteps();
    await this.#writeEvents();
    this.#measure();
    await this.#measuring;
  }

  #noteClosedSteps(): void {
    const { closedStep } = this.#with.fleet;
    // A clock that was set back begins again from where it is.
    if (closedStep < this.#newestStep) this.#newestStep = closedStep - 1;
    const first = Math.max(this.#newestStep + 1, closedStep - WINDOW_STEPS + 1);
    for (let step = first; step <= closedStep; step++) this.#dueSteps.add(step);
    this.#newestStep = closedStep;
  }

  #noteChangedSteps(): void {
    for (const step of this.#with.fleet.takeChangedSteps()) this.#dueSteps.add(step);
  }

  #writeForecasts(assessmentOf: (server: string) => RiskAssessment | undefined): void {
    const rows = this.#forecasts;
    this.#forecasts = null;
    if (rows === null || rows.count === 0) return;
    if (this.#cyclesUnderWay >= MAX_CYCLES_UNDER_WAY) {
      this.#with.metrics.lost('forecasts', rows.count);
      this.#complain(new Error('The history writes more slowly than forecasts are made.'));
      return;
    }
    this.#cyclesUnderWay++;
    const written = this.#put(rows.block(assessmentOf)).finally(() => {
      this.#cyclesUnderWay--;
    });
    this.#watch(written);
  }

  /** Writes the measurements of every due step; what fails stays due. */
  #measure(): void {
    if (this.#measuring !== null || this.#dueSteps.size === 0 || this.#with.problem() !== null) return;
    this.#measuring = this.#writeDueSteps()
      .catch((error) => this.#complain(error))
      .finally(() => {
        this.#measuring = null;
      });
  }

  async #writeDueSteps(): Promise<void> {
    const { fleet, metrics } = this.#with;
    const steps = [...this.#dueSteps].sort((a, b) => a - b);
    for (const hour of byHour(steps)) {
      for (const step of hour) this.#dueSteps.delete(step);
      const kept = hour.filter((step) => step > fleet.closedStep - WINDOW_STEPS);
      // The window has moved on while nothing could be written.
      if (kept.length < hour.length) metrics.lost('metrics', (hour.length - kept.length) * fleet.serverCount);
      const block = await this.#measured(kept);
      if (block === null || (await this.#put(block))) continue;
      for (const step of hour) this.#dueSteps.add(step);
      return;
    }
  }

  async #measured(steps: readonly number[]): Promise<Block | null> {
    const { fleet } = this.#with;
    if (steps.length === 0) return null;
    const rows = new MetricRows(steps);
    let looked = 0;
    for (const server of [...fleet.servers()]) {
      if (++looked % SERVERS_A_TURN === 0) await nextTurn();
      if (fleet.byIndex(server.index) === server) rows.add(fleet, server);
    }
    const block = rows.block();
    return block.steps.length === 0 ? null : block;
  }

  async #writeEvents(): Promise<void> {
    if (this.#dueEvents.length === 0 || this.#with.problem() !== null) return;
    const events = this.#dueEvents;
    this.#dueEvents = [];
    if (await this.#put(alertBlock(events, this.#with.criticalThreshold))) return;
    this.#dueEvents = [...events, ...this.#dueEvents];
  }

  /** @returns whether it is on disk */
  async #put(block: Block): Promise<boolean> {
    const { ask, metrics } = this.#with;
    const rows = block.steps.length;
    try {
      await ask('put', block);
      metrics.written(block.table, rows);
      return true;
    } catch (error) {
      metrics.failed(block.table);
      if (isGivenUp(block.table)) metrics.lost(block.table, rows);
      this.#complain(error);
      return false;
    }
  }

  #watch(done: Promise<unknown>): void {
    this.#underWay.add(done);
    void done.finally(() => this.#underWay.delete(done));
  }

  #complain(error: unknown): void {
    const { clock, logger, metrics } = this.#with;
    const now = clock.now();
    if (Math.abs(now - this.#loggedMs) < LOG_EVERY_MS) return;
    this.#loggedMs = now;
    logger.error(
      { err: error, rowsLost: metrics.lostRows },
      'The history cannot be written. Measurements and alerts are written later, forecasts of the meantime are missing from it; forecasting goes on.',
    );
  }
}

/** Measurements and alerts have another place on disk and are tried again. */
function isGivenUp(table: TableName): boolean {
  return table === 'forecasts' || table === 'environment';
}

/** Steps of one hour of the clock each, in order. */
function byHour(steps: readonly number[]): readonly (readonly number[])[] {
  const hours = new Map<number, number[]>();
  for (const step of steps) {
    const hour = Math.floor(step / STEPS_AN_HOUR);
    const known = hours.get(hour);
    if (known === undefined) hours.set(hour, [step]);
    else known.push(step);
  }
  return [...hours.values()];
}
