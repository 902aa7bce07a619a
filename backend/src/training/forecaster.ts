import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createBatch, FORECAST_SIZE } from '../forecast/batch.ts';
import { FORECAST_GRAPH_FILE, readManifest } from '../forecast/bundle.ts';
import { type NetworkSession, openSession } from '../forecast/session.ts';
import type { Sample } from './datasets/windows.ts';
import { assembleBatch, type NetworkBatch, type NetworkInputs, type ServerHash } from './inputs.ts';

/** Windows forecast in one call: large enough to keep the cores busy, small enough to stay in their caches. */
export const FORECAST_CHUNK = 32;

/** A bundle's forecast graph, for validation and evaluation: one session that uses all cores, no workers. */
export class BatchForecaster {
  readonly #session: NetworkSession;
  readonly #hash: ServerHash;
  readonly #buffers = createBatch(FORECAST_CHUNK);

  private constructor(session: NetworkSession, hash: ServerHash) {
    this.#session = session;
    this.#hash = hash;
  }

  /** @param folder a bundle; only its manifest, forecast graph and weights are read */
  static async open(folder: string, threads = availableParallelism()): Promise<BatchForecaster> {
    const manifest = await readManifest(folder);
    const settings = { providers: ['cpu'], threads, warmUpServers: 0 } as const;
    const { session } = await openSession(join(folder, FORECAST_GRAPH_FILE), settings);
    return new BatchForecaster(session, manifest.server_hash);
  }

  /**
   * Forecasts at most FORECAST_CHUNK assembled inputs.
   * @returns [count][TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT], valid until the next call
   */
  async quantiles(inputs: NetworkInputs): Promise<Float32Array> {
    const { window, calendar, profile, server, quantiles } = this.#buffers;
    window.set(inputs.window);
    calendar.set(inputs.calendar);
    profile.set(inputs.profile);
    server.set(inputs.server);
    await this.#session.forecast(this.#buffers, inputs.count);
    return quantiles.subarray(0, inputs.count * FORECAST_SIZE);
  }

  /**
   * Forecasts samples in chunks.
   * @param consume gets the position of the chunk's first sample, its inputs with actual values, and its quantiles
   */
  async forecast(
    samples: readonly Sample[],
    consume: (first: number, batch: NetworkBatch, quantiles: Float32Array) => void,
  ): Promise<void> {
    for (let first = 0; first < samples.length; first += FORECAST_CHUNK) {
      const batch = assembleBatch(samples.slice(first, first + FORECAST_CHUNK), this.#hash);
      consume(first, batch, await this.quantiles(batch));
    }
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}
