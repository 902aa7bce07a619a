/** One forecast of every server from one origin, in chunks, without keeping the main thread from its other work. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HolidayBook } from '../catalog/holidays.ts';
import type { ServerMode } from '../catalog/levels.ts';
import { P50, TARGET_COUNT } from '../catalog/targets.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { forecastServer } from './baselineForecast.ts';
import { NETWORK } from './baselines.ts';
import { FORECAST_SIZE, TARGET_SIZE, WINDOW_SIZE } from './batch.ts';
import { Chunk, ChunkFiller, isStill } from './chunk.ts';
import { STRETCH_SIZE } from './conformal.ts';
import { finishForecasts } from './finish.ts';
import type { Learning } from './learning.ts';
import type { ForecastMetrics } from './metrics.ts';
import type { ForecastLogger, ModelHost } from './model.ts';
import { RUNS_A_WORKER, type WorkerPool } from './pool.ts';
import { SCORED_SIZE } from './scored.ts';
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
  /** Those of them in mode `baseline`. */
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
  readonly holidays: HolidayBook;
  readonly learning: Learning;
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
    const release = this.#with.pool.holdBackground(ready.length);
    const lanes = await Promise.allSettled(this.#chunks.map((chunk) => this.#lane(chunk, work)));
    release();
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
    this.#with.learning.forget(server.index);
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
      const modelId = await this.#forecastByNetwork(chunk, work);
      if (modelId === undefined) await this.#forecastByBaselines(chunk);
      if (this.#stopping) return;
      this.#deliver(chunk, modelId, work);
    }
  }

  #fill(chunk: Chunk, work: Work): void {
    const { fleet, model, store, learning, adaptiveBands } = this.#with;
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
      const { window, stretch, forecasters } = chunk.batch;
      const row = chunk.count - 1;
      learning.settle(server.index, work.originStep, window, row * WINDOW_SIZE);
      learning.copyChoices(server.index, forecasters, row * TARGET_COUNT);
      if (adaptiveBands) stretch.set(learning.stretchOf(server.index), row * STRETCH_SIZE);
    }
  }

  /** @returns the model that was in use; undefined where there is none or it failed */
  async #forecastByNetwork(chunk: Chunk, work: Work): Promise<string | undefined> {
    const { metrics, model, pool, logger } = this.#with;
    const modelId = model.bundle?.manifest.id;
    if (modelId === undefined) return undefined;
    try {
      metrics.chunkForecast(await pool.forecast(chunk.batch, chunk.count));
      return modelId;
    } catch (error) {
      if (this.#stopping) return undefined;
      work.failures++;
      metrics.failed('network');
      logger.error({ err: error }, 'the network failed on a chunk of servers; baselines stand in');
      return undefined;
    }
  }

  async #forecastByBaselines(chunk: Chunk): Promise<void> {
    const { window, quantiles, forecasters } = chunk.batch;
    for (let row = 0; row < chunk.count && !this.#stopping; row++) {
      if (row % BASELINES_A_TURN === 0) await nextTurn();
      const from = row * WINDOW_SIZE;
      forecastServer(window, from, quantiles, row * FORECAST_SIZE, forecasters, row * TARGET_COUNT);
    }
    finishForecasts(chunk.batch, chunk.count);
  }

  /** @param modelId the model that made the forecasts; undefined where baselines stood in */
  #deliver(chunk: Chunk, modelId: string | undefined, work: Work): void {
    const { fleet, store, model, learning, metrics, logger } = this.#with;
    const { originStep } = work;
    const { window, quantiles, forecasters, scored } = chunk.batch;
    chunk.dropDeparted(fleet);
    const modes: ServerMode[] = [];
    // The forecasts of a model that was replaced meanwhile are not scored as its successor's.
    const isNetwork = modelId !== undefined && modelId === model.bundle?.manifest.id;
    for (const [row, { index }] of chunk.servers.entries()) {
      const mode = modeOf(quantiles, row * FORECAST_SIZE, forecasters, row * TARGET_COUNT);
      modes.push(mode);
      if (mode === 'baseline') work.baselineServers++;
      store.write(
        index,
        originStep,
        mode,
        quantiles,
        row * FORECAST_SIZE,
        forecasters.subarray(row * TARGET_COUNT, (row + 1) * TARGET_COUNT),
      );
      learning.keep(index, originStep, isNetwork, scored, row * SCORED_SIZE, window, row * WINDOW_SIZE);
    }
    work.chunks++;
    work.servers += chunk.count;
    try {
      work.consume(chunk.view(originStep, modes));
    } catch (error) {
      work.failures++;
      metrics.failed('consumer');
      logger.error({ err: error }, 'a chunk of forecasts could not be used');
    }
  }
}

/** A server is in mode `baseline` where most of its forecasts come from baselines. */
function modeOf(
  quantiles: Float32Array,
  offset: number,
  forecasters: Uint8Array,
  forecastersOffset: number,
): 'model' | 'baseline' {
  let forecast = 0;
  let byBaselines = 0;
  for (let target = 0; target < TARGET_COUNT; target++) {
    if (Number.isNaN(quantiles[offset + target * TARGET_SIZE + P50])) continue;
    forecast++;
    if (forecasters[forecastersOffset + target] !== NETWORK) byBaselines++;
  }
  return 2 * byBaselines > forecast ? 'baseline' : 'model';
}
