import { type Reliability, reliabilityOf } from './reliability.ts';

/** One prediction and what came of it. */
export interface Outcome {
  /** Uncalibrated feature, 0–1. */
  readonly raw: number;
  readonly happened: boolean;
  /** How many outcomes it stands for; 1 by default. */
  readonly weight?: number;
}

/** Knots of a piecewise linear, never falling map. */
export interface IsotonicFit {
  /** Strictly increasing. */
  readonly x: readonly number[];
  /** Never decreasing. */
  readonly y: readonly number[];
}

/** Sums over outcomes, each by its weight, and how many they are. */
interface Block {
  readonly rawSum: number;
  readonly happened: number;
  readonly weight: number;
  readonly count: number;
}

/** Outcomes pooled before fitting: fewer say nothing about a rate. */
const SMALLEST_BIN = 50;
const MOST_BINS = 100;

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al., 1955) over bins of equal count; equal features are
 * never split. Rates are shrunk as by half an event in one more trial (Jeffreys), so that no probability is 0 or 1.
 * @throws RangeError where there are no outcomes
 */
export function fitIsotonic(outcomes: readonly Outcome[]): IsotonicFit {
  if (outcomes.length === 0) throw new RangeError('Nothing to fit a calibration on.');
  const pooled: Block[] = [];
  for (const bin of binsOf(outcomes)) {
    pooled.push(bin);
    while (pooled.length > 1 && rate(pooled[pooled.length - 2]) >= rate(pooled[pooled.length - 1])) {
      const last = pooled.splice(-2);
      pooled.push(merge(last[0], last[1]));
    }
  }
  const x = pooled.map((block) => block.rawSum / block.weight);
  const y = pooled.map(rate);
  // A map needs two knots; a single block is the same everywhere.
  return x.length > 1 ? { x, y } : { x: [0, 1], y: [y[0], y[0]] };
}

function binsOf(outcomes: readonly Outcome[]): readonly Block[] {
  const sorted = [...outcomes].sort((a, b) => a.raw - b.raw);
  const size = Math.max(SMALLEST_BIN, Math.ceil(sorted.length / MOST_BINS));
  const bins: Block[] = [];
  let start = 0;
  while (start < sorted.length) {
    let end = Math.min(sorted.length, start + size);
    while (end < sorted.length && sorted[end].raw === sorted[end - 1].raw) end++;
    const members = sorted.slice(start, end);
    bins.push({
      rawSum: members.reduce((sum, { raw, weight = 1 }) => sum + weight * raw, 0),
      happened: members.reduce((sum, { happened, weight = 1 }) => sum + (happened ? weight : 0), 0),
      weight: members.reduce((sum, { weight = 1 }) => sum + weight, 0),
      count: members.length,
    });
    start = end;
  }
  const last = bins.at(-1);
  const before = bins.at(-2);
  if (last !== undefined && before !== undefined && last.count < SMALLEST_BIN) {
    bins.splice(-2, 2, merge(before, last));
  }
  return bins;
}

function merge(a: Block, b: Block): Block {
  return {
    rawSum: a.rawSum + b.rawSum,
    happened: a.happened + b.happened,
    weight: a.weight + b.weight,
    count: a.count + b.count,
  };
}

function rate({ happened, weight }: Block): number {
  return (happened + 0.5) / (weight + 1);
}

/** What of a reliability is kept beside a calibration. */
export type ProbabilityScores = Pick<Reliability, 'count' | 'events' | 'brier' | 'brierSkill' | 'ece'>;

/** Scores probabilities against what happened. */
export function scoreProbabilities(
  forecasts: readonly {
    readonly probability: number;
    readonly happened: boolean;
    readonly weight?: number;
  }[],
): ProbabilityScores {
  const { count, events, brier, brierSkill, ece } = reliabilityOf(
    forecasts.map(({ probability }) => probability),
    forecasts.map(({ happened }) => (happened ? 1 : 0)),
    forecasts.map(({ weight = 1 }) => weight),
  );
  return { count, events, brier, brierSkill, ece };
}
