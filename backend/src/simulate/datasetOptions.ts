import { localDayOf } from '../catalog/calendar.ts';
import { findHolidayRegion } from '../catalog/holidays.ts';
import { STEP_MS } from '../catalog/time.ts';
import { SimulationOptionError } from './errors.ts';
import type { IncidentKind } from './incidentKinds.ts';
import { INCIDENT_KINDS } from './incidentKinds.ts';

export interface DatasetOptions {
  /** Folder for the files; made where it is missing. */
  readonly directory: string;
  readonly servers: number;
  readonly days: number;
  readonly seed?: number;
  /** Start of the first step, ms since the epoch; a multiple of five minutes. */
  readonly startMs?: number;
  /** Number of the first server: other numbers are other servers, also under the same seed. */
  readonly fromServer?: number;
  /** Day from which levels are different for good; Infinity = never. */
  readonly regimeChangeDay?: number;
  /** Kinds of incident that do not happen: a model can then be tested on kinds it never saw. */
  readonly withoutKinds?: readonly IncidentKind[];
  /** Country or region whose public holidays every server keeps, as findHolidayRegion knows it. */
  readonly country?: string;
  /** Further dates that are holidays, `YYYY-MM-DD`. */
  readonly holidays?: readonly string[];
  /** Write hazard.parquet, the ceiling of every forecaster of failures; held in memory until the end, 12 bytes a row. */
  readonly hazard?: boolean;
}

const MAX_SERVERS = 100_000;
const MAX_DAYS = 3660;
export const DEFAULT_START_MS = Date.UTC(2026, 5, 1);

function check(valid: boolean, message: string): void {
  if (!valid) throw new SimulationOptionError(message);
}

/** Options with every default filled in. */
export type CheckedOptions = Required<Omit<DatasetOptions, 'country'>> & {
  readonly country: string | undefined;
};

function checkDate(date: string): void {
  try {
    localDayOf(date);
  } catch (error) {
    throw new SimulationOptionError(`--holidays: ${(error as Error).message}.`);
  }
}

const isWhole = (value: number, low: number, high: number) =>
  Number.isSafeInteger(value) && value >= low && value <= high;

/**
 * Fills in the defaults.
 * @throws ARGUS_SIMULATE_OPTION naming the option and what it may be
 */
export function checkDatasetOptions(options: DatasetOptions): CheckedOptions {
  const complete = {
    seed: 1,
    startMs: DEFAULT_START_MS,
    fromServer: 0,
    regimeChangeDay: Number.POSITIVE_INFINITY,
    withoutKinds: [],
    hazard: false,
    holidays: [],
    ...options,
    country: options.country === undefined ? undefined : findHolidayRegion(options.country),
  };
  check(
    options.country === undefined || complete.country !== undefined,
    `--country is '${options.country}'; it must be the ISO 3166 code of a country or region whose holidays are known, such as DE or DE-BY.`,
  );
  complete.holidays.forEach(checkDate);
  const { directory, servers, days, seed, startMs, fromServer, regimeChangeDay, withoutKinds } = complete;
  check(directory !== '', 'The output folder is empty; give one with --out.');
  check(
    isWhole(servers, 1, MAX_SERVERS),
    `--servers is ${servers}; it must be a whole number from 1 to ${MAX_SERVERS}.`,
  );
  check(days > 0 && days <= MAX_DAYS, `--days is ${days}; it must be above 0 and at most ${MAX_DAYS}.`);
  check(
    isWhole(seed, 0, Number.MAX_SAFE_INTEGER),
    `--seed is ${seed}; it must be a whole number of at least 0.`,
  );
  check(
    isWhole(startMs, 0, Date.UTC(2200, 0)) && startMs % STEP_MS === 0,
    '--start must be a time such as 2026-06-01T00:00:00Z, on a full five minutes, between 1970 and 2200.',
  );
  check(
    isWhole(fromServer, 0, 1e9),
    `--from-server is ${fromServer}; it must be a whole number of at least 0.`,
  );
  check(regimeChangeDay >= 0, `The day of the regime change is ${regimeChangeDay}; it must be at least 0.`);
  const unknown = withoutKinds.find((kind) => !INCIDENT_KINDS.includes(kind));
  check(
    unknown === undefined,
    `'${unknown}' is no kind of incident; the kinds are ${INCIDENT_KINDS.join(', ')}.`,
  );
  return complete;
}
