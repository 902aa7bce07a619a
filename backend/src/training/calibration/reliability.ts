/** Bins of equal width that probabilities are compared in. */
export const RELIABILITY_BINS = 10;

export interface ReliabilityBin {
  readonly from: number;
  /** Exclusive, but for the last bin. */
  readonly to: number;
  readonly count: number;
  /** Null in an empty bin, as the rate. */
  readonly meanProbability: number | null;
  readonly observedRate: number | null;
}

/** How far probabilities can be believed. */
export interface Reliability {
  readonly count: number;
  readonly events: number;
  readonly baseRate: number;
  readonly meanProbability: number;
  /** Expected calibration error: Σ count·|rate − mean probability| / Σ count over the bins. */
  readonly ece: number;
  /** Mean squared difference of probability and outcome (Brier, 1950). */
  readonly brier: number;
  /** 1 − Brier / that of always saying the span's base rate; null where all outcomes are equal. */
  readonly brierSkill: number | null;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * @param probabilities 0–1
 * @param outcomes 1 where it happened, else 0
 * @param weights how many outcomes each stands for; 1 by default
 */
export function reliabilityOf(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Reliability {
  const sums = Array.from({ length: RELIABILITY_BINS }, () => ({ count: 0, probability: 0, happened: 0 }));
  let squared = 0;
  let count = 0;
  for (let row = 0; row < probabilities.length; row++) {
    const probability = probabilities[row];
    const bin = sums[Math.min(RELIABILITY_BINS - 1, Math.floor(probability * RELIABILITY_BINS))];
    const weight = weights === undefined ? 1 : weights[row];
    count += weight;
    bin.count += weight;
    bin.probability += weight * probability;
    bin.happened += weight * outcomes[row];
    squared += weight * (probability - outcomes[row]) ** 2;
  }
  const total = (field: 'probability' | 'happened'): number => sums.reduce((sum, bin) => sum + bin[field], 0);
  const events = total('happened');
  const baseRate = events / count;
  const spread = baseRate * (1 - baseRate);
  return {
    count,
    events,
    baseRate,
    meanProbability: total('probability') / count,
    ece: sums.reduce((sum, bin) => sum + Math.abs(bin.happened - bin.probability), 0) / count,
    brier: squared / count,
    brierSkill: spread > 0 ? 1 - squared / count / spread : null,
    bins: sums.map((bin, i) => ({
      from: i / RELIABILITY_BINS,
      to: (i + 1) / RELIABILITY_BINS,
      count: bin.count,
      meanProbability: bin.count > 0 ? bin.probability / bin.count : null,
      observedRate: bin.count > 0 ? bin.happened / bin.count : null,
    })),
  };
}
