/** `argus evaluate --explain`: whether explanations are right, on failures whose cause is known. */
import { dirname, join, resolve } from 'node:path';
import { Value } from 'typebox/value';
import { stepOf, WINDOW_STEPS } from '../../catalog/time.ts';
import { type Attribution, attribute } from '../../explain/attribution.ts';
import { ExplainConfigSchema } from '../../explain/config.ts';
import { applyCaps, findCounterfactuals, MOST_CHANGES } from '../../explain/counterfactuals.ts';
import { type Donor, findDonors } from '../../explain/donors.ts';
import { GradientHost } from '../../explain/gradientHost.ts';
import { integratedGradients, NO_PATH } from '../../explain/gradients.ts';
import { ProfileRanges } from '../../explain/ranges.ts';
import { type Subject, scoresOfWindows } from '../../explain/subject.ts';
import { readManifest } from '../../forecast/bundle.ts';
import { Assessor } from '../../risk/assessor.ts';
import { readCalibration, UNCALIBRATED } from '../../risk/calibration.ts';
import { DEFAULT_RISK_CONFIG } from '../../risk/config.ts';
import { RuleBook } from '../../risk/rules.ts';
import { BacktestOverlapError } from '../backtest/errors.ts';
import { readTruth } from '../backtest/truth.ts';
import { TRUTH_FILE } from '../datasets/files.ts';
import { readDataset } from '../datasets/reader.ts';
import type { Dataset } from '../datasets/series.ts';
import { NoCasesError } from '../errors.ts';
import { Random } from '../random.ts';
import { type Case, findCases, MomentRisk } from './cases.ts';
import { DatasetFleet } from './datasetFleet.ts';
import { attentionScores, deletionAreas, groupSums, orderBy, randomOrder } from './deletion.ts';
import { shuffledBundle } from './randomWeights.ts';
import { spearman, toATenth, told } from './ranks.ts';
import { SessionReruns } from './sessionReruns.ts';

export interface ExplanationOptions {
  readonly data: string;
  /** Failures that came; truth.parquet beside the data by default. */
  readonly truth?: string;
  /** Folder of the bundle. */
  readonly model: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Most cases explained, drawn evenly over time; all by default. */
  readonly cases?: number;
  readonly timeZone?: string;
  /** Donors of an explanation; the configuration's default otherwise. */
  readonly donors?: number;
  /** Runs of a sampled explanation. */
  readonly sampledRuns?: number;
  readonly progress?: (done: number, cases: number) => void;
}

/** Areas under the deletion curve by explanation. */
export type Deletion = Readonly<Record<'shapley' | 'attention' | 'gradient' | 'random', number>>;

export interface ExplanationReport {
  readonly data: string;
  readonly model: string;
  readonly servers: number;
  /** Failures that break a metric and could be seen coming. */
  readonly failures: number;
  /** Those whose server stood above healthy in time. */
  readonly found: number;
  /** Those that were explained. */
  readonly cases: number;
  readonly donors: number;
  /** Share of cases whose true cause is among the first three groups, and the first; by kind as well. */
  readonly cause: {
    readonly top3: number;
    readonly first: number;
    readonly kinds: Readonly<
      Record<string, { readonly cases: number; readonly top3: number; readonly first: number }>
    >;
    /** Of the fast form. */
    readonly fast: { readonly top3: number; readonly first: number };
  };
  /** Mean Spearman of the sampled values with full enumeration, and the runs they took. */
  readonly sampled: { readonly spearman: number; readonly runs: number };
  /** Mean Spearman of the fast form with full enumeration. */
  readonly fast: { readonly spearman: number };
  readonly deletion: Deletion & { readonly shapleyOverBestOther: number };
  /**
   * Mean Spearman of a second explanation, of the same window and of one with 1 % noise; the latter also of all values to
   * a tenth of a point, those that are told as having no effect included.
   */
  readonly repeat: { readonly same: number; readonly noise: number; readonly noiseToATenth: number };
  readonly counterfactuals: {
    /** Share of cases for which one was found. */
    readonly found: number;
    readonly count: number;
    readonly valid: number;
    readonly fewChanges: number;
    readonly inRange: number;
  };
  /**
   * Against the explanation of the same window by a network of shuffled weights: mean Spearman, and how many points moved
   * as a share of all.
   */
  readonly shuffled: { readonly spearman: number; readonly moved: number };
}

const NOISE = 0.01;
const TOP = 3;
const RANDOM_ORDERS = 8;
const SAMPLED_RUNS = 192;
/** Enough for every coalition of eight groups. */
const ALL_RUNS = Number.POSITIVE_INFINITY;

interface Tools {
  readonly fleet: DatasetFleet;
  readonly reruns: SessionReruns;
  readonly shuffled: SessionReruns;
  readonly assessor: Assessor;
  readonly gradients: GradientHost;
  readonly donors: number;
  readonly sampledRuns: number;
}

/** What one case gives; null where there was nothing to compare with. */
interface CaseResult {
  readonly kind: string;
  readonly rank: number;
  readonly fastRank: number;
  readonly sampled: number;
  readonly sampledRuns: number;
  readonly fast: number;
  readonly deletion: Deletion | null;
  readonly same: number;
  readonly noise: { readonly told: number; readonly toATenth: number };
  readonly shuffled: { readonly spearman: number; readonly moved: number };
  readonly counterfactuals: CounterfactualResult;
}

interface CounterfactualResult {
  readonly count: number;
  readonly valid: number;
  readonly fewChanges: number;
  readonly inRange: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Position, from 1, of the first group that belongs to the true cause. */
function rankOfCause({ groups }: Attribution, values: ArrayLike<number>, causes: readonly string[]): number {
  const at = orderBy(values).findIndex((i) => causes.includes(groups[i].family));
  return at < 0 ? groups.length + 1 : at + 1;
}

/** Two explanations by group; a group that only one of them has counts 0 in the other. */
function byGroup(a: Attribution, b: Attribution): readonly [Float64Array, Float64Array] {
  const ids = [...new Set([a, b].flatMap(({ groups }) => groups.map(({ id }) => id)))];
  const valuesOf = ({ groups, values }: Attribution): Float64Array =>
    Float64Array.from(ids, (id) => {
      const at = groups.findIndex((group) => group.id === id);
      return at < 0 ? 0 : values[at];
    });
  return [valuesOf(a), valuesOf(b)];
}

function noisy(window: Float32Array, random: Random): Float32Array {
  return window.map((value) => value * (1 + NOISE * random.normal()));
}

class CaseEvaluation {
  readonly #tools: Tools;
  readonly #ranges: ProfileRanges;
  readonly #random = new Random(11);

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#ranges = new ProfileRanges(tools.fleet);
  }

  async evaluate({ server, originStep, kind, causes }: Case): Promise<CaseResult | null> {
    const { fleet, reruns, assessor, donors: wanted, sampledRuns, gradients } = this.#tools;
    fleet.closedStep = originStep;
    const risk = await MomentRisk.of([...fleet.servers()], fleet, reruns, assessor);
    const inputs = reruns.inputsOf(server.index);
    const assessment = risk.assessmentOf(server.name);
    if (inputs === undefined || assessment === undefined) return null;
    const subject: Subject = { inputs, assessment, reruns, assessor, signal: new AbortController().signal };
    const found = await findDonors(subject, fleet, risk, 2 * wanted);
    const [explaining, unseen] = splitDonors(found, wanted);
    if (explaining.length === 0) return null;
    const exact = await attribute(subject, explaining, ALL_RUNS);
    const sampled = await attribute(subject, explaining, Math.min(sampledRuns, exact.runs / 2));
    const again = await attribute(subject, explaining, ALL_RUNS);
    const fast = await integratedGradients(subject, explaining[0].window, gradients);
    const fastValues = groupSums(fast.values, exact.groups);
    const values = told(exact.values);
    return {
      kind,
      rank: rankOfCause(exact, exact.values, causes),
      fastRank: rankOfCause(exact, fastValues, causes),
      sampled: spearman(values, told(sampled.values)),
      sampledRuns: sampled.runs,
      fast: spearman(values, told(fastValues)),
      deletion: unseen.length === 0 ? null : await this.#deletion(subject, exact, unseen),
      same: spearman(values, told(again.values)),
      noise: await this.#withNoise(subject, risk, exact),
      shuffled: await this.#shuffled(subject, exact),
      counterfactuals: await this.#counterfactuals(subject),
    };
  }

  async #deletion(subject: Subject, exact: Attribution, unseen: readonly Donor[]): Promise<Deletion> {
    const { gradients, reruns } = this.#tools;
    const { groups, donors } = exact;
    const plain = await integratedGradients(subject, donors[0].window, gradients, NO_PATH);
    const orders = [
      orderBy(exact.values),
      orderBy(attentionScores(await reruns.inspect(subject.inputs), groups)),
      orderBy(groupSums(plain.values, groups)),
      ...Array.from({ length: RANDOM_ORDERS }, () => randomOrder(groups.length, this.#random)),
    ];
    const [shapley, attention, gradient, ...random] = await deletionAreas(subject, groups, unseen, orders);
    return { shapley, attention, gradient, random: mean(random) };
  }

  /** The whole explanation again, its donors included, of a window with noise. */
  async #withNoise(
    { inputs, assessment, ...rest }: Subject,
    risk: MomentRisk,
    exact: Attribution,
  ): Promise<CaseResult['noise']> {
    const { fleet, donors: wanted } = this.#tools;
    const subject = {
      ...rest,
      assessment,
      inputs: { ...inputs, window: noisy(inputs.window, this.#random) },
    };
    const donors = await findDonors(subject, fleet, risk, 2 * wanted);
    const attribution = await attribute(subject, splitDonors(donors, wanted)[0], ALL_RUNS);
    const [own, other] = byGroup(exact, attribution);
    return {
      told: spearman(told(own), told(other)),
      toATenth: spearman(toATenth(own), toATenth(other)),
    };
  }

  /** The same window, donors and groups, by a network that has learned nothing. */
  async #shuffled(subject: Subject, { donors, values }: Attribution): Promise<CaseResult['shuffled']> {
    const other = await attribute({ ...subject, reruns: this.#tools.shuffled }, donors, ALL_RUNS);
    const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
    const moved = values.reduce((sum, value, i) => sum + Math.abs(value - other.values[i]), 0);
    return { spearman: spearman(told(values), told(other.values)), moved: moved / size };
  }

  /** Each counterfactual is run once more, through windows made anew. */
  async #counterfactuals(subject: Subject): Promise<CounterfactualResult> {
    const { inputs } = subject;
    const ranges = this.#ranges.of(inputs.server, inputs.originStep);
    const { found, goal } = await findCounterfactuals(subject, ranges);
    const windows = found.map(({ caps }) => {
      const window = inputs.window.slice();
      applyCaps(caps, window);
      return window;
    });
    const scores = await scoresOfWindows(subject, windows);
    const inRange = found.filter(({ caps }) =>
      caps.every(({ target, to }) => to >= ranges.lowest[target] && to <= ranges.highest[target]),
    );
    return {
      count: found.length,
      valid: scores.filter((score) => score < (goal?.below ?? 0)).length,
      fewChanges: found.filter(({ caps }) => caps.length <= MOST_CHANGES).length,
      inRange: inRange.length,
    };
  }
}

/** Every second donor explains, the others try what was explained. */
function splitDonors(
  donors: readonly Donor[],
  wanted: number,
): readonly [readonly Donor[], readonly Donor[]] {
  const explaining = donors.filter((_, i) => i % 2 === 0).slice(0, wanted);
  return [explaining, donors.filter((donor) => !explaining.includes(donor))];
}

/**
 * Explains failing servers at the first moment they stood above healthy, and scores the explanations.
 * @throws NoCasesError, the errors of reading data and truth, and those of a bundle
 */
export async function evaluateExplanations(options: ExplanationOptions): Promise<ExplanationReport> {
  const data = await readDataset(
    options.data,
    options.timeZone === undefined ? {} : { timeZone: options.timeZone },
  );
  const truth = options.truth ?? join(folderOf(options.data), TRUTH_FILE);
  const failures = await readTruth(truth);
  if (!data.servers.some(({ name }) => failures.has(name))) throw new BacktestOverlapError(truth, data.path);
  const tools = await openTools(data, options);
  try {
    const found = await findCases(failures, spanOf(data, options), tools);
    const cases = drawn(found.cases, options.cases);
    if (cases.length === 0) throw new NoCasesError(options.data);
    const evaluation = new CaseEvaluation(tools);
    const results: CaseResult[] = [];
    for (const [i, one] of cases.entries()) {
      const result = await evaluation.evaluate(one);
      if (result !== null) results.push(result);
      options.progress?.(i + 1, cases.length);
    }
    const { id } = await readManifest(options.model);
    return {
      data: options.data,
      model: id,
      servers: data.servers.length,
      failures: found.failures,
      found: found.cases.length,
      ...summary(results, tools),
    };
  } finally {
    await tools.close();
  }
}

function folderOf(path: string): string {
  return /\.(parquet|csv|csv\.gz)$/.test(path) ? dirname(path) : path;
}

async function openTools(
  data: Dataset,
  options: ExplanationOptions,
): Promise<Tools & { close(): Promise<void> }> {
  const folder = resolve(options.model);
  const manifest = await readManifest(folder);
  const defaults = Value.Parse(ExplainConfigSchema, Value.Default(ExplainConfigSchema, {}));
  const fleet = new DatasetFleet(data);
  const reruns = await SessionReruns.open(folder, manifest, fleet);
  const random = await shuffledBundle(folder, manifest, 1);
  const shuffled = await SessionReruns.open(random.folder, manifest, fleet);
  const gradients = new GradientHost(() => ({ id: manifest.id, folder }));
  const calibration = (await readCalibration(folder)) ?? UNCALIBRATED;
  return {
    fleet,
    reruns,
    shuffled,
    assessor: new Assessor(new RuleBook(DEFAULT_RISK_CONFIG), calibration),
    gradients,
    donors: options.donors ?? defaults.donors,
    sampledRuns: options.sampledRuns ?? SAMPLED_RUNS,
    async close() {
      await Promise.all([reruns.close(), shuffled.close(), gradients.close()]);
      await random.remove();
    },
  };
}

function spanOf({ firstStep, lastStep }: Dataset, { fromMs, toMs }: ExplanationOptions) {
  return {
    first: Math.max(firstStep + WINDOW_STEPS - 1, fromMs === undefined ? 0 : stepOf(fromMs)),
    last: toMs === undefined ? lastStep : Math.min(lastStep, stepOf(toMs) - 1),
  };
}

/** So many cases, evenly over time. */
function drawn(cases: readonly Case[], most: number | undefined): readonly Case[] {
  if (most === undefined || cases.length <= most) return cases;
  return Array.from({ length: most }, (_, i) => cases[Math.floor((i * cases.length) / most)]);
}

function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}

function causeSummary(results: readonly CaseResult[]): ExplanationReport['cause'] {
  const kinds = [...new Set(results.map(({ kind }) => kind))].sort();
  const scores = (some: readonly CaseResult[]) => ({
    top3: shareOf(some, ({ rank }) => rank <= TOP),
    first: shareOf(some, ({ rank }) => rank === 1),
  });
  return {
    ...scores(results),
    kinds: Object.fromEntries(
      kinds.map((kind) => {
        const some = results.filter((result) => result.kind === kind);
        return [kind, { cases: some.length, ...scores(some) }];
      }),
    ),
    fast: {
      top3: shareOf(results, ({ fastRank }) => fastRank <= TOP),
      first: shareOf(results, ({ fastRank }) => fastRank === 1),
    },
  };
}

function deletionSummary(results: readonly CaseResult[]): ExplanationReport['deletion'] {
  const curves = results.flatMap(({ deletion }) => deletion ?? []);
  const areaOf = (name: keyof Deletion): number => mean(curves.map((curve) => curve[name]));
  const areas = {
    shapley: areaOf('shapley'),
    attention: areaOf('attention'),
    gradient: areaOf('gradient'),
    random: areaOf('random'),
  };
  const best = Math.min(areas.attention, areas.gradient, areas.random);
  return { ...areas, shapleyOverBestOther: areas.shapley / best };
}

function counterfactualSummary(results: readonly CaseResult[]): ExplanationReport['counterfactuals'] {
  const all = results.map(({ counterfactuals }) => counterfactuals);
  const total = (name: keyof CounterfactualResult): number => all.reduce((sum, one) => sum + one[name], 0);
  const count = total('count');
  return {
    found: shareOf(all, (one) => one.count > 0),
    count,
    valid: total('valid') / count,
    fewChanges: total('fewChanges') / count,
    inRange: total('inRange') / count,
  };
}

function summary(results: readonly CaseResult[], { donors }: Tools) {
  return {
    cases: results.length,
    donors,
    cause: causeSummary(results),
    sampled: {
      spearman: mean(results.map(({ sampled }) => sampled)),
      runs: mean(results.map(({ sampledRuns }) => sampledRuns)),
    },
    fast: { spearman: mean(results.map(({ fast }) => fast)) },
    deletion: deletionSummary(results),
    repeat: {
      same: mean(results.map(({ same }) => same)),
      noise: mean(results.map(({ noise }) => noise.told)),
      noiseToATenth: mean(results.map(({ noise }) => noise.toATenth)),
    },
    counterfactuals: counterfactualSummary(results),
    shuffled: {
      spearman: mean(results.map(({ shuffled }) => shuffled.spearman)),
      moved: mean(results.map(({ shuffled }) => shuffled.moved)),
    },
  };
}
