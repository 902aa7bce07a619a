/** Which origins the failure model learns from: all that a failure follows, and a share of the many that none does. */

import { HORIZON_STEPS } from '../../catalog/time.ts';
import { type FailureSteps, failsWithin } from '../calibration/truth.ts';
import type { Dataset } from '../datasets/series.ts';
import { listSamples, type Sample } from '../datasets/windows.ts';

/** An origin that stands for several. */
export interface WeightedSample extends Sample {
  readonly weight: number;
}

/** Of the origins without a failure ahead, one in this many is taken and stands for all of them. */
const QUIET_EVERY = 6;

/**
 * Origins `stride` steps apart. Nineteen in twenty have no failure within the horizon and say much the same, so that
 * taking a share of them spares forecasts and trees without changing any rate.
 */
export function chooseOrigins(
  data: Dataset,
  failures: FailureSteps,
  stride: number,
): readonly WeightedSample[] {
  const span = { first: data.firstStep, last: data.lastStep };
  return data.servers.flatMap((series, server) => {
    const known = failures.get(series.name) ?? [];
    return listSamples(series, span, stride).flatMap((sample): WeightedSample[] => {
      if (failsWithin(known, sample.originStep, HORIZON_STEPS)) return [{ ...sample, weight: 1 }];
      // Each server starts elsewhere, so that every time of day is seen.
      const isTaken = (sample.originStep / stride + server) % QUIET_EVERY === 0;
      return isTaken ? [{ ...sample, weight: QUIET_EVERY }] : [];
    });
  });
}
