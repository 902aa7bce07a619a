import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { type Clock, STEP_MS, WINDOW_STEPS } from '../../catalog/time.ts';
import { ADMISSION_REFUSED, type FleetIntake } from '../../fleet/types.ts';
import type { OtlpConfig } from '../config.ts';
import { Moments } from './moments.ts';
import { KIND, type PointBatch, type ResourceSpan } from './pointBatch.ts';
import { ProcessCpu } from './processes.ts';
import { NOT_NEWER, rateOf } from './rates.ts';
import type { RejectionReason, Rejections } from './rejections.ts';
import { type CompiledRule, RULES } from './rules.ts';
import { SeriesStore } from './seriesStore.ts';
import { METRIC_OF_PROCESSES, SOURCE_LIST, SOURCES } from './sources.ts';

const MS_PER_SECOND = 1000;
const WINDOW_MS = WINDOW_STEPS * STEP_MS;
/** A ratio of 1 computed from rounded parts may come out a little larger. */
const ROUNDING = 1 + 1e-6;
/** A better source that was silent this long no longer keeps a lesser one from being used. */
const SOURCE_SILENT_MS = 600_000;
const NO_RANK = 255;
/** Sources whose parts are CPU seconds per second: their sum is the number of CPUs. */
const CPU_SECONDS: readonly number[] = [SOURCES.cpuTime, SOURCES.nodeCpu].map((source) =>
  (SOURCE_LIST as readonly unknown[]).indexOf(source),
);

/** Turns decoded points into window metrics and writes them to the fleet. */
export class HostMapper {
  readonly #intake: FleetIntake;
  readonly #clock: Clock;
  readonly #config: OtlpConfig;
  readonly #series: SeriesStore;
  readonly #moments: Moments;
  readonly #processes: ProcessCpu;
  readonly #maxGapMs: number;
  // Of the source last used, by server and metric:
  #rank = new Uint8Array(0);
  #rankMs = new Float64Array(0);
  #nowMs = 0;

  constructor(intake: FleetIntake, clock: Clock, config: OtlpConfig) {
    this.#intake = intake;
    this.#clock = clock;
    this.#config = config;
    this.#maxGapMs = config.maxRateGapSeconds * MS_PER_SECOND;
    this.#series = new SeriesStore(config);
    this.#moments = new Moments(
      ({ server, source, timeMs }, metric, value, written) => {
        if (written === undefined) {
          return this.#record(server, metric, timeMs, value, SOURCE_LIST[source].rank);
        }
        this.#intake.amend(server, metric, timeMs, written, value);
        return true;
      },
      (server, source, cpuCount) => {
        if (CPU_SECONDS.includes(source)) this.#processes.setCpuCount(server, cpuCount);
      },
      config.holdSeconds * MS_PER_SECOND,
    );
    this.#processes = new ProcessCpu((server, timeMs, percent, rank) =>
      this.#record(server, METRIC_OF_PROCESSES, timeMs, percent, rank),
    );
  }

  /** Series remembered, of all servers. */
  get seriesCount(): number {
    return this.#series.size;
  }

  /** Uses the points of one request; those refused are added to the tally. */
  apply(batch: PointBatch, rejections: Rejections): void {
    this.#nowMs = this.#clock.now();
    batch.spans.forEach((span, index) => {
      this.#span(span, batch, batch.endOf(index), rejections);
    });
    this.#moments.endRequest(this.#nowMs);
    this.#processes.endRequest();
    this.#intake.commit();
  }

  /** Delivers the measurements whose missing series have been waited for long enough. */
  flush(): void {
    if (this.#moments.closeOverdue(this.#clock.now())) this.#intake.commit();
  }

  /** Delivers everything that is held, before a stop. */
  flushAll(): void {
    this.#moments.closeAll();
    this.#intake.commit();
  }

  /** Drops what is remembered of a server that left the fleet: its slot may be given to another. */
  forget(server: number): void {
    this.#series.forget(server);
    this.#moments.forget(server);
    this.#processes.forget(server);
    const from = server * METRIC_COUNT;
    this.#rank.fill(NO_RANK, from, from + METRIC_COUNT);
    this.#rankMs.fill(0, from, from + METRIC_COUNT);
  }

  #span(span: ResourceSpan, batch: PointBatch, end: number, rejections: Rejections): void {
    const { identity } = span;
    const count = end - span.firstPoint + span.unmapped;
    if (identity.problem !== null) {
      rejections.add(identity.problem, count, identity.name);
      return;
    }
    // A resource without a single usable point does not make a server.
    if (end === span.firstPoint) return;
    const server = this.#intake.admit(identity.name, identity.server);
    if (server === ADMISSION_REFUSED) {
      rejections.add('server_refused', count, identity.name);
      return;
    }
    for (let row = span.firstPoint; row < end; row++) {
      const rule = RULES[batch.rule[row]];
      const problem = this.#point(server, rule, batch, row);
      if (problem !== null) rejections.add(problem, 1, `${rule.rule.name} of ${identity.name}`);
    }
  }

  #point(server: number, rule: CompiledRule, batch: PointBatch, row: number): RejectionReason | null {
    const timeMs = batch.timeMs[row];
    const timeProblem = this.#timeProblem(timeMs);
    if (timeProblem !== null) return timeProblem;
    const kind = batch.kind[row];
    const problem = kind === KIND.noRecordedValue ? null : this.#valueProblem(rule, batch, row);
    const series =
      kind === KIND.noRecordedValue || problem !== null
        ? NO_SERIES
        : this.#series.findOrAdd(server, batch.series1[row], batch.series2[row], timeMs);
    if (series < 0) {
      if (rule.source >= 0) this.#moments.spoil(server, rule.source, timeMs);
      return problem ?? (kind === KIND.noRecordedValue ? null : 'series_limit');
    }
    if (rule.isRate) this.#counter(server, rule, series, batch, row);
    else this.#level(server, rule, series, batch, row);
    return null;
  }

  #timeProblem(timeMs: number): RejectionReason | null {
    if (timeMs === 0) return 'no_time';
    if (timeMs > this.#nowMs + this.#config.maxClockSkewSeconds * MS_PER_SECOND) return 'too_new';
    return timeMs < this.#nowMs - WINDOW_MS ? 'too_old' : null;
  }

  #valueProblem(rule: CompiledRule, batch: PointBatch, row: number): RejectionReason | null {
    if (batch.kind[row] === KIND.empty) return 'no_value';
    const value = batch.value[row];
    if (!Number.isFinite(value)) return 'not_finite';
    if (value < 0) return 'negative';
    if (value > rule.max * ROUNDING) return 'out_of_range';
    return rule.rule.isMoment === true && value * MS_PER_SECOND > batch.timeMs[row] ? 'negative' : null;
  }

  #counter(server: number, rule: CompiledRule, series: number, batch: PointBatch, row: number): void {
    const rate = rateOf(this.#series, series, batch, row, this.#maxGapMs);
    if (rate === NOT_NEWER) return;
    const timeMs = batch.timeMs[row];
    const { target } = rule.rule;
    if (rule.source >= 0) {
      if (Number.isNaN(rate)) this.#moments.note(server, rule.source, timeMs);
      else
        this.#moments.add(server, rule.source, timeMs, batch.part[row], rate * rule.scale, batch.mount[row]);
    } else if (target.kind === 'process' && !Number.isNaN(rate)) {
      this.#processes.add(server, series, { ...target, timeMs, value: rate * rule.scale });
    }
  }

  #level(server: number, rule: CompiledRule, series: number, batch: PointBatch, row: number): void {
    const timeMs = batch.timeMs[row];
    const isNew = this.#series.isNew;
    const newestMs = isNew ? 0 : this.#series.timeMs(series);
    if (timeMs === newestMs) return;
    const sent = Math.min(batch.value[row], rule.max);
    const value = (rule.rule.isMoment === true ? timeMs / MS_PER_SECOND - sent : sent) * rule.scale;
    if (timeMs > newestMs) this.#series.update(series, 0, timeMs, value);
    const { target } = rule.rule;
    switch (target.kind) {
      case 'source':
        this.#moments.add(server, rule.source, timeMs, batch.part[row], value, batch.mount[row]);
        break;
      case 'metric':
        this.#record(server, target.metric, timeMs, value, target.rank);
        break;
      case 'process':
        this.#processes.add(server, series, { ...target, timeMs, value });
        break;
      case 'cpuCount':
        this.#processes.setCpuCount(server, value);
    }
  }

  /** Writes a measurement, unless a better source of the same metric is alive. @returns whether it was taken */
  #record(server: number, metric: number, timeMs: number, value: number, rank: number): boolean {
    const at = server * METRIC_COUNT + metric;
    this.#makeRoom(at);
    const isAlive = Math.abs(timeMs - this.#rankMs[at]) < SOURCE_SILENT_MS;
    if (rank > this.#rank[at] && isAlive) return false;
    this.#rank[at] = rank;
    this.#rankMs[at] = Math.max(this.#rankMs[at], timeMs);
    return this.#intake.record(server, metric, timeMs, value) === 'accepted';
  }

  #makeRoom(at: number): void {
    if (at < this.#rank.length) return;
    const length = Math.max(at + 1, this.#rank.length * 2, METRIC_COUNT * 64);
    const rank = new Uint8Array(length).fill(NO_RANK);
    const rankMs = new Float64Array(length);
    rank.set(this.#rank);
    rankMs.set(this.#rankMs);
    this.#rank = rank;
    this.#rankMs = rankMs;
  }
}

const NO_SERIES = -1;
