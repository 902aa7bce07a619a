import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS } from '../catalog/time.ts';
import { FORECAST_GRAPH_FILE, readManifest } from '../forecast/bundle.ts';
import type { Sample } from './datasets/windows.ts';
import { assembleBatch, inputTensors, type NetworkBatch, type ServerHash } from './inputs.ts';

export const QUANTILES_SIZE = TARGET_COUNT * HORIZON_STEPS * QUANTILE_COUNT;

/** Windows forecast in one call: large enough to keep the cores busy, small enough to stay in their caches. */
const CHUNK = 32;

/**
 * Opens a graph on the CPU with the options that were measured to be fastest for this network; fusing skip and layer
 * normalisation slows it down.
 */
export function openGraph(path: string, threads = availableParallelism()): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
  });
}

/** A bundle's forecast graph, for validation and evaluation: one session that uses all cores, no workers. */
export class BatchForecaster {
  readonly #session: InferenceSession;
  readonly #hash: ServerHash;

  private constructor(session: InferenceSession, hash: ServerHash) {
    this.#session = session;
    this.#hash = hash;
  }

  /** @param folder a bundle; only its manifest, forecast graph and weights are read */
  static async open(folder: string, threads?: number): Promise<BatchForecaster> {
    const manifest = await readManifest(folder);
    const session = await openGraph(join(folder, FORECAST_GRAPH_FILE), threads);
    return new BatchForecaster(session, manifest.server_hash);
  }

  /**
   * Forecasts assembled inputs.
   * @returns [count][TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]
   */
  async quantiles(batch: Omit<NetworkBatch, 'actual'>): Promise<Float32Array> {
    const outputs = await this.#session.run(inputTensors(batch), ['quantiles']);
    return outputs.quantiles.data as Float32Array;
  }

  /**
   * Forecasts samples in chunks.
   * @param consume gets the position of the chunk's first sample, its inputs with actual values, and its quantiles
   */
  async forecast(
    samples: readonly Sample[],
    consume: (first: number, batch: NetworkBatch, quantiles: Float32Array) => void,
  ): Promise<void> {
    for (let first = 0; first < samples.length; first += CHUNK) {
      const batch = assembleBatch(samples.slice(first, first + CHUNK), this.#hash);
      consume(first, batch, await this.quantiles(batch));
    }
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}
