import { join } from 'node:path';
import { writeAtomically } from '../../fleet/persistence/wholeFile.ts';
import {
  CALIBRATION_FILE,
  CALIBRATION_FORMAT,
  calibrate,
  PROBABILITY_HORIZONS,
  type ProbabilityHorizon,
  TREES_FEATURE,
} from '../../risk/calibration.ts';
import { FAILURE_FEATURES } from '../../risk/failure/features.ts';
import { highestLogOdds, logistic, type TreeEnsemble, TreeReader } from '../../risk/failure/trees.ts';
import { addScores } from '../bundle/write.ts';
import { TRUTH_FILE } from '../datasets/files.ts';
import { readDataset } from '../datasets/reader.ts';
import { DataTooShortError } from '../errors.ts';
import type { LabelledRows } from '../failure/boosting.ts';
import { type FailureRows, failureRows } from '../failure/rows.ts';
import { chooseOrigins } from '../failure/sampling.ts';
import { fitFailureTrees } from '../failure/views.ts';
import { BatchForecaster } from '../forecaster.ts';
import {
  fitIsotonic,
  type IsotonicFit,
  type Outcome,
  type ProbabilityScores,
  scoreProbabilities,
} from './isotonic.ts';
import { readFailures } from './truth.ts';

export interface CalibrationOptions {
  /** Bundle whose failure model is fitted; its calibration.json and manifest are rewritten. */
  readonly model: string;
  /** Generated data of servers that were not trained on. */
  readonly data: string;
  /** Its failures; truth.parquet in the data's folder by default. */
  readonly truth?: string;
  /** Steps between origins; 12 by default. Of those without a failure ahead every sixth is taken. */
  readonly stride?: number;
  readonly threads?: number;
}

export type CalibrationReport = Readonly<Record<ProbabilityHorizon, ProbabilityScores & IsotonicFit>>;

const DEFAULT_STRIDE = 12;
/** Servers are dealt to folds in turn; each fold is forecast by trees that were grown on the others. */
const FOLDS = 4;
const FEWEST_SERVERS = 2;
/** Digits that keep a float32. */
const FLOAT_DIGITS = 9;

interface ServerOutcome extends Outcome {
  readonly fold: number;
}

interface HorizonFit {
  readonly trees: readonly TreeEnsemble[];
  readonly table: IsotonicFit;
  readonly scores: ProbabilityScores;
}

/**
 * Fits the failure model: boosted trees on window statistics and forecast, and on what they say of servers they were not
 * grown on the table that makes it a probability. Stores both in the bundle. The scores are cross-validated by server:
 * neither trees nor table knew a server's own failures.
 * @throws the data errors of errors.ts
 */
export async function calibrateBundle(options: CalibrationOptions): Promise<CalibrationReport> {
  const rows = await collectRows(options);
  const fits = PROBABILITY_HORIZONS.map((horizon) => [horizon, fitHorizon(rows, horizon)] as const);
  const byHorizon = <T>(pick: (fit: HorizonFit) => T): Record<ProbabilityHorizon, T> =>
    Object.fromEntries(fits.map(([horizon, fit]) => [horizon, pick(fit)])) as Record<ProbabilityHorizon, T>;
  const content = {
    format: CALIBRATION_FORMAT,
    feature: TREES_FEATURE,
    features: FAILURE_FEATURES,
    horizons: byHorizon(({ table, scores }) => ({ kind: 'isotonic', ...scores, ...table })),
    trees: byHorizon(({ trees }) => trees),
  };
  const text = new TextEncoder().encode(`${JSON.stringify(content)}\n`);
  await writeAtomically(join(options.model, CALIBRATION_FILE), [text]);
  await addScores(options.model, { calibration: byHorizon(({ scores }) => scores) });
  return byHorizon(({ table, scores }) => ({ ...scores, ...table }));
}

async function collectRows(options: CalibrationOptions): Promise<FailureRows> {
  const data = await readDataset(options.data);
  const failures = await readFailures(options.truth ?? join(options.data, TRUTH_FILE));
  const samples = chooseOrigins(data, failures, options.stride ?? DEFAULT_STRIDE);
  if (new Set(samples.map(({ series }) => series.name)).size < FEWEST_SERVERS) {
    throw new DataTooShortError(data.path, `calibration needs ${FEWEST_SERVERS} servers with windows`);
  }
  const forecaster = await BatchForecaster.open(options.model, options.threads);
  try {
    return await failureRows(forecaster, samples, failures);
  } finally {
    await forecaster.close();
  }
}

function fitHorizon(rows: FailureRows, horizon: ProbabilityHorizon): HorizonFit {
  const outcomes = outcomesOf(rows, horizon);
  return {
    trees: fitFailureTrees(pick(rows, horizon, () => true)).map(rounded),
    table: fitIsotonic(outcomes),
    scores: scoreProbabilities(crossCalibrated(outcomes)),
  };
}

/** What trees that did not know a row's server say of it. */
function outcomesOf(rows: FailureRows, horizon: ProbabilityHorizon): readonly ServerOutcome[] {
  const columns = FAILURE_FEATURES.length;
  const names = [...new Set(rows.servers)];
  const foldOf = new Map(names.map((name, position) => [name, position % FOLDS]));
  const folds = rows.servers.map((name) => foldOf.get(name) ?? 0);
  const readers = Array.from({ length: Math.min(FOLDS, names.length) }, (_, fold) => {
    const others = pick(rows, horizon, (row) => folds[row] !== fold);
    return fitFailureTrees(others).map((trees) => new TreeReader(trees));
  });
  return folds.map((fold, row) => ({
    raw: logistic(highestLogOdds(readers[fold], rows.values, row * columns)),
    happened: rows.happened[horizon][row] === 1,
    weight: rows.weights[row],
    fold,
  }));
}

function pick(rows: FailureRows, horizon: ProbabilityHorizon, keeps: (row: number) => boolean): LabelledRows {
  const columns = FAILURE_FEATURES.length;
  const kept = Array.from({ length: rows.count }, (_, row) => row).filter(keeps);
  const values = new Float32Array(kept.length * columns);
  kept.forEach((row, i) => {
    values.set(rows.values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  const happened = Uint8Array.from(kept, (row) => rows.happened[horizon][row]);
  const weights = Float32Array.from(kept, (row) => rows.weights[row]);
  return { count: kept.length, columns, values, happened, weights };
}

/** Probabilities by tables fitted on the other folds. */
function crossCalibrated(
  outcomes: readonly ServerOutcome[],
): readonly { readonly probability: number; readonly happened: boolean; readonly weight?: number }[] {
  return [...new Set(outcomes.map(({ fold }) => fold))].flatMap((fold) => {
    const table = fitIsotonic(outcomes.filter((outcome) => outcome.fold !== fold));
    return outcomes
      .filter((outcome) => outcome.fold === fold)
      .map(({ raw, ...outcome }) => ({ ...outcome, probability: calibrate(table, raw) }));
  });
}

/** Numbers as short as they may be without becoming others in float32. */
function rounded(trees: TreeEnsemble): TreeEnsemble {
  const threshold = trees.threshold.map((value) => Number(Math.fround(value).toPrecision(FLOAT_DIGITS)));
  return { ...trees, threshold };
}
