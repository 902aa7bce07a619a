/** The model in use: loading it, changing it while it serves, and saying why there is none. */

import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import type { Bundle } from './bundle.ts';
import { openBundle } from './bundle.ts';
import { ReloadInProgressError } from './errors.ts';
import type { ForecastMetrics } from './metrics.ts';
import type { LoadedModel, WorkerPool } from './pool.ts';
import type { ModelStatus } from './types.ts';

export type ForecastLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

/** Version of the installed onnxruntime-node. */
export function runtimeVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('onnxruntime-node says nothing of its version; install it again');
}

export class ModelHost {
  readonly #pool: WorkerPool;
  readonly #metrics: ForecastMetrics;
  readonly #logger: ForecastLogger;
  #bundle: Bundle | undefined;
  #provider: string | null = null;
  #problem: string | null = 'No model has been loaded yet.';
  #loading = false;

  constructor(pool: WorkerPool, metrics: ForecastMetrics, logger: ForecastLogger) {
    this.#pool = pool;
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** The bundle that forecasts now, or undefined. */
  get bundle(): Bundle | undefined {
    return this.#bundle;
  }

  status(): ModelStatus {
    return {
      loaded: this.#bundle !== undefined,
      id: this.#bundle?.manifest.id ?? null,
      path: this.#bundle?.path ?? null,
      provider: this.#provider,
      problem: this.#problem,
    };
  }

  /**
   * Loads the bundle at the start. A bundle that cannot be used is not fatal: the service goes on with baselines and
   * status() says why.
   * @param find gives the bundle's folder
   */
  async start(find: () => Promise<string>): Promise<void> {
    try {
      await this.load(await find());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#problem = `${reason} Until then forecasts come from baselines.`;
      this.#logger.error({ err: error }, 'no model could be loaded; forecasts come from baselines');
    }
  }

  /**
   * Verifies a bundle and lets it take over without a forecast failing; on an error the one in use stays.
   * @param path folder of the bundle
   * @throws ReloadInProgressError, and the errors of openBundle and WorkerPool.load
   */
  async load(path: string): Promise<Bundle> {
    if (this.#loading) throw new ReloadInProgressError();
    this.#loading = true;
    try {
      const bundle = await openBundle(path, runtimeVersion());
      const loaded = await this.#pool.load(bundle);
      this.#report(bundle, loaded);
      this.#bundle = bundle;
      this.#provider = loaded.provider;
      this.#problem = null;
      return bundle;
    } finally {
      this.#loading = false;
    }
  }

  #report(bundle: Bundle, loaded: LoadedModel): void {
    for (const { provider, message } of loaded.problems) {
      this.#logger.warn(
        { provider, reason: message },
        'an execution provider cannot load; the next one is taken',
      );
    }
    this.#metrics.modelChanged(bundle.manifest.id, loaded.provider, Date.parse(bundle.manifest.created));
    this.#logger.info({ model: bundle.manifest.id, provider: loaded.provider }, 'model loaded');
  }
}
