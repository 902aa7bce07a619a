import { join } from 'node:path';
import { HORIZON_STEPS, STEP_SECONDS } from '../../catalog/time.ts';
import { createBatch, FORECAST_SIZE, WINDOW_SIZE } from '../../forecast/batch.ts';
import { finishForecasts } from '../../forecast/finish.ts';
import {
  CALIBRATION_FEATURE,
  CALIBRATION_FILE,
  CALIBRATION_FORMAT,
  calibrate,
  PROBABILITY_HORIZONS,
  type ProbabilityHorizon,
} from '../../risk/calibration.ts';
import { DEFAULT_RISK_CONFIG } from '../../risk/config.ts';
import { createFailureFeatureReader } from '../../risk/probability.ts';
import { RuleBook } from '../../risk/rules.ts';
import { writeAtomically } from '../atomic.ts';
import { addScores } from '../bundle/write.ts';
import { TRUTH_FILE } from '../datasets/files.ts';
import { readDataset } from '../datasets/reader.ts';
import { listSamples, type Sample } from '../datasets/windows.ts';
import { DataTooShortError } from '../errors.ts';
import { BatchForecaster } from '../forecaster.ts';
import {
  fitIsotonic,
  type IsotonicFit,
  type Outcome,
  type ProbabilityScores,
  scoreProbabilities,
} from './isotonic.ts';
import { failsWithin, readFailures } from './truth.ts';

export interface CalibrationOptions {
  /** Bundle whose calibration is fitted; its calibration.json and manifest are rewritten. */
  readonly model: string;
  /** Generated data of servers that were not trained on. */
  readonly data: string;
  /** Its failures; truth.parquet in the data's folder by default. */
  readonly truth?: string;
  /** Steps between origins; 12 by default. */
  readonly stride?: number;
  readonly threads?: number;
}

export type CalibrationReport = Readonly<Record<ProbabilityHorizon, ProbabilityScores & IsotonicFit>>;

const HORIZON_OF: Readonly<Record<ProbabilityHorizon, number>> = {
  '30m': 1800 / STEP_SECONDS,
  '8h': HORIZON_STEPS,
};
const DEFAULT_STRIDE = 12;
/** Servers are dealt to folds in turn; each fold is scored with a table fitted on the others. */
const FOLDS = 5;
const FEWEST_SERVERS = 2;

interface ServerOutcome extends Outcome {
  readonly fold: number;
}
type Outcomes = Readonly<Record<ProbabilityHorizon, readonly ServerOutcome[]>>;

/**
 * Fits the map from forecast features to failure probabilities on failures that really came, and stores it in the
 * bundle with its scores. The scores are cross-validated by server: no server's own failures were in its table.
 * @throws the data errors of errors.ts
 */
export async function calibrateBundle(options: CalibrationOptions): Promise<CalibrationReport> {
  const outcomes = await collectOutcomes(options);
  const entries = PROBABILITY_HORIZONS.map((horizon) => [horizon, fitHorizon(outcomes[horizon])] as const);
  const report = Object.fromEntries(entries) as CalibrationReport;
  const horizons = Object.fromEntries(
    entries.map(([horizon, fit]) => [horizon, { kind: 'isotonic', ...fit }]),
  );
  const content = { format: CALIBRATION_FORMAT, feature: CALIBRATION_FEATURE, horizons };
  const text = new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
  await writeAtomically(join(options.model, CALIBRATION_FILE), [text]);
  const scores = entries.map(([horizon, { x: _x, y: _y, ...rest }]) => [horizon, rest]);
  await addScores(options.model, { calibration: Object.fromEntries(scores) });
  return report;
}

function fitHorizon(outcomes: readonly ServerOutcome[]): ProbabilityScores & IsotonicFit {
  const folds = [...new Set(outcomes.map(({ fold }) => fold))];
  const forecasts = folds.flatMap((fold) => {
    const table = fitIsotonic(outcomes.filter((outcome) => outcome.fold !== fold));
    return outcomes
      .filter((outcome) => outcome.fold === fold)
      .map(({ raw, happened }) => ({ probability: calibrate(table, raw), happened }));
  });
  return { ...scoreProbabilities(forecasts), ...fitIsotonic(outcomes) };
}

async function collectOutcomes(options: CalibrationOptions): Promise<Outcomes> {
  const data = await readDataset(options.data);
  const failures = await readFailures(options.truth ?? join(options.data, TRUTH_FILE));
  const span = { first: data.firstStep, last: data.lastStep };
  const samples = data.servers.flatMap((series) =>
    listSamples(series, span, options.stride ?? DEFAULT_STRIDE),
  );
  const names = [...new Set(samples.map(({ series }) => series.name))];
  if (names.length < FEWEST_SERVERS) {
    throw new DataTooShortError(data.path, `calibration needs ${FEWEST_SERVERS} servers with windows`);
  }
  const foldOf = new Map(names.map((name, position) => [name, position % FOLDS]));
  const outcomes: Record<ProbabilityHorizon, ServerOutcome[]> = { '30m': [], '8h': [] };
  const forecaster = await BatchForecaster.open(options.model, options.threads);
  try {
    await forEachFeature(forecaster, samples, ({ series, originStep }, raw) => {
      const fold = foldOf.get(series.name) ?? 0;
      for (const horizon of PROBABILITY_HORIZONS) {
        const happened = failsWithin(failures.get(series.name) ?? [], originStep, HORIZON_OF[horizon]);
        outcomes[horizon].push({ raw: raw[horizon], happened, fold });
      }
    });
  } finally {
    await forecaster.close();
  }
  return outcomes;
}

/** Features as a running backend makes them: from finished forecasts, under the default rules. */
async function forEachFeature(
  forecaster: BatchForecaster,
  samples: readonly Sample[],
  consume: (sample: Sample, raw: Readonly<Record<ProbabilityHorizon, number>>) => void,
): Promise<void> {
  const rules = new RuleBook(DEFAULT_RISK_CONFIG);
  const readFeatures = createFailureFeatureReader();
  const one = createBatch(1);
  await forecaster.forecast(samples, (first, batch, quantiles) => {
    for (let i = 0; i < batch.count; i++) {
      const sample = samples[first + i];
      one.window.set(batch.window.subarray(i * WINDOW_SIZE, (i + 1) * WINDOW_SIZE));
      one.quantiles.set(quantiles.subarray(i * FORECAST_SIZE, (i + 1) * FORECAST_SIZE));
      finishForecasts(one, 1);
      const serverRules = rules.rulesOf(sample.series.name, sample.series.profile);
      const { raw30m, raw8h } = readFeatures(serverRules, one.quantiles, 0, one.window, 0);
      consume(sample, { '30m': raw30m, '8h': raw8h });
    }
  });
}
