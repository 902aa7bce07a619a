import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CalibrationInvalidError } from './errors.ts';
import { FAILURE_FEATURES } from './failure/features.ts';
import { problemOf, type TreeEnsemble, TreeReader } from './failure/trees.ts';

export const CALIBRATION_FILE = 'calibration.json';
export const CALIBRATION_FORMAT = 1;
/** What a table maps to probabilities: what the tables were fitted on, so that tables for something else are refused. */
export const DANGER_FEATURE = 'danger-union-1';
export const TREES_FEATURE = 'failure-trees-2';
export const PROBABILITY_HORIZONS = ['30m', '3h', '8h'] as const;
export type ProbabilityHorizon = (typeof PROBABILITY_HORIZONS)[number];

/** A non-decreasing, piecewise linear map from feature to probability, constant beyond its ends. */
export interface CalibrationTable {
  /** Strictly increasing, 0–1. */
  readonly x: readonly number[];
  /** Never decreasing, 0–1, as long as x. */
  readonly y: readonly number[];
}

export interface Calibration {
  /** False for the default table: its numbers order servers but were not fitted to failures. */
  readonly calibrated: boolean;
  readonly tables: Readonly<Record<ProbabilityHorizon, CalibrationTable>>;
  /**
   * What the tables are read by: the ensemble with the highest log odds counts. Null: by the forecast's danger
   * (probability.ts).
   */
  readonly trees: Readonly<Record<ProbabilityHorizon, readonly TreeReader[]>> | null;
}

/**
 * Used with a bundle that brings no table. Deliberately low at the bottom: a fleet of 10,000 healthy servers must not
 * add up to a certain failure.
 */
export const UNCALIBRATED: Calibration = {
  calibrated: false,
  tables: {
    '30m': { x: [0, 0.3, 0.6, 0.9, 1], y: [0.00001, 0.02, 0.1, 0.35, 0.5] },
    '3h': { x: [0, 0.3, 0.6, 0.9, 1], y: [0.00005, 0.03, 0.15, 0.4, 0.6] },
    '8h': { x: [0, 0.3, 0.6, 0.9, 1], y: [0.0001, 0.05, 0.2, 0.5, 0.7] },
  },
  trees: null,
};

function byHorizon<T>(of: (horizon: ProbabilityHorizon) => T): Record<ProbabilityHorizon, T> {
  return { '30m': of('30m'), '3h': of('3h'), '8h': of('8h') };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numbersBetween0And1(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.every((entry) => typeof entry === 'number' && entry >= 0 && entry <= 1)
  );
}

function ordered(values: readonly number[], allows: (before: number, after: number) => boolean): boolean {
  return values.every((value, index) => index === 0 || allows(values[index - 1], value));
}

function readTable(horizon: ProbabilityHorizon, value: unknown): CalibrationTable {
  const refuse = (what: string): never => {
    throw new CalibrationInvalidError(`${CALIBRATION_FILE}: horizons.${horizon} ${what}.`);
  };
  if (!isObject(value)) return refuse('is missing');
  if (value.kind !== 'isotonic') return refuse('has a kind other than "isotonic"');
  const { x, y } = value;
  if (!numbersBetween0And1(x) || !numbersBetween0And1(y))
    return refuse('needs x and y as lists of numbers 0–1');
  if (x.length < 2 || x.length !== y.length) return refuse('needs x and y equally long, two points at least');
  if (!ordered(x, (before, after) => before < after)) return refuse('needs x strictly increasing');
  if (!ordered(y, (before, after) => before <= after)) return refuse('needs y never decreasing');
  return { x, y };
}

/**
 * Checks the content of a calibration.json (format in docs/risk.md).
 * @throws ARGUS_CALIBRATION_INVALID naming the field
 */
export function parseCalibration(content: unknown): Calibration {
  if (!isObject(content) || content.format !== CALIBRATION_FORMAT) {
    throw new CalibrationInvalidError(`${CALIBRATION_FILE}: format must be ${CALIBRATION_FORMAT}.`);
  }
  const { feature } = content;
  if (feature !== DANGER_FEATURE && feature !== TREES_FEATURE) {
    throw new CalibrationInvalidError(
      `${CALIBRATION_FILE}: feature must be "${DANGER_FEATURE}" or "${TREES_FEATURE}".`,
    );
  }
  const horizons = isObject(content.horizons) ? content.horizons : {};
  return {
    calibrated: true,
    tables: byHorizon((horizon) => readTable(horizon, horizons[horizon])),
    trees: feature === TREES_FEATURE ? readTrees(content) : null,
  };
}

const NODE_LISTS = ['roots', 'feature', 'threshold', 'left', 'missingLeft'] as const;

function isEnsemble(value: unknown): value is TreeEnsemble {
  return isObject(value) && NODE_LISTS.every((name) => Array.isArray(value[name]));
}

function readEnsemble(horizon: ProbabilityHorizon, ensemble: unknown): TreeReader {
  const problem = isEnsemble(ensemble)
    ? problemOf(ensemble, FAILURE_FEATURES.length)
    : `needs ${NODE_LISTS.join(', ')} as lists`;
  if (!isEnsemble(ensemble) || problem !== undefined) {
    throw new CalibrationInvalidError(`${CALIBRATION_FILE}: trees.${horizon}: ${problem}.`);
  }
  return new TreeReader(ensemble);
}

function readTrees(content: Readonly<Record<string, unknown>>): Calibration['trees'] {
  const { features } = content;
  if (!Array.isArray(features) || features.join() !== FAILURE_FEATURES.join()) {
    throw new CalibrationInvalidError(
      `${CALIBRATION_FILE}: features are not those of this version; fit it again with argus calibrate.`,
    );
  }
  const trees = isObject(content.trees) ? content.trees : {};
  return byHorizon((horizon) => {
    const ensembles = trees[horizon];
    if (!Array.isArray(ensembles) || ensembles.length === 0) {
      throw new CalibrationInvalidError(`${CALIBRATION_FILE}: trees.${horizon} must be a list of ensembles.`);
    }
    return ensembles.map((ensemble) => readEnsemble(horizon, ensemble));
  });
}

/**
 * Reads a bundle's table.
 * @returns null where the bundle has none
 * @throws ARGUS_CALIBRATION_INVALID
 */
export async function readCalibration(bundleFolder: string): Promise<Calibration | null> {
  let text: string;
  try {
    text = await readFile(join(bundleFolder, CALIBRATION_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new CalibrationInvalidError(`${CALIBRATION_FILE} is not JSON.`);
  }
  return parseCalibration(content);
}

/** Probability for a feature value, 0–1; never falls when the feature rises. */
export function calibrate(table: CalibrationTable, raw: number): number {
  const { x, y } = table;
  const last = x.length - 1;
  if (raw <= x[0]) return y[0];
  if (raw >= x[last]) return y[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= raw) low = middle;
    else high = middle;
  }
  const share = (raw - x[low]) / (x[high] - x[low]);
  return y[low] + share * (y[high] - y[low]);
}
