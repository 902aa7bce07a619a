import { type Clock, STEP_SECONDS, stepOf, stepStartMs, WINDOW_STEPS } from '../../catalog/time.ts';
import { BackfillQueryError } from '../errors.ts';
import type { Logger } from '../persistence/trouble.ts';
import { ADMISSION_REFUSED, type ServerIdentity } from '../types.ts';
import type { BackfillConfig } from './config.ts';
import { PrometheusClient, PrometheusError, type RangeSeries } from './prometheus.ts';
import { type BackfillQuery, backfillQueries, QUERY_SOURCES } from './queries.ts';

/** Where the past day goes. */
export interface BackfillTarget {
  readonly closedStep: number;
  admit(name: string, identity: ServerIdentity): number;
  /** Sets a value that was not measured yet. @returns false where there is one, or the value cannot be */
  fill(server: number, metric: number, step: number, value: number): boolean;
}

export interface BackfillOptions {
  readonly config: BackfillConfig;
  readonly intake: BackfillTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Asks for these servers only; for all that Prometheus has where it is left out. */
  readonly names?: readonly string[];
  /** Steps up to the newest closed one that are asked for; a window by default. */
  readonly steps?: number;
  /** Steps asked for at a time. */
  readonly stepsAQuery?: number;
}

export interface BackfillReport {
  readonly servers: number;
  readonly values: number;
  readonly queries: number;
  readonly failedQueries: number;
  /** What went wrong last, or null. */
  readonly problem: string | null;
}

/** Steps asked for at a time: 4 hours of 10,000 servers are about 12 MB of JSON. */
const STEPS_A_QUERY = 48;
/** After so many failures in a row the rest is not asked any more. */
const MAX_FAILURES = 3;
const AUTOMATIC_LABELS = ['host_name', 'instance'];

/** `web1:9100` and `[::1]:9100` name their hosts. */
function withoutPort(instance: string): string {
  return /^\[?(.+?)\]?:\d+$/.exec(instance)?.[1] ?? instance;
}

/** Matchers that find servers by name, one for each label that may hold it. */
function nameMatchers(names: readonly string[] | undefined, labels: readonly string[]): readonly string[] {
  if (names === undefined) return [''];
  const any = names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|');
  return labels.map((label) => {
    const pattern = label === 'instance' ? String.raw`\[?(?:${any})\]?(?::[0-9]+)?` : any;
    return `${label}=~${JSON.stringify(pattern)}`;
  });
}

function serverName(labels: Readonly<Record<string, string>>, label: string): string {
  if (label !== 'auto' && label !== 'instance') return labels[label] ?? '';
  const host = label === 'auto' ? labels.host_name : undefined;
  return host ?? withoutPort(labels.instance ?? '');
}

class Backfill {
  readonly #options: BackfillOptions;
  readonly #client: PrometheusClient;
  readonly #servers = new Set<string>();
  readonly #wanted: ReadonlySet<string> | null;
  #values = 0;
  #queries = 0;
  #failed = 0;
  #failedInARow = 0;
  #problem: string | null = null;

  constructor(options: BackfillOptions) {
    this.#options = options;
    this.#client = new PrometheusClient(options.config, options.signal);
    this.#wanted = options.names === undefined ? null : new Set(options.names);
  }

  async run(): Promise<BackfillReport> {
    const { intake, steps = WINDOW_STEPS, stepsAQuery = STEPS_A_QUERY } = this.#options;
    const queries = this.#queriesOfConfig();
    const oldest = intake.closedStep - steps + 1;
    // Newest first: what is asked last matters least.
    for (let last = intake.closedStep; last >= oldest && !this.#isOver(); last -= stepsAQuery) {
      const first = Math.max(oldest, last - stepsAQuery + 1);
      for (const query of queries) {
        if (this.#isOver()) break;
        await this.#ask(query, first, last);
      }
    }
    return {
      servers: this.#servers.size,
      values: this.#values,
      queries: this.#queries,
      failedQueries: this.#failed,
      problem: this.#problem,
    };
  }

  #queriesOfConfig(): readonly BackfillQuery[] {
    const { config, names } = this.#options;
    const { source, serverLabel } = config;
    const by = serverLabel === 'auto' ? AUTOMATIC_LABELS : [serverLabel];
    const sources = source === 'auto' ? QUERY_SOURCES : [source];
    const base = config.selector.trim().replace(/,$/, '');
    const selectors = nameMatchers(names, by).map((matcher) => [base, matcher].filter(Boolean).join(','));
    return selectors.flatMap((selector) =>
      sources.flatMap((name) => backfillQueries(name, { by, selector })),
    );
  }

  #isOver(): boolean {
    return this.#options.signal.aborted || this.#failedInARow >= MAX_FAILURES;
  }

  async #ask({ metric, expression }: BackfillQuery, firstStep: number, lastStep: number): Promise<void> {
    this.#queries++;
    // A value at the end of a step is the mean over it.
    const [start, end] = [firstStep + 1, lastStep + 1].map((step) => stepStartMs(step) / 1000);
    try {
      const series = await this.#client.queryRange(expression, start, end, STEP_SECONDS);
      this.#failedInARow = 0;
      for (const each of series) this.#fill(each, metric);
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      this.#failed++;
      this.#failedInARow = error.isFinal ? MAX_FAILURES : this.#failedInARow + 1;
      this.#problem = error.message;
    }
  }

  #fill({ labels, points }: RangeSeries, metric: number): void {
    const { intake, config } = this.#options;
    const values = points
      .map(([seconds, text]) => ({ step: stepOf(seconds * 1000) - 1, value: Number(text) }))
      .filter(({ value }) => Number.isFinite(value));
    if (values.length === 0) return;
    const name = serverName(labels, config.serverLabel);
    if (this.#wanted !== null && !this.#wanted.has(name)) return;
    const slot = intake.admit(name, {});
    if (slot === ADMISSION_REFUSED) return;
    this.#servers.add(name);
    for (const { step, value } of values) if (intake.fill(slot, metric, step, value)) this.#values++;
  }
}

/**
 * Fills the window's gaps with the past day from Prometheus. Values that were measured stay. Never fails: what goes
 * wrong is logged and told in the report.
 */
export async function backfillFleet(options: BackfillOptions): Promise<BackfillReport> {
  const { config, clock, logger, signal } = options;
  const startedMs = clock.now();
  const report = await new Backfill(options).run();
  const { origin } = new URL(config.prometheusUrl);
  if (report.problem !== null && !signal.aborted)
    logger.error({ report }, new BackfillQueryError(origin, report.problem).message);
  else if (report.servers === 0 && options.names === undefined)
    logger.warn(
      { report },
      `Prometheus at ${origin} has no host metrics of the last day under the names asked for (fleet.backfill.source).`,
    );
  else logger.info({ report, durationMs: clock.now() - startedMs }, `The past day was read from ${origin}.`);
  return report;
}
