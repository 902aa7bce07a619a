/** One prediction and what came of it. */
export interface Outcome {
  /** Uncalibrated feature, 0–1. */
  readonly raw: number;
  readonly happened: boolean;
}

/** Knots of a piecewise linear, never falling map. */
export interface IsotonicFit {
  /** Strictly increasing. */
  readonly x: readonly number[];
  /** Never decreasing. */
  readonly y: readonly number[];
}

interface Block {
  readonly rawSum: number;
  readonly happened: number;
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
  const x = pooled.map((block) => block.rawSum / block.count);
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
      rawSum: members.reduce((sum, { raw }) => sum + raw, 0),
      happened: members.filter(({ happened }) => happened).length,
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
  return { rawSum: a.rawSum + b.rawSum, happened: a.happened + b.happened, count: a.count + b.count };
}

function rate({ happened, count }: Block): number {
  return (happened + 0.5) / (count + 1);
}

/** How good probabilities are. */
export interface ProbabilityScores {
  readonly count: number;
  readonly events: number;
  /** Mean squared error of the probabilities (Brier, 1950). */
  readonly brier: number;
  /** 1 − Brier / that of always saying the base rate; null where all outcomes are equal. */
  readonly brierSkill: number | null;
  /** Expected calibration error: mean |rate − probability| over ten bins of equal width, by count. */
  readonly ece: number;
}

const ECE_BINS = 10;

/** Scores probabilities against what happened. */
export function scoreProbabilities(
  forecasts: readonly { readonly probability: number; readonly happened: boolean }[],
): ProbabilityScores {
  const bins = Array.from({ length: ECE_BINS }, () => ({ probability: 0, happened: 0 }));
  let squared = 0;
  let events = 0;
  for (const { probability, happened } of forecasts) {
    const outcome = happened ? 1 : 0;
    const bin = bins[Math.min(ECE_BINS - 1, Math.floor(probability * ECE_BINS))];
    bin.probability += probability;
    bin.happened += outcome;
    squared += (probability - outcome) ** 2;
    events += outcome;
  }
  const count = forecasts.length;
  const base = events / count;
  const spread = base * (1 - base);
  return {
    count,
    events,
    brier: squared / count,
    brierSkill: spread > 0 ? 1 - squared / count / spread : null,
    ece: bins.reduce((sum, bin) => sum + Math.abs(bin.happened - bin.probability), 0) / count,
  };
}
