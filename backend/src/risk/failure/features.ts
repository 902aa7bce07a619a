/** What the failure model is asked by: what the window shows, and what the forecast says about every target. */

import { P10, P50, P90, QUANTILE_COUNT, TARGET_COUNT, TARGETS } from '../../catalog/targets.ts';
import { HORIZON_STEPS } from '../../catalog/time.ts';
import type { TargetReadings } from '../severity.ts';
import { WINDOW_FEATURES, writeWindowFeatures } from './windowFeatures.ts';

/** Leads at which the forecast is looked at, in steps: 30 minutes, 2, 4 and 8 hours. */
const LEADS = [6, 24, 48, 96] as const;
const BY_TARGET = [
  'severity',
  'danger_30m',
  'danger_8h',
  ...LEADS.flatMap((lead) => [`p10_${lead}`, `p50_${lead}`, `p90_${lead}`]),
  'highest_p50',
  'highest_p90',
] as const;

/** Features of the forecast of one target come after each other. */
export const FORECAST_FEATURES: readonly string[] = TARGETS.flatMap(({ name }) =>
  BY_TARGET.map((feature) => `${name}.${feature}`),
);

/** Names of all features, in the order in which they are written. */
export const FAILURE_FEATURES: readonly string[] = ['profile', ...WINDOW_FEATURES, ...FORECAST_FEATURES];
const FORECAST_START = 1 + WINDOW_FEATURES.length;

/** What the features of one server are read from. */
export interface FailureEvidence {
  /** Position in PROFILES. */
  readonly profile: number;
  /** [WINDOW_STEPS][METRIC_COUNT] from `windowOffset`. */
  readonly window: Float32Array;
  readonly windowOffset: number;
  /** [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] from `quantilesOffset`; NaN for targets that are not forecast. */
  readonly quantiles: Float32Array;
  readonly quantilesOffset: number;
  /** Of the same window and quantiles. */
  readonly readings: TargetReadings;
}

function highest(quantiles: Float32Array, offset: number, quantile: number): number {
  let most = quantiles[offset + quantile];
  for (let step = 1; step < HORIZON_STEPS; step++) {
    const value = quantiles[offset + step * QUANTILE_COUNT + quantile];
    if (value > most) most = value;
  }
  return most;
}

function writeTarget(evidence: FailureEvidence, target: number, out: Float32Array, start: number): void {
  const { quantiles, quantilesOffset, readings } = evidence;
  const offset = quantilesOffset + target * HORIZON_STEPS * QUANTILE_COUNT;
  let at = start;
  out[at++] = readings.severity[target];
  out[at++] = readings.peak30m[target];
  out[at++] = readings.peak8h[target];
  for (const lead of LEADS) {
    const step = offset + (lead - 1) * QUANTILE_COUNT;
    out[at++] = quantiles[step + P10];
    out[at++] = quantiles[step + P50];
    out[at++] = quantiles[step + P90];
  }
  out[at++] = highest(quantiles, offset, P50);
  out[at] = highest(quantiles, offset, P90);
}

/** Writes FAILURE_FEATURES of one server from `offset`; NaN = not known. */
export function writeFailureFeatures(evidence: FailureEvidence, out: Float32Array, offset: number): void {
  out[offset] = evidence.profile;
  writeWindowFeatures(evidence.window, evidence.windowOffset, out, offset + 1);
  for (let target = 0; target < TARGET_COUNT; target++) {
    writeTarget(evidence, target, out, offset + FORECAST_START + target * BY_TARGET.length);
  }
}
