import { type Calibration, calibrate } from './calibration.ts';
import { FAILURE_FEATURES, type FailureEvidence, writeFailureFeatures } from './failure/features.ts';
import { highestLogOdds, logistic } from './failure/trees.ts';
import type { TargetReadings } from './severity.ts';

/** Uncalibrated likeness to failure, 0–1 each; calibration turns them into probabilities. */
export interface FailureFeatures {
  readonly raw30m: number;
  readonly raw3h: number;
  readonly raw8h: number;
}

/** Chance that at least one of independent events happens: 1 − Π(1 − p). */
export function atLeastOne(probabilities: Iterable<number>): number {
  let none = 1;
  for (const probability of probabilities) none *= 1 - probability;
  return 1 - none;
}

/**
 * Union over targets of the highest danger (see severity.ts) within 30 minutes and within the horizon, which also stands
 * for 3 hours. Never falls when a quantile rises; raw8h is never below raw30m.
 */
export function failureFeaturesOf(readings: TargetReadings): FailureFeatures {
  const raw8h = atLeastOne(readings.peak8h);
  return { raw30m: atLeastOne(readings.peak30m), raw3h: raw8h, raw8h };
}

/** Probabilities that a server fails within 30 minutes, 3 hours and 8 hours. */
export interface FailureProbabilities {
  readonly within30m: number;
  readonly within3h: number;
  readonly within8h: number;
}

/** Turns one server's evidence into calibrated probabilities, on reused working memory. */
export class FailureModel {
  readonly #features = new Float32Array(FAILURE_FEATURES.length);

  /** @param evidence whose readings are of the same window and quantiles */
  probabilities({ tables, trees }: Calibration, evidence: FailureEvidence): FailureProbabilities {
    const raw = trees === null ? failureFeaturesOf(evidence.readings) : this.#ask(trees, evidence);
    const within30m = calibrate(tables['30m'], raw.raw30m);
    // The tables are fitted apart; what happens within 30 minutes happens within 3 hours, and that within 8.
    const within3h = Math.max(within30m, calibrate(tables['3h'], raw.raw3h));
    return { within30m, within3h, within8h: Math.max(within3h, calibrate(tables['8h'], raw.raw8h)) };
  }

  #ask(trees: NonNullable<Calibration['trees']>, evidence: FailureEvidence): FailureFeatures {
    writeFailureFeatures(evidence, this.#features, 0);
    return {
      raw30m: logistic(highestLogOdds(trees['30m'], this.#features, 0)),
      raw3h: logistic(highestLogOdds(trees['3h'], this.#features, 0)),
      raw8h: logistic(highestLogOdds(trees['8h'], this.#features, 0)),
    };
  }
}
