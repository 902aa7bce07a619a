/** Forecasts for an evaluation: one session in this thread, no bands of the past, no baselines in its place. */
import { join } from 'node:path';
import { CALENDAR_SIZE } from '../../catalog/calendar.ts';
import { NO_HOLIDAYS } from '../../catalog/holidays.ts';
import { TARGET_COUNT } from '../../catalog/targets.ts';
import type { FleetView, Server } from '../../fleet/types.ts';
import { NETWORK } from '../../forecast/baselines.ts';
import { createBatch, FORECAST_SIZE, type ForecastBatch, WINDOW_SIZE } from '../../forecast/batch.ts';
import { FORECAST_GRAPH_FILE } from '../../forecast/bundle.ts';
import { Chunk, ChunkFiller } from '../../forecast/chunk.ts';
import { STRETCH_SIZE } from '../../forecast/conformal.ts';
import { finishForecasts } from '../../forecast/finish.ts';
import type { Manifest } from '../../forecast/manifest.ts';
import type { Inspection } from '../../forecast/protocol.ts';
import type { ForecastInputs, ForecastReruns, Variants } from '../../forecast/rerun.ts';
import { type NetworkSession, openSession } from '../../forecast/session.ts';
import type { ForecastChunk } from '../../forecast/types.ts';

const CHUNK = 16;

export class SessionReruns implements ForecastReruns {
  readonly #session: NetworkSession;
  readonly #manifest: Manifest;
  readonly #fleet: FleetView;
  readonly #batch = createBatch(CHUNK);
  /** There is one batch, so those who ask at the same time take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Windows forecast so far. */
  runs = 0;

  private constructor(session: NetworkSession, manifest: Manifest, fleet: FleetView) {
    this.#session = session;
    this.#manifest = manifest;
    this.#fleet = fleet;
  }

  /** @param folder with forecast.onnx and its weights */
  static async open(folder: string, manifest: Manifest, fleet: FleetView): Promise<SessionReruns> {
    const settings = { providers: ['cpu'] as const, threads: 1, warmUpServers: 0 };
    const { session } = await openSession(join(folder, FORECAST_GRAPH_FILE), settings);
    return new SessionReruns(session, manifest, fleet);
  }

  close(): Promise<void> {
    return this.#session.release();
  }

  inputsOf(index: number): ForecastInputs | undefined {
    const server = this.#fleet.byIndex(index);
    const originStep = this.#fleet.closedStep;
    const chunk = new Chunk(1);
    const filler = new ChunkFiller(this.#fleet, originStep, NO_HOLIDAYS);
    if (server === undefined || !filler.add(chunk, server, this.#manifest.server_hash)) return undefined;
    return {
      server,
      originStep,
      modelId: this.#manifest.id,
      window: chunk.batch.window,
      calendar: chunk.batch.calendar,
      bucket: chunk.batch.server[0],
      stretch: new Float32Array(STRETCH_SIZE).fill(1),
      forecasters: new Uint8Array(TARGET_COUNT).fill(NETWORK),
    };
  }

  run(inputs: ForecastInputs, variants: Variants): Promise<void> {
    return this.#inTurn(() => this.#run(inputs, variants));
  }

  inspect(inputs: ForecastInputs): Promise<Inspection> {
    return this.#inTurn(() => this.#inspect(inputs));
  }

  async #run(inputs: ForecastInputs, variants: Variants): Promise<void> {
    const batch = this.#batch;
    this.#prepare(batch, inputs);
    for (let first = 0; first < variants.count; first += CHUNK) {
      const count = Math.min(CHUNK, variants.count - first);
      for (let row = 0; row < count; row++) variants.write(first + row, batch.window, row * WINDOW_SIZE);
      await this.#forecast(batch, count);
      for (let row = 0; row < count; row++) {
        variants.read(first + row, batch.quantiles, row * FORECAST_SIZE, batch.window, row * WINDOW_SIZE);
      }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #inspect(inputs: ForecastInputs): Promise<Inspection> {
    this.#prepare(this.#batch, inputs);
    this.#batch.window.set(inputs.window);
    return this.#session.inspect(this.#batch, 1);
  }

  /** Forecasts servers from the fleet's moment, chunk by chunk. */
  async forecastServers(servers: readonly Server[], take: (chunk: ForecastChunk) => void): Promise<void> {
    const filler = new ChunkFiller(this.#fleet, this.#fleet.closedStep, NO_HOLIDAYS);
    const chunk = new Chunk(CHUNK);
    const flush = async (): Promise<void> => {
      if (chunk.count === 0) return;
      await this.#forecast(chunk.batch, chunk.count);
      take(chunk.view(this.#fleet.closedStep, Array(chunk.count).fill('model')));
      chunk.clear();
    };
    for (const server of servers) {
      filler.add(chunk, server, this.#manifest.server_hash);
      if (chunk.isFull) await flush();
    }
    await flush();
  }

  async #forecast(batch: ForecastBatch, count: number): Promise<void> {
    this.runs += count;
    await this.#session.forecast(batch, count);
    finishForecasts(batch, count);
  }

  #prepare(batch: ForecastBatch, { server, calendar, bucket }: ForecastInputs): void {
    batch.profile.fill(server.profile);
    batch.server.fill(bucket);
    for (let row = 0; row < CHUNK; row++) batch.calendar.set(calendar, row * CALENDAR_SIZE);
  }
}
