/** One forecast of every server from one origin, in chunks, without keeping the main thread from its other work. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HolidayCalendar } from '../catalog/calendar.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { forecastServer } from './baselineForecast.ts';
import { FORECAST_SIZE, WINDOW_SIZE } from './batch.ts';
import { Chunk, ChunkFiller, isStill } from './chunk.ts';
import { SCORED_SIZE, STRETCH_SIZE } from './conformal.ts';
import { ConformalState } from './conformalState.ts';
import { finishForecasts } from './finish.ts';
import type { ForecastMetrics } from './metrics.ts';
import type { ForecastLogger, ModelHost } from './model.ts';
import { RUNS_A_WORKER, type WorkerPool } from './pool.ts';
import type { ForecastStore } from './store.ts';
import type { ForecastChunk } from './types.ts';

/** Servers looked at before others get their turn on the main thread. */
const LOOKED_AT = 500;
/** Servers forecast by baselines before others get their turn; one takes about a millisecond. */
const BASELINES_A_TURN = 5;
const SECOND_MS = 1000;

export type ConsumeChunk = (chunk: ForecastChunk) => void;

export interface CycleReport {
  readonly originStep: number;
  /** Servers that got a forecast. */
  readonly servers: number;
  /** Those of them whose forecast came from baselines. */
  readonly baselineServers: number;
  readonly chunks: number;
  /** Chunks whose network or consumer failed. */
  readonly failures: number;
  readonly durationSeconds: number;
}

export interface CycleDependencies {
  readonly fleet: FleetView;
  readonly pool: WorkerPool;
  readonly model: ModelHost;
  readonly store: ForecastStore;
  readonly metrics: ForecastMetrics;
  readonly logger: ForecastLogger;
  readonly holidays: HolidayCalendar;
  readonly chunkServers: number;
  readonly adaptiveBands: boolean;
}

/** What the lanes of one cycle share. */
interface Work {
  readonly originStep: number;
  readonly filler: ChunkFiller;
  readonly queue: Iterator<Server>;
  readonly consume: ConsumeChunk;
  servers: number;
  baselineServers: number;
  chunks: number;
  failures: number;
}

export class ForecastCycle {
  readonly #with: CycleDependencies;
  readonly #conformal = new ConformalState();
  /** One for each run the pool can hold: while one is consumed, the others are computed. */
  readonly #chunks: readonly Chunk[];
  #stopping = false;

  constructor(dependencies: CycleDependencies) {
    this.#with = dependencies;
    const { pool, chunkServers } = dependencies;
    this.#chunks = Array.from({ length: pool.workerCount * RUNS_A_WORKER }, () => new Chunk(chunkServers));
  }

  /** Servers that are warm, have no forecast, and were not tried at this step. */
  waiting(step: number): readonly Server[] {
    const { fleet, store } = this.#with;
    const waits = (server: Server): boolean =>
      store.isWaiting(server.index, step) && !fleet.isStale(server.index) && fleet.isWarm(server.index, step);
    return [...fleet.servers()].filter(waits);
  }

  /**
   * Forecasts warm servers that are not stale. Not to be called again before it has settled.
   * @param originStep newest closed step the forecasts start from
   * @param consume called on the main thread for each chunk, whose arrays are used again when it returns
   * @param servers those to forecast; all of the fleet otherwise
   */
  async run(originStep: number, consume: ConsumeChunk, servers?: readonly Server[]): Promise<CycleReport> {
    const { fleet, holidays, store } = this.#with;
    const start = performance.now();
    const ready = await this.#ready(originStep, servers ?? [...fleet.servers()]);
    const work: Work = {
      originStep,
      filler: new ChunkFiller(fleet, originStep, holidays),
      queue: ready.values(),
      consume,
      servers: 0,
      baselineServers: 0,
      chunks: 0,
      failures: 0,
    };
    const lanes = await Promise.allSettled(this.#chunks.map((chunk) => this.#lane(chunk, work)));
    const broken = lanes.find((lane) => lane.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    if (!this.#stopping) store.complete(originStep);
    const durationSeconds = (performance.now() - start) / SECOND_MS;
    const { baselineServers, chunks, failures } = work;
    return { originStep, servers: work.servers, baselineServers, chunks, failures, durationSeconds };
  }

  /** Forgets a server that left: its slot may be given to another. */
  forget(server: Server): void {
    this.#with.store.drop(server.index);
    this.#conformal.forget(server.index);
  }

  /** Lets a running cycle end after the chunks that are under way. */
  stop(): void {
    this.#stopping = true;
  }

  /** Those that can be forecast; the forecast of a server that no longer can is dropped. */
  async #ready(originStep: number, servers: readonly Server[]): Promise<readonly Server[]> {
    const { fleet, store } = this.#with;
    const ready: Server[] = [];
    for (const [position, server] of servers.entries()) {
      if (position % LOOKED_AT === LOOKED_AT - 1) await nextTurn();
      if (!isStill(fleet, server)) continue;
      if (!fleet.isStale(server.index) && fleet.isWarm(server.index, originStep)) ready.push(server);
      else if (store.originOf(server.index) !== null) store.drop(server.index);
    }
    return ready;
  }

  /** Takes servers chunk by chunk until none is left. */
  async #lane(chunk: Chunk, work: Work): Promise<void> {
    for (;;) {
      await nextTurn();
      if (this.#stopping) return;
      this.#fill(chunk, work);
      if (chunk.count === 0) return;
      const mode = (await this.#forecastByNetwork(chunk, work)) ? 'model' : 'baseline';
      if (mode === 'baseline') await this.#forecastByBaselines(chunk);
      if (this.#stopping) return;
      this.#deliver(chunk, mode, work);
    }
  }

  #fill(chunk: Chunk, work: Work): void {
    const { fleet, model, store, adaptiveBands } = this.#with;
    const hash = model.bundle?.manifest.server_hash;
    chunk.clear();
    while (!chunk.isFull) {
      const next = work.queue.next();
      if (next.done) return;
      const server = next.value;
      if (!isStill(fleet, server)) continue;
      if (!work.filler.add(chunk, server, hash)) {
        store.writeEmpty(server.index, work.originStep);
        continue;
      }
      if (!adaptiveBands) continue;
      const row = chunk.count - 1;
      this.#conformal.score(server.index, work.originStep, chunk.batch.window, row * WINDOW_SIZE);
      chunk.batch.stretch.set(this.#conformal.stretchOf(server.index), row * STRETCH_SIZE);
    }
  }

  /** @returns false where there is no model or it failed */
  async #forecastByNetwork(chunk: Chunk, work: Work): Promise<boolean> {
    const { metrics, model, pool, logger } = this.#with;
    if (model.bundle === undefined) return false;
    try {
      metrics.chunkForecast(await pool.forecast(chunk.batch, chunk.count));
      return true;
    } catch (error) {
      if (this.#stopping) return false;
      work.failures++;
      metrics.failed('network');
      logger.error({ err: error }, 'the network failed on a chunk of servers; baselines stand in');
      return false;
    }
  }

  async #forecastByBaselines(chunk: Chunk): Promise<void> {
    const { window, quantiles } = chunk.batch;
    for (let row = 0; row < chunk.count && !this.#stopping; row++) {
      if (row % BASELINES_A_TURN === 0) await nextTurn();
      forecastServer(window, row * WINDOW_SIZE, quantiles, row * FORECAST_SIZE);
    }
    finishForecasts(chunk.batch, chunk.count);
  }

  #deliver(chunk: Chunk, mode: 'model' | 'baseline', work: Work): void {
    const { fleet, store, metrics, logger } = this.#with;
    const { originStep } = work;
    chunk.dropDeparted(fleet);
    for (const [row, server] of chunk.servers.entries()) {
      store.write(server.index, originStep, mode, chunk.batch.quantiles, row * FORECAST_SIZE);
      this.#conformal.remember(server.index, originStep, chunk.batch.scored, row * SCORED_SIZE);
    }
    work.chunks++;
    work.servers += chunk.count;
    if (mode === 'baseline') work.baselineServers += chunk.count;
    try {
      work.consume(chunk.view(originStep, mode));
    } catch (error) {
      work.failures++;
      metrics.failed('consumer');
      logger.error({ err: error }, 'a chunk of forecasts could not be used');
    }
  }
}
