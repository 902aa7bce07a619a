/** Labelled rows for the failure model: features as a running backend has them, and whether the server then failed. */

import { HORIZON_STEPS, STEP_SECONDS } from '../../catalog/time.ts';
import { createBatch, FORECAST_SIZE, WINDOW_SIZE } from '../../forecast/batch.ts';
import { finishForecasts } from '../../forecast/finish.ts';
import { PROBABILITY_HORIZONS, type ProbabilityHorizon } from '../../risk/calibration.ts';
import { DEFAULT_RISK_CONFIG } from '../../risk/config.ts';
import { FAILURE_FEATURES, writeFailureFeatures } from '../../risk/failure/features.ts';
import { RuleBook } from '../../risk/rules.ts';
import { createTargetReadings, readTargets } from '../../risk/severity.ts';
import { type FailureSteps, failsWithin } from '../calibration/truth.ts';
import type { BatchForecaster } from '../forecaster.ts';
import type { WeightedSample } from './sampling.ts';

const HORIZON_OF: Readonly<Record<ProbabilityHorizon, number>> = {
  '30m': 1800 / STEP_SECONDS,
  '3h': (3 * 3600) / STEP_SECONDS,
  '8h': HORIZON_STEPS,
};

export interface FailureRows {
  readonly count: number;
  /** [count][FAILURE_FEATURES.length], NaN = not known. */
  readonly values: Float32Array;
  /** By horizon, [count], 1 where the server failed within it. */
  readonly happened: Readonly<Record<ProbabilityHorizon, Uint8Array>>;
  /** [count], how many origins each row stands for. */
  readonly weights: Float32Array;
  /** The server each row is of. */
  readonly servers: readonly string[];
}

/** Forecasts samples and turns them into rows, under the default rules. */
export async function failureRows(
  forecaster: BatchForecaster,
  samples: readonly WeightedSample[],
  failures: FailureSteps,
): Promise<FailureRows> {
  const columns = FAILURE_FEATURES.length;
  const values = new Float32Array(samples.length * columns);
  await forEachFinished(forecaster, samples, (position, write) => write(values, position * columns));
  const label = (horizon: ProbabilityHorizon): Uint8Array =>
    Uint8Array.from(samples, ({ series, originStep }) =>
      failsWithin(failures.get(series.name) ?? [], originStep, HORIZON_OF[horizon]) ? 1 : 0,
    );
  const labels = PROBABILITY_HORIZONS.map((horizon) => [horizon, label(horizon)]);
  return {
    count: samples.length,
    values,
    happened: Object.fromEntries(labels) as FailureRows['happened'],
    weights: Float32Array.from(samples, ({ weight }) => weight),
    servers: samples.map(({ series }) => series.name),
  };
}

type WriteFeatures = (out: Float32Array, offset: number) => void;

async function forEachFinished(
  forecaster: BatchForecaster,
  samples: readonly WeightedSample[],
  consume: (position: number, write: WriteFeatures) => void,
): Promise<void> {
  const rules = new RuleBook(DEFAULT_RISK_CONFIG);
  const readings = createTargetReadings();
  const one = createBatch(1);
  const { window, quantiles: finished } = one;
  await forecaster.forecast(samples, (first, batch, quantiles) => {
    for (let i = 0; i < batch.count; i++) {
      const { series } = samples[first + i];
      window.set(batch.window.subarray(i * WINDOW_SIZE, (i + 1) * WINDOW_SIZE));
      finished.set(quantiles.subarray(i * FORECAST_SIZE, (i + 1) * FORECAST_SIZE));
      finishForecasts(one, 1);
      const { profile } = series;
      readTargets(readings, rules.rulesOf(series.name, profile), finished, 0, window, 0);
      consume(first + i, (out, offset) =>
        writeFailureFeatures(
          { profile, window, windowOffset: 0, quantiles: finished, quantilesOffset: 0, readings },
          out,
          offset,
        ),
      );
    }
  });
}
