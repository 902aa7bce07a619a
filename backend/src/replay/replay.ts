/** A replay from beginning to end: measurements, forecasts, alerts of both configurations, and what became of them. */
import { createHash } from 'node:crypto';
import { METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { TARGET_LIST } from '../catalog/targets.ts';
import {
  DAY_MS,
  HORIZON_STEPS,
  HOUR_MS,
  STEP_SECONDS,
  STEPS_A_DAY,
  STEPS_AN_HOUR,
  stepOf,
  stepStartMs,
  WINDOW_STEPS,
} from '../catalog/time.ts';
import { readManifest } from '../forecast/bundle.ts';
import { RuleBook } from '../risk/rules.ts';
import { USEFUL } from '../training/backtest/leads.ts';
import { failuresOf } from '../training/backtest/truth.ts';
import { lastStepOf, type ServerSeries } from '../training/datasets/series.ts';
import type { StepSpan } from '../training/datasets/windows.ts';
import { breachesOf, type ReplayEvent } from './alerts/breaches.ts';
import { type ComparedServer, compare, type JudgedAlert, summaryOf } from './alerts/comparison.ts';
import { judge, minuteText } from './alerts/judgement.ts';
import type { CachedReplay, CachedServer, ReplayCache } from './cache.ts';
import { ReplayNoHistoryError, ReplaySpanError, ReplayTooLargeError } from './errors.ts';
import { COARSE_STEPS } from './forecasts/screening.ts';
import { type PlainSeries, plainOf } from './plainSeries.ts';
import { snippetOf } from './snippet.ts';
import type { ReplaySource } from './sources/source.ts';
import type { CausedAlert, ServerReplay } from './thread.ts';
import { runThreads } from './threads.ts';
import type { ReplayProgress, ReplayQuestion, ReplayResult } from './types.ts';

/** Cycles before the beginning, so that what is open at the beginning is not taken as opened then. */
const LEAD_IN_STEPS = STEPS_AN_HOUR;
const DEFAULT_DAYS = 30;
const MOST_ALERTS_LISTED = 2000;
const KEY_DIGITS = 32;
const FORMAT = 2;
/** Percent of a replay that is done when the measurements are there, and when the forecasts are. */
const READ_PERCENT = 5;
const FORECAST_PERCENT = 97;

export interface ReplayOptions extends ReplayQuestion {
  readonly source: ReplaySource;
  readonly cache: ReplayCache | null;
  readonly threads: number;
  readonly maxServerDays: number;
  readonly signal: AbortSignal;
  readonly progress?: (progress: ReplayProgress) => void;
  /** Forecasts every step; to see what the screening costs in exactness. */
  readonly everyStep?: boolean;
}

/** Steps of a replay; both ends of each inclusive. */
interface Spans {
  /** Cycles that are replayed; alerts count that open at one of `counted`. */
  readonly cycles: StepSpan;
  readonly counted: StepSpan;
  /** Measurements that are needed: a day before, 8 hours after. */
  readonly read: StepSpan;
}

/** A time as replays take it: the beginning of its hour. */
export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/**
 * Where a replay begins if nobody says: 30 days before its end, or as many as there are with a day before them.
 * @param extent of what there is; null where that is not known
 */
export function usualFrom(toMs: number, extent: StepSpan | null): number {
  const readyMs = extent === null ? Number.NEGATIVE_INFINITY : stepStartMs(extent.first + WINDOW_STEPS);
  return Math.max(toMs - DEFAULT_DAYS * DAY_MS, hourOf(readyMs + HOUR_MS - 1));
}

function spansOf({ fromMs, toMs, nowMs }: ReplayOptions): Spans {
  const [from, to] = [stepOf(fromMs), stepOf(toMs)];
  if (from >= to) {
    throw new ReplaySpanError(
      `from (${minuteText(fromMs)}) must lie at least an hour before to (${minuteText(toMs)}); both are taken at their full hour.`,
    );
  }
  // An alert is known at the end of its step.
  const counted = { first: from - 1, last: to - 2 };
  const cycles = { first: counted.first - LEAD_IN_STEPS, last: counted.last };
  const last = Math.min(to + HORIZON_STEPS, stepOf(hourOf(nowMs)) - 1);
  return {
    counted,
    cycles,
    read: { first: cycles.first - WINDOW_STEPS + 1, last: Math.max(last, counted.last) },
  };
}

/** What makes two replays share their forecasts. */
function keyOf({ source, fromMs, toMs, names }: ReplayOptions, model: string): string {
  const what = JSON.stringify([
    FORMAT,
    model,
    source.id,
    fromMs,
    toMs,
    names === null ? null : [...names].sort(),
  ]);
  return createHash('sha256').update(what).digest('hex').slice(0, KEY_DIGITS);
}

function digestOf(series: PlainSeries, toStep: number): string {
  const { name, profile, timeZone, holidayDates, firstStep, values } = series;
  const used = values.subarray(0, Math.max(0, toStep + 1 - firstStep) * METRIC_COUNT);
  const hash = createHash('sha1').update(JSON.stringify([name, profile, timeZone, holidayDates, firstStep]));
  return hash.update(new Uint8Array(used.buffer, used.byteOffset, used.byteLength)).digest('base64');
}

/** Takes over forecasts of servers whose measurements are the same as then. */
function withForecasts(
  servers: readonly PlainSeries[],
  cached: CachedReplay | null,
  toStep: number,
): readonly CachedServer[] {
  const known = new Map(
    cached?.servers.map(({ series, forecasts }) => [digestOf(series, toStep), forecasts]) ?? [],
  );
  return servers.map((series) => ({
    series,
    forecasts: known.size === 0 ? null : (known.get(digestOf(series, toStep)) ?? null),
  }));
}

async function measurementsOf(
  options: ReplayOptions,
  spans: Spans,
  cached: CachedReplay | null,
): Promise<CachedReplay> {
  if (cached !== null && cached.readToStep >= spans.read.last) return cached;
  const { source, names, maxServerDays, signal } = options;
  const days = (spans.counted.last - spans.counted.first + 1) / STEPS_A_DAY;
  const maxServers = Math.max(1, Math.floor(maxServerDays / days));
  const { servers, warnings } = await source.read({
    span: spans.read,
    names,
    maxServers: maxServers + 1,
    signal,
  });
  if (servers.length > maxServers && servers.length * days > maxServerDays) {
    throw new ReplayTooLargeError(
      `more than ${maxServers} servers for ${days.toFixed(1)} days`,
      maxServerDays,
    );
  }
  return {
    readToStep: spans.read.last,
    warnings,
    servers: withForecasts(servers.map(plainOf), cached, spans.cycles.last),
  };
}

/** First step with a measurement; Infinity without any. */
function firstMeasured({ firstStep, values }: ServerSeries): number {
  const at = values.findIndex((value) => !Number.isNaN(value));
  return at < 0 ? Number.POSITIVE_INFINITY : firstStep + Math.floor(at / METRIC_COUNT);
}

/** Last step with a measurement; -1 without any. */
function lastMeasured({ firstStep, values }: ServerSeries): number {
  const at = values.findLastIndex((value) => !Number.isNaN(value));
  return at < 0 ? -1 : firstStep + Math.floor(at / METRIC_COUNT);
}

/** @returns warnings @throws ReplayNoHistoryError */
function checkExtent(options: ReplayOptions, { counted }: Spans, servers: readonly ServerSeries[]): string[] {
  const { source, names } = options;
  const first = servers.reduce((least, series) => Math.min(least, firstMeasured(series)), Infinity);
  if (!Number.isFinite(first)) {
    const whom =
      names === null
        ? 'no server'
        : `none of the servers ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
    throw new ReplayNoHistoryError(
      `${source.name} holds measurements of ${whom} in this time. Choose another time, or correct the names.`,
    );
  }
  const ready = stepStartMs(first + WINDOW_STEPS);
  if (first > counted.first) {
    throw new ReplayNoHistoryError(
      `${source.name} begins at ${minuteText(stepStartMs(first))}, after the beginning of the replay (${minuteText(options.fromMs)}). A forecast needs a day of measurements before it: choose a beginning from ${minuteText(ready)} on.`,
    );
  }
  const last = servers.reduce((most, series) => Math.max(most, lastMeasured(series)), 0);
  const missing = names?.filter((name) => !servers.some((series) => series.name === name)) ?? [];
  return [
    ...(first + WINDOW_STEPS - 1 > counted.first
      ? [
          `Nothing could be forecast before ${minuteText(ready)}: a forecast needs a day of measurements before it.`,
        ]
      : []),
    ...(last < counted.last - STEPS_AN_HOUR
      ? [
          `Nothing is measured after ${minuteText(stepStartMs(last + 1))}; what comes after it is no part of this.`,
        ]
      : []),
    ...(missing.length > 0 ? [`Not measured in this time: ${missing.slice(0, 10).join(', ')}.`] : []),
  ];
}

function neverMeasured(servers: readonly ServerSeries[]): readonly string[] {
  const scored = TARGET_LIST.filter(({ thresholds }) => thresholds !== null);
  const missing = scored.filter(({ metric }) =>
    servers.every(({ values }) => {
      for (let at = metric; at < values.length; at += METRIC_COUNT)
        if (!Number.isNaN(values[at])) return false;
      return true;
    }),
  );
  if (missing.length === 0) return [];
  const names = missing.map(({ metric }) => METRICS[metric].name).join(', ');
  return [`Never measured, and so without any part in this: ${names}.`];
}

async function forecastAll(
  options: ReplayOptions,
  { cycles }: Spans,
  servers: readonly CachedServer[],
): Promise<readonly ServerReplay[]> {
  const { model, today, proposed, threads, signal, everyStep = false, progress } = options;
  const done: ServerReplay[] = [];
  const startMs = performance.now();
  await runThreads({
    settings: { model, configs: [proposed, today], span: cycles, everyStep },
    threads,
    tasks: servers.map(({ series, forecasts }, position) => ({ position, series, known: forecasts })),
    signal,
    done: (server) => {
      done.push(server);
      const share = done.length / servers.length;
      const secondsLeft = ((performance.now() - startMs) / 1000) * (1 / share - 1);
      const percent = READ_PERCENT + (FORECAST_PERCENT - READ_PERCENT) * share;
      progress?.({ state: 'forecasting', percent, secondsLeft: Math.round(secondsLeft) });
    },
  });
  return done.sort((a, b) => a.position - b.position);
}

function eventsOf(options: ReplayOptions, rules: RuleBook, series: ServerSeries): readonly ReplayEvent[] {
  const { failures } = options.source;
  const failed = failures === null ? [] : failuresOf(failures, series.name);
  const told = failed.map(({ step, kind }): ReplayEvent => {
    return { step, lastStep: step, target: null, threshold: null, failure: kind };
  });
  return [...breachesOf(series, rules.rulesOf(series.name, series.profile)), ...told].sort(
    (a, b) => a.step - b.step,
  );
}

function comparedServer(
  options: ReplayOptions,
  { counted }: Spans,
  rules: RuleBook,
  series: ServerSeries,
  [proposed, today]: ServerReplay['alerts'],
): ComparedServer {
  const events = eventsOf(options, rules, series);
  const evidence = { series, events, annotations: options.annotations };
  const judged = (alerts: readonly CausedAlert[]): readonly JudgedAlert[] =>
    alerts
      .filter(({ openedStep }) => openedStep >= counted.first)
      .map((alert) => ({ alert, causeTarget: alert.causeTarget, judgement: judge(alert, evidence) }));
  const warnable = {
    first: Math.max(counted.first, firstMeasured(series) + WINDOW_STEPS - 1) + USEFUL.last,
    last: Math.min(counted.last + USEFUL.first, lastStepOf(series)),
  };
  return {
    series,
    proposed: judged(proposed),
    today: judged(today),
    events: events.filter(({ step }) => step >= warnable.first && step <= warnable.last),
  };
}

/**
 * Runs the past again through the model under both configurations.
 * @throws the errors of errors.ts, of the source and of the bundle; the reason of the signal
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { cache, progress, today, proposed, fromMs, toMs, signal } = options;
  const startMs = performance.now();
  const spans = spansOf(options);
  const { id: model } = await readManifest(options.model);
  progress?.({ state: 'reading', percent: 0, secondsLeft: null });
  const key = keyOf(options, model);
  const cached = (await cache?.read(key)) ?? null;
  const measured = await measurementsOf(options, spans, cached);
  signal.throwIfAborted();
  const all = measured.servers.map(({ series }) => series);
  const notes = checkExtent(options, spans, all);
  progress?.({ state: 'forecasting', percent: READ_PERCENT, secondsLeft: null });
  const replayed = await forecastAll(options, spans, measured.servers);
  progress?.({ state: 'evaluating', percent: FORECAST_PERCENT, secondsLeft: 1 });
  if (measured !== cached || replayed.some(({ forecasts }) => forecasts !== null)) {
    const servers = measured.servers.map(({ series, forecasts }, i) => {
      return { series, forecasts: replayed[i].forecasts ?? forecasts };
    });
    await cache?.write(key, { ...measured, servers });
  }
  const rules = new RuleBook(today);
  const compared = replayed.map(({ position, alerts }) =>
    comparedServer(options, spans, rules, all[position], alerts),
  );
  const comparison = compare(compared);
  const sum = (of: (server: ServerReplay) => number): number =>
    replayed.reduce((total, server) => total + of(server), 0);
  const days = (toMs - fromMs) / (24 * HOUR_MS);
  return {
    summary: summaryOf(comparison, days),
    model,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    days,
    servers: all.length,
    server_days: Math.round((sum(({ possible }) => possible) / STEPS_A_DAY) * 10) / 10,
    ...comparison,
    alerts: comparison.alerts.slice(0, MOST_ALERTS_LISTED),
    alerts_total: comparison.alerts.length,
    yaml: snippetOf(proposed),
    forecasts: {
      made: sum(({ made }) => made),
      possible: sum(({ possible }) => possible),
      cached: sum(({ cached: known }) => known),
      stride_minutes: ((options.everyStep === true ? 1 : COARSE_STEPS) * STEP_SECONDS) / 60,
      seconds: Math.round((performance.now() - startMs) / 100) / 10,
    },
    warnings: [...notes, ...neverMeasured(all), ...measured.warnings],
  };
}
