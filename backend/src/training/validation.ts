import { METRIC_COUNT } from '../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST, targetValue } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { BASELINES, POINT_FORECASTS } from '../forecast/baselines.ts';
import { FORECAST_SIZE, WINDOW_SIZE } from '../forecast/batch.ts';
import { blankUnmeasured } from './augmentation.ts';
import type { Dataset, ServerSeries } from './datasets/series.ts';
import { listSamples, type Sample, type StepSpan } from './datasets/windows.ts';
import type { BatchForecaster } from './forecaster.ts';
import { ACTUAL_SIZE, assembleBatch, type NetworkBatch } from './inputs.ts';
import { pinballSum, pointPinballSum } from './pinball.ts';

/** Held-back windows of one data set, and what the best baseline loses on each target there. */
export interface ValidationSet {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** [TARGET_COUNT] pinball sums of the best point baseline; 0 where the target is not measured. */
  readonly baseline: Float64Array;
}

export interface ValidationScore {
  /** Mean over sets and targets of the network's pinball loss as a share of the best point baseline's. */
  readonly score: number;
  /** The same by set and target. */
  readonly sets: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Candidate origins lie an hour apart. */
const ORIGIN_STRIDE = 12;

/** Losses below this say that a target never moves: its share would compare nothing with nothing. */
const NEGLIGIBLE_LOSS = 1e-6;

/**
 * Picks at most `limit` windows spread evenly over the span, and scores the baselines on them.
 * @param name how it is called in reports
 */
export function validationSet(name: string, data: Dataset, span: StepSpan, limit: number): ValidationSet {
  return scoredSet(name, thin(candidates(data.servers, span), limit));
}

/** Windows of the span that could be validated on. */
export function candidates(servers: readonly ServerSeries[], span: StepSpan): readonly Sample[] {
  return servers.flatMap((series) => listSamples(series, span, ORIGIN_STRIDE));
}

/** Scores the baselines on windows. */
export function scoredSet(name: string, samples: readonly Sample[]): ValidationSet {
  return { name, samples, baseline: bestBaseline(samples) };
}

function thin(samples: readonly Sample[], limit: number): readonly Sample[] {
  if (samples.length <= limit) return samples;
  return Array.from({ length: limit }, (_, i) => samples[Math.floor(((i + 0.5) * samples.length) / limit)]);
}

function bestBaseline(samples: readonly Sample[]): Float64Array {
  const sums = BASELINES.map(() => new Float64Array(TARGET_COUNT));
  for (const sample of samples) {
    // The hash plays no part here: baselines know no servers.
    const batch = assembleBatch([sample], { algorithm: 'fnv1a32', seed: 0, buckets: 2 });
    blankUnmeasured(batch.window, 0, batch.actual, 0);
    BASELINES.forEach((name, i) => {
      for (let target = 0; target < TARGET_COUNT; target++) {
        sums[i][target] += baselineLoss(name, target, batch);
      }
    });
  }
  return Float64Array.from({ length: TARGET_COUNT }, (_, target) =>
    Math.min(...sums.map((sum) => sum[target])),
  );
}

function baselineLoss(name: (typeof BASELINES)[number], target: number, batch: NetworkBatch): number {
  const history = Float64Array.from({ length: WINDOW_STEPS }, (_, row) =>
    targetValue(TARGET_LIST[target], batch.window, row * METRIC_COUNT),
  );
  const point = new Float64Array(HORIZON_STEPS);
  const known =
    POINT_FORECASTS[name](history, WINDOW_STEPS - 1, point) ||
    POINT_FORECASTS.last_value(history, WINDOW_STEPS - 1, point);
  let loss = 0;
  for (let lead = 0; known && lead < HORIZON_STEPS; lead++) {
    const actual = batch.actual[target * HORIZON_STEPS + lead];
    if (!Number.isNaN(actual)) loss += pointPinballSum(actual, point[lead]);
  }
  return loss;
}

/** Scores the network on held-back windows, relative to the best point baseline of each set and target. */
export async function validate(
  forecaster: BatchForecaster,
  sets: readonly ValidationSet[],
): Promise<ValidationScore> {
  const shares: number[] = [];
  const bySet: Record<string, Record<string, number>> = {};
  for (const set of sets) {
    const loss = await pinballByTarget(forecaster, set.samples);
    const byTarget: Record<string, number> = {};
    TARGET_LIST.forEach((target, i) => {
      if (set.baseline[i] <= NEGLIGIBLE_LOSS * set.samples.length) return;
      byTarget[target.name] = loss[i] / set.baseline[i];
      shares.push(byTarget[target.name]);
    });
    bySet[set.name] = byTarget;
  }
  return { score: shares.reduce((sum, share) => sum + share, 0) / shares.length, sets: bySet };
}

async function pinballByTarget(
  forecaster: BatchForecaster,
  samples: readonly Sample[],
): Promise<Float64Array> {
  const loss = new Float64Array(TARGET_COUNT);
  await forecaster.forecast(samples, (_, batch, quantiles) => {
    for (let i = 0; i < batch.count; i++) {
      blankUnmeasured(batch.window, i * WINDOW_SIZE, batch.actual, i * ACTUAL_SIZE);
      for (let cell = 0; cell < ACTUAL_SIZE; cell++) {
        const actual = batch.actual[i * ACTUAL_SIZE + cell];
        if (Number.isNaN(actual)) continue;
        const target = Math.floor(cell / HORIZON_STEPS);
        loss[target] += pinballSum(actual, quantiles, i * FORECAST_SIZE + cell * QUANTILE_COUNT);
      }
    }
  });
  return loss;
}
