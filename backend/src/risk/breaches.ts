import { P50, QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS, STEP_SECONDS } from '../catalog/time.ts';
import { NEVER, PAST_ALREADY, type TargetReadings } from './severity.ts';
import type { Breach } from './types.ts';

/** Number of quantiles of one server's forecast. */
export const SERVER_QUANTILES = TARGET_COUNT * HORIZON_STEPS * QUANTILE_COUNT;
const NO_BREACHES: readonly Breach[] = [];

/** Position of a target's quantiles at a horizon step (0-based) from the start of its server's forecast. */
export function quantilesAt(target: number, step: number): number {
  return (target * HORIZON_STEPS + step) * QUANTILE_COUNT;
}

function breach(
  target: number,
  threshold: Breach['threshold'],
  step: number,
  readings: TargetReadings,
  quantiles: Float32Array,
  quantilesOffset: number,
): Breach {
  if (step === PAST_ALREADY) return { target, threshold, seconds: 0, value: readings.current[target] };
  const value = quantiles[quantilesOffset + quantilesAt(target, step - 1) + P50];
  return { target, threshold, seconds: step * STEP_SECONDS, value };
}

/**
 * First times P50 passes each threshold, soonest first; seconds count to the end of the first step past it.
 * @param quantilesOffset of the server's forecast in `quantiles`
 */
export function breachesOf(
  readings: TargetReadings,
  quantiles: Float32Array,
  quantilesOffset: number,
): readonly Breach[] {
  let found: Breach[] | undefined;
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    const warning = readings.warningStep[target];
    const critical = readings.criticalStep[target];
    if (warning === NEVER && critical === NEVER) continue;
    found ??= [];
    if (warning !== NEVER)
      found.push(breach(target, 'warning', warning, readings, quantiles, quantilesOffset));
    if (critical !== NEVER) {
      found.push(breach(target, 'critical', critical, readings, quantiles, quantilesOffset));
    }
  }
  return found?.sort((a, b) => a.seconds - b.seconds) ?? NO_BREACHES;
}
