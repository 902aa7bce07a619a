import type { ServerRules } from './rules.ts';
import { createTargetReadings, readTargets, type TargetReadings } from './severity.ts';

/** Uncalibrated likeness to failure, 0–1 each; calibration turns them into probabilities. */
export interface FailureFeatures {
  readonly raw30m: number;
  readonly raw8h: number;
}

/** Chance that at least one of independent events happens: 1 − Π(1 − p). */
export function atLeastOne(probabilities: Iterable<number>): number {
  let none = 1;
  for (const probability of probabilities) none *= 1 - probability;
  return 1 - none;
}

/**
 * Union over targets of the highest danger (see severity.ts) within 30 minutes and within the horizon.
 * Never falls when a quantile rises; raw8h is never below raw30m.
 */
export function failureFeaturesOf(readings: TargetReadings): FailureFeatures {
  return { raw30m: atLeastOne(readings.peak30m), raw8h: atLeastOne(readings.peak8h) };
}

/**
 * The features a trainer fits the calibration on, made exactly as a running backend makes them.
 * @returns a function of one server's quantiles [target][step][quantile] and window [step][metric]
 */
export function createFailureFeatureReader(): (
  rules: ServerRules,
  quantiles: Float32Array,
  quantilesOffset: number,
  window: Float32Array,
  windowOffset: number,
) => FailureFeatures {
  const readings = createTargetReadings();
  return (rules, quantiles, quantilesOffset, window, windowOffset) => {
    readTargets(readings, rules, quantiles, quantilesOffset, window, windowOffset);
    return failureFeaturesOf(readings);
  };
}
