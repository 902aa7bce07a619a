/** How alike two servers leave their habits, one possibly some steps after the other. */
import type { Deviations } from './deviations.ts';
import type { Channel } from './signals.ts';

/** Half an hour either way. */
export const MOST_LAG_STEPS = 6;
/** Steps compared: two and a half hours. */
const COMPARED_STEPS = 30;
const LEAST_PAIRS = 12;

export interface LaggedCorrelation {
  /** −1 to 1; 0 where too little is known. */
  readonly correlation: number;
  /** Steps by which `other` follows. */
  readonly lagSteps: number;
}

/** Pearson's correlation of two series given by position; NaN pairs are left out. */
function correlationAt(a: Float64Array, b: Float64Array, lag: number): number {
  let pairs = 0;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  const from = Math.max(0, -lag);
  const to = Math.min(a.length, b.length - lag);
  for (let i = from; i < to; i++) {
    const x = a[i];
    const y = b[i + lag];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    pairs++;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  if (pairs < LEAST_PAIRS) return 0;
  const spread = (sumAA - (sumA * sumA) / pairs) * (sumBB - (sumB * sumB) / pairs);
  return spread > 0 ? (sumAB - (sumA * sumB) / pairs) / Math.sqrt(spread) : 0;
}

/** The newest deviations of a server in a channel, oldest first; positive in its direction. */
export function seriesOf(
  deviations: Deviations,
  slot: number,
  lastStep: number,
  { signal, sign }: Channel,
): Float64Array {
  const series = new Float64Array(COMPARED_STEPS);
  for (let i = 0; i < COMPARED_STEPS; i++) {
    series[i] = deviations.at(slot, lastStep - COMPARED_STEPS + 1 + i, signal) * sign;
  }
  return series;
}

/** The lag within MOST_LAG_STEPS at which two series are most alike. */
export function laggedCorrelation(reference: Float64Array, other: Float64Array): LaggedCorrelation {
  let best: LaggedCorrelation = { correlation: correlationAt(reference, other, 0), lagSteps: 0 };
  for (let size = 1; size <= MOST_LAG_STEPS; size++) {
    for (const lagSteps of [size, -size]) {
      const correlation = correlationAt(reference, other, lagSteps);
      if (correlation > best.correlation) best = { correlation, lagSteps };
    }
  }
  return best;
}
