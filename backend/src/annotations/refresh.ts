/** Looks at the sources of maintenance windows from time to time; one that fails keeps what it said last. */
import type { FastifyBaseLogger } from 'fastify';
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../catalog/time.ts';
import type { Server } from '../fleet/types.ts';
import type { WindowSource } from './sources.ts';
import type { Annotation } from './types.ts';

const SECOND_MS = 1000;

export interface RefreshOptions {
  readonly sources: readonly WindowSource[];
  readonly refreshSeconds: number;
  readonly servers: () => Iterable<Pick<Server, 'name' | 'profile'>>;
  /** Told what a source said, each time it answers; may reject. */
  readonly onTold?: (source: string, windows: readonly Annotation[], nowMs: number) => Promise<void>;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly logger: Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>;
}

export class FetchedWindows {
  readonly #with: RefreshOptions;
  readonly #found = new Map<string, readonly Annotation[]>();
  readonly #up: Gauge<'source'>;
  readonly #isUp = new Map<string, boolean>();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: RefreshOptions) {
    this.#with = options;
    this.#up = new Gauge({
      name: 'argus_annotations_source_up',
      help: 'Whether a source of maintenance windows answered when it was last asked.',
      labelNames: ['source'],
      registers: [options.registry],
    });
  }

  /** Those that hold now or soon, of every source. */
  all(): readonly Annotation[] {
    return [...this.#found.values()].flat();
  }

  /** Begins to look, at once and then regularly. */
  start(): void {
    if (this.#with.sources.length > 0) void this.#again();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Asks every source once. */
  async refresh(): Promise<void> {
    const servers = [...this.#with.servers()];
    await Promise.all(this.#with.sources.map((source) => this.#ask(source, servers)));
  }

  async #again(): Promise<void> {
    await this.refresh();
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#again(), this.#with.refreshSeconds * SECOND_MS);
    this.#timer.unref();
  }

  async #ask(source: WindowSource, servers: readonly Pick<Server, 'name' | 'profile'>[]): Promise<void> {
    const { clock, onTold, logger } = this.#with;
    try {
      this.#found.set(source.name, await source.fetch(servers, clock.now()));
      this.#note(source.name, null);
    } catch (error) {
      this.#note(source.name, error as Error);
      return;
    }
    await onTold?.(source.name, this.#found.get(source.name) ?? [], clock.now()).catch((error) =>
      logger.error({ err: error, source: source.name }, 'maintenance windows cannot be kept on disk'),
    );
  }

  /** Logs when a source begins to fail and when it answers again, not each time between. */
  #note(source: string, error: Error | null): void {
    const { logger } = this.#with;
    this.#up.set({ source }, error === null ? 1 : 0);
    const was = this.#isUp.get(source);
    this.#isUp.set(source, error === null);
    if (error === null && was === false)
      logger.info({ source }, 'a source of maintenance windows answers again');
    if (error === null || was === false) return;
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    logger.warn(
      { source, reason: cause },
      'A source of maintenance windows cannot be read; what it said last holds on. Check annotations in the configuration.',
    );
  }
}
