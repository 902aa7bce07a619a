/** A replay over what Prometheus has measured, by the same questions as the fleet's backfill. */
import type { HolidayBook } from '../../catalog/holidays.ts';
import { METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { type ProfilePattern, profileOf } from '../../catalog/profiles.ts';
import type { Clock } from '../../catalog/time.ts';
import { type BackfillTarget, backfillFleet } from '../../fleet/backfill/backfill.ts';
import type { BackfillConfig } from '../../fleet/backfill/config.ts';
import type { PlaceRules } from '../../fleet/places.ts';
import { ADMISSION_REFUSED } from '../../fleet/types.ts';
import type { ServerSeries } from '../../training/datasets/series.ts';
import { ReplayPrometheusError } from '../errors.ts';
import { chosen, type Measurements, type ReadRequest, type ReplaySource } from './source.ts';

/** Steps asked for at a time: a day. */
const STEPS_A_QUERY = 288;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

export interface PrometheusSourceOptions {
  readonly config: BackfillConfig;
  readonly patterns: readonly ProfilePattern[];
  readonly places: Pick<PlaceRules, 'of'>;
  readonly holidays: HolidayBook;
  readonly clock: Clock;
}

/** Takes what Prometheus answers, server by server. */
class Collector implements BackfillTarget {
  readonly closedStep: number;
  readonly #options: PrometheusSourceOptions;
  readonly #request: ReadRequest;
  readonly #slots = new Map<string, number>();
  readonly #series: ServerSeries[] = [];

  constructor(options: PrometheusSourceOptions, request: ReadRequest) {
    this.closedStep = request.span.last;
    this.#options = options;
    this.#request = request;
  }

  get series(): readonly ServerSeries[] {
    return this.#series;
  }

  admit(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    if (name === '' || this.#series.length >= this.#request.maxServers) return ADMISSION_REFUSED;
    const { span } = this.#request;
    const steps = span.last - span.first + 1;
    const slot = this.#series.length;
    const profile = profileOf(name, undefined, this.#options.patterns);
    const { timeZone, country } = this.#options.places.of(name, profile);
    this.#series.push({
      name,
      profile,
      timeZone,
      country,
      holidays: this.#options.holidays.of(country),
      firstStep: span.first,
      steps,
      values: new Float32Array(steps * METRIC_COUNT).fill(Number.NaN),
    });
    this.#slots.set(name, slot);
    return slot;
  }

  fill(slot: number, metric: number, step: number, value: number): boolean {
    const series = this.#series[slot];
    const row = step - series.firstStep;
    const { min, max } = METRICS[metric];
    if (row < 0 || row >= series.steps || value < min || value > max) return false;
    const at = row * METRIC_COUNT + metric;
    if (!Number.isNaN(series.values[at])) return false;
    series.values[at] = value;
    return true;
  }
}

export function prometheusSource(options: PrometheusSourceOptions): ReplaySource {
  const { config, clock } = options;
  const { origin, pathname } = new URL(config.prometheusUrl);
  const read = async (request: ReadRequest): Promise<Measurements> => {
    const intake = new Collector(options, request);
    const { problem, failedQueries } = await backfillFleet({
      config,
      intake,
      clock,
      logger: silent,
      signal: request.signal,
      steps: request.span.last - request.span.first + 1,
      stepsAQuery: STEPS_A_QUERY,
      ...(request.names === null ? {} : { names: request.names }),
    });
    request.signal.throwIfAborted();
    if (problem !== null || failedQueries > 0) throw new ReplayPrometheusError(origin, problem ?? 'unknown');
    return { servers: chosen(intake.series, request), warnings: [] };
  };
  const { selector, source, serverLabel } = config;
  return {
    id: `prometheus ${origin}${pathname} ${source} ${serverLabel} ${selector}`,
    name: `Prometheus at ${origin}`,
    failures: null,
    extent: null,
    read,
  };
}
