import { RISK_PARTS, type ScorePart, TARGET_COUNT } from '../catalog/targets.ts';
import { PART_OF_TARGET } from './rules.ts';

const PART_COUNT = RISK_PARTS.length;
/**
 * Scores are whole multiples of 1/1024: sums of such numbers are exact in binary, so the parts add up to the score to
 * the last digit, in any order of adding.
 */
const TICKS_PER_POINT = 1024;
const MAX_SCORE = 100;

export interface Score {
  /** 0–100; the exact sum of `parts`. */
  readonly total: number;
  readonly parts: Readonly<Record<ScorePart, number>>;
}

/** Severity of each part: that of its worst target, 0 where none is measured. */
export function partSeverities(severity: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    const part = PART_OF_TARGET[target];
    if (part >= 0 && severity[target] > out[part]) out[part] = severity[target];
  }
}

/** 0–1, never falling in any severity: 1 − (1 − worst^1.5)·(1 − weighted mean). */
function combine(parts: Float64Array, weights: Float64Array): number {
  let worst = 0;
  let mean = 0;
  for (let part = 0; part < PART_COUNT; part += 1) {
    if (weights[part] > 0 && parts[part] > worst) worst = parts[part];
    mean += weights[part] * parts[part];
  }
  const alarm = worst * Math.sqrt(worst);
  return 1 - (1 - alarm) * (1 - Math.min(mean, 1));
}

/** Shares of the total: weight × severity², so that the part in trouble carries nearly all of it. */
function splitTicks(total: number, parts: Float64Array, weights: Float64Array): Float64Array {
  const ticks = new Float64Array(PART_COUNT);
  let sum = 0;
  for (let part = 0; part < PART_COUNT; part += 1) {
    ticks[part] = weights[part] * parts[part] * parts[part];
    sum += ticks[part];
  }
  if (sum === 0) return ticks;
  let left = total;
  let largest = 0;
  for (let part = 0; part < PART_COUNT; part += 1) {
    if (ticks[part] > ticks[largest]) largest = part;
  }
  for (let part = 0; part < PART_COUNT; part += 1) {
    ticks[part] = Math.floor((total * ticks[part]) / sum);
    left -= ticks[part];
  }
  ticks[largest] += left;
  return ticks;
}

/**
 * Risk score of a server and its exact split (docs/risk.md gives the reasons).
 * @param parts severity 0–1 of each part, in RISK_PARTS order
 * @param weights of the parts, same order, summing to 1
 * @param lift 0–1: share of what is left to 100 that being part of a cascade adds; it leaves the other parts as they are
 */
export function scoreOf(parts: Float64Array, weights: Float64Array, lift = 0): Score {
  const own = combine(parts, weights);
  const ownTicks = Math.floor(own * MAX_SCORE * TICKS_PER_POINT);
  const ticks = splitTicks(ownTicks, parts, weights);
  const lifted = Math.floor((1 - (1 - own) * (1 - lift)) * MAX_SCORE * TICKS_PER_POINT);
  // Rounding may put the lifted score of no lift a tick below.
  const total = Math.max(ownTicks, lifted);
  return {
    total: total / TICKS_PER_POINT,
    parts: {
      cpu: ticks[0] / TICKS_PER_POINT,
      memory: ticks[1] / TICKS_PER_POINT,
      disk: ticks[2] / TICKS_PER_POINT,
      network: ticks[3] / TICKS_PER_POINT,
      connections: ticks[4] / TICKS_PER_POINT,
      cascade: (total - ownTicks) / TICKS_PER_POINT,
    },
  };
}
