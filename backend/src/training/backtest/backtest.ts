import { dirname, join } from 'node:path';
import { STEP_SECONDS, stepStartMs } from '../../catalog/time.ts';
import { readManifest } from '../../forecast/bundle.ts';
import { type Reliability, reliabilityOf } from '../calibration/reliability.ts';
import { HAZARD_FILE, TRUTH_FILE } from '../datasets/files.ts';
import { readDataset } from '../datasets/reader.ts';
import type { Dataset } from '../datasets/series.ts';
import type { StepSpan } from '../datasets/windows.ts';
import { type AlertScores, raiseAlerts, scoreAlerts } from './alerts.ts';
import { averagePrecision } from './averagePrecision.ts';
import {
  baseRateOf,
  type CanaryScores,
  type FrozenScores,
  permutedServers,
  shiftedByADay,
} from './canaries.ts';
import { BacktestOverlapError, BacktestSpanError, NoFailuresError } from './errors.ts';
import { readHazard } from './hazard.ts';
import { type Intervals, intervalsOf } from './intervals.ts';
import { type KindRecall, recallByKind } from './kinds.ts';
import { type Leads, USEFUL } from './leads.ts';
import { fitScorer } from './learning.ts';
import { type LevelReplay, replayLevels } from './levels.ts';
import {
  eventRange,
  labelOrigins,
  listOrigins,
  type OriginTable,
  outcomesOf,
  serverDays,
} from './origins.ts';
import { checkOutputFolder, writeScores } from './scoreFile.ts';
import { argus, argusScore, argusWithin3h, argusWithin30m } from './scorers/argus.ts';
import { LEARNT_RIVALS, RIVALS } from './scorers/rivals.ts';
import type { LearntScorer } from './scorers/scorer.ts';
import { OriginScorer } from './scoring.ts';
import { originsIn, type SpanOptions, spansOf } from './spans.ts';
import { dropStatus, type StatusCanary } from './statusCanary.ts';
import { chooseThreshold, MOST_FALSE_PER_SERVER_DAY } from './threshold.ts';
import { type Failures, failuresOf, readTruth } from './truth.ts';

export interface BacktestOptions extends SpanOptions {
  readonly data: string;
  /** Failures that came; truth.parquet beside the data by default. */
  readonly truth?: string;
  /** Folder of the bundle. */
  readonly model: string;
  /** Steps between origins; 3 by default, 1 is what the running backend does. */
  readonly stride?: number;
  /** Parquet file for every score. */
  readonly out?: string;
  readonly timeZone?: string;
  readonly threads?: number;
  /** Also score against truths that are none. */
  readonly canaries?: boolean;
  /** Rivals that learn from the validation span, in place of the usual ones. */
  readonly learnt?: readonly LearntScorer[];
  /** Hears how many of the servers are done. */
  readonly progress?: (done: number, servers: number) => void;
}

export interface SpanReport {
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  readonly origins: number;
  readonly serverDays: number;
  /** Failures that could have been warned of all of the useful time. */
  readonly failures: number;
  /** Share of origins with a failure in useful time: the PR-AUC of chance. */
  readonly baseRate: number;
}

export interface ScorerReport {
  readonly prAuc: number | null;
  /** 90 % intervals of the test's figures over other servers of the same fleet. */
  readonly intervals: Intervals;
  /** PR-AUC / that of the hidden hazard; null without a ceiling. */
  readonly shareOfCeiling: number | null;
  /** Frozen on validation; null where none catches anything within the false alerts allowed: no alert is raised. */
  readonly threshold: number | null;
  readonly validation: AlertScores;
  readonly test: AlertScores;
}

export interface CanaryReport {
  /** Failures of other servers; null where there is one server only. By scorer. */
  readonly permutedServers: Readonly<Record<string, CanaryScores>> | null;
  readonly shiftedByADay: Readonly<Record<string, CanaryScores>>;
  readonly withoutStatus: StatusCanary;
}

export interface BacktestReport {
  readonly data: string;
  readonly model: string;
  readonly servers: number;
  readonly stride: number;
  /** Minutes after the origin in which a failure makes it positive: more than, at most. */
  readonly usefulMinutes: readonly [number, number];
  readonly mostFalsePerServerDay: number;
  /** Whether the bundle brings a calibration; without it its probabilities only order servers. */
  readonly calibrated: boolean;
  readonly validation: SpanReport;
  readonly test: SpanReport;
  /** PR-AUC of the hidden hazard; null where the data does not have it. */
  readonly ceiling: number | null;
  readonly scorers: Readonly<Record<string, ScorerReport>>;
  readonly kinds: readonly KindRecall[];
  readonly probabilities: Readonly<Record<string, Reliability>>;
  readonly levels: readonly LevelReplay[];
  readonly canaries?: CanaryReport;
}

const DEFAULT_STRIDE = 3;
/** Name of the scorer that knows the hidden hazard. */
export const CEILING = 'ceiling';

/** A scorer with its scores of both spans. */
interface Scored {
  readonly name: string;
  readonly probabilityOf: Leads | undefined;
  readonly raisesAlerts: boolean;
  readonly validation: Float32Array;
  readonly test: Float32Array;
}

interface Backtest {
  readonly data: Dataset;
  readonly failures: Failures;
  readonly validation: OriginTable;
  readonly test: OriginTable;
  readonly spans: { readonly validation: StepSpan; readonly test: StepSpan };
}

/**
 * Scores alerts by event: thresholds are chosen on the validation span, frozen, and applied to the test span after it.
 * @throws the errors of errors.ts here and in training, and those of opening a bundle
 */
export async function backtestModel(options: BacktestOptions): Promise<BacktestReport> {
  if (options.out !== undefined) await checkOutputFolder(options.out);
  const truth = options.truth ?? join(folderOf(options.data), TRUTH_FILE);
  const failures = await readTruth(truth);
  const readOptions = options.timeZone === undefined ? {} : { timeZone: options.timeZone };
  const data = await readDataset(options.data, readOptions);
  if (!data.servers.some(({ name }) => failures.has(name))) throw new BacktestOverlapError(truth, data.path);
  const backtest = prepare(data, failures, options);
  const manifest = await readManifest(options.model);
  const { scored, calibrated } = await scoreSpans(backtest, options);
  const { validation, test, spans } = backtest;
  const hazard = await readHazard(join(dirname(truth), HAZARD_FILE), [validation, test]);
  const all = hazard === null ? scored : [...scored, ceilingOf(hazard)];
  const testLabels = labelOrigins(test, failures);
  if (options.out !== undefined) {
    const names = all.map(({ name }) => name);
    await writeScores(options.out, names, [
      {
        name: 'validation',
        table: validation,
        labels: labelOrigins(validation, failures),
        columns: all.map((one) => one.validation),
      },
      { name: 'test', table: test, labels: testLabels, columns: all.map((one) => one.test) },
    ]);
  }
  const alerting = all.filter(({ raisesAlerts }) => raisesAlerts);
  const frozen = alerting.map(
    (one): FrozenScores => ({
      scores: one.test,
      threshold: chooseThreshold(validation, one.validation, failures),
    }),
  );
  const intervals = intervalsOf(test, frozen, testLabels, failures);
  const ceiling = hazard === null ? null : averagePrecision(hazard[1], testLabels);
  const byName = <T>(of: (one: Scored, position: number) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(alerting.map((one, position) => [one.name, of(one, position)]));
  const risk = all.find(({ name }) => name === argusScore.name);
  return {
    data: data.path,
    model: manifest.id,
    servers: data.servers.length,
    stride: test.stride,
    usefulMinutes: [USEFUL.first - 1, USEFUL.last].map((steps) => (steps * STEP_SECONDS) / 60) as [
      number,
      number,
    ],
    mostFalsePerServerDay: MOST_FALSE_PER_SERVER_DAY,
    calibrated,
    validation: spanReport(spans.validation, validation, failures),
    test: spanReport(spans.test, test, failures),
    ceiling,
    scorers: byName((one, i) =>
      scorerReport(backtest, one, frozen[i].threshold, {
        prAuc: averagePrecision(one.test, testLabels),
        intervals: intervals[i],
        ceiling,
      }),
    ),
    kinds: recallByKind(
      test,
      alerting.map(({ name }, i) => ({ name, ...frozen[i] })),
      failures,
      spans.test.first,
    ),
    probabilities: Object.fromEntries(
      all.flatMap(({ name, probabilityOf, test: scores }) =>
        probabilityOf === undefined
          ? []
          : [[name, reliabilityOf(scores, outcomesOf(test, failures, probabilityOf))]],
      ),
    ),
    levels: risk === undefined ? [] : replayLevels(test, risk.test, failures),
    ...(options.canaries === true
      ? { canaries: await canaryReport(backtest, alerting, frozen, readOptions) }
      : {}),
  };
}

/** Where what belongs to the data lies: the folder itself, or that of the one file. */
function folderOf(path: string): string {
  return /\.(parquet|csv|csv\.gz)$/.test(path) ? dirname(path) : path;
}

function prepare(data: Dataset, failures: Failures, options: BacktestOptions): Backtest {
  const spans = spansOf(data, options);
  const stride = options.stride ?? DEFAULT_STRIDE;
  const tableOf = (name: string, span: StepSpan): OriginTable => {
    const table = listOrigins(data.servers, originsIn(span, data), stride, failures);
    if (table.steps.length === 0) {
      throw new BacktestSpanError(data.path, `no server has a measured day before the ${name} span`);
    }
    if (eventCount(table, failures) === 0) {
      throw new NoFailuresError(name, isoOf(span.first), isoOf(span.last + 1), REMEDY[name]);
    }
    return table;
  };
  return {
    data,
    failures,
    spans,
    validation: tableOf('validation', spans.validation),
    test: tableOf('test', spans.test),
  };
}

const REMEDY: Readonly<Record<string, string>> = {
  validation: 'a threshold cannot be chosen without any; choose a later --from, or give more days or servers',
  test: 'nothing can be caught; choose an earlier --from, or give more days or servers',
};

async function scoreSpans(
  { data, validation, test, failures }: Backtest,
  options: BacktestOptions,
): Promise<{ readonly scored: readonly Scored[]; readonly calibrated: boolean }> {
  const given = [argus, argusWithin3h, argusWithin30m, argusScore, ...RIVALS];
  const learnt = options.learnt ?? LEARNT_RIVALS;
  const fitted = [];
  for (const scorer of learnt) fitted.push(await fitScorer(scorer, validation, failures));
  const columnsOf = (table: OriginTable): Float32Array[] =>
    [...given, ...learnt].map(() => new Float32Array(table.steps.length));
  const columns = { validation: columnsOf(validation), test: columnsOf(test) };
  const forTest = [...given, ...fitted.map((one) => one.forTest)];
  const scorer = await OriginScorer.open(options.model, options.threads);
  try {
    for (let server = 0; server < data.servers.length; server++) {
      const forValidation = [...given, ...fitted.map((one) => one.forValidation(server))];
      await scorer.scoreServer(validation, server, forValidation, columns.validation);
      await scorer.scoreServer(test, server, forTest, columns.test);
      options.progress?.(server + 1, data.servers.length);
    }
  } finally {
    await scorer.close();
  }
  const scored = [...given, ...learnt].map((one, i) => ({
    name: one.name,
    probabilityOf: one.probabilityOf,
    raisesAlerts: !('raisesAlerts' in one) || one.raisesAlerts !== false,
    validation: columns.validation[i],
    test: columns.test[i],
  }));
  return { scored, calibrated: scorer.calibrated };
}

function ceilingOf([validation, test]: readonly Float32Array[]): Scored {
  return { name: CEILING, probabilityOf: USEFUL, raisesAlerts: true, validation, test };
}

function scorerReport(
  { validation, test, failures }: Backtest,
  scored: Scored,
  threshold: number,
  area: {
    readonly prAuc: number | null;
    readonly intervals: Intervals;
    readonly ceiling: number | null;
  },
): ScorerReport {
  const { prAuc, intervals, ceiling } = area;
  const scoresOf = (table: OriginTable, scores: Float32Array): AlertScores =>
    scoreAlerts(table, raiseAlerts(table, scores, threshold), failures);
  return {
    prAuc,
    intervals,
    shareOfCeiling: prAuc === null || ceiling === null || ceiling === 0 ? null : prAuc / ceiling,
    threshold: Number.isFinite(threshold) ? threshold : null,
    validation: scoresOf(validation, scored.validation),
    test: scoresOf(test, scored.test),
  };
}

function spanReport(span: StepSpan, table: OriginTable, failures: Failures): SpanReport {
  return {
    from: isoOf(span.first),
    to: isoOf(span.last + 1),
    origins: table.steps.length,
    serverDays: serverDays(table),
    failures: eventCount(table, failures),
    baseRate: baseRateOf(labelOrigins(table, failures)),
  };
}

function eventCount(table: OriginTable, failures: Failures): number {
  const { first, last } = eventRange(table);
  const counted = table.servers.map(
    ({ name }) => failuresOf(failures, name).filter(({ step }) => step >= first && step <= last).length,
  );
  return counted.reduce((sum, count) => sum + count, 0);
}

async function canaryReport(
  { data, test, failures }: Backtest,
  alerting: readonly Scored[],
  frozen: readonly FrozenScores[],
  readOptions: { readonly timeZone?: string },
): Promise<CanaryReport> {
  const named = (scores: readonly CanaryScores[]): Readonly<Record<string, CanaryScores>> =>
    Object.fromEntries(alerting.map(({ name }, i) => [name, scores[i]]));
  const permuted = permutedServers(test, failures, frozen);
  return {
    permutedServers: permuted === null ? null : named(permuted),
    shiftedByADay: named(shiftedByADay(test, failures, frozen)),
    withoutStatus: await dropStatus(data, readOptions),
  };
}

function isoOf(step: number): string {
  return new Date(stepStartMs(step)).toISOString();
}
