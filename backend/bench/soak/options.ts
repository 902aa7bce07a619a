/** What a soak run is: how large, how long, and when the two events of its story come. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STEPS_PER_DAY } from '../../src/simulate/day.ts';

export interface SoakOptions {
  readonly servers: number;
  readonly days: number;
  readonly seed: number;
  /** Folder of the record, the data and the report. */
  readonly out: string;
  /** File of the report's page; its pictures lie in a folder of the same name beside it. */
  readonly report: string;
  /** Go on with the run in `out`. */
  readonly resume: boolean;
  /** Write the report of the record in `out` as it is, and run nothing. */
  readonly onlyReport: boolean;
  /** Whether the claims of the report decide about the exit code. */
  readonly check: boolean;
}

/** When what happens, in steps from the first. */
export interface Story {
  readonly steps: number;
  /** Some profiles get a software release. */
  readonly releaseStep: number;
  /** The servers of a rack are drawn into trouble one after the other. */
  readonly cascadeStep: number;
}

const DEFAULT_DAYS = 30;
const LEAST_SERVERS = 12;
/** Where the events stand in a run of any length: day 15 and day 20 of 30. */
const RELEASE_AT = 1 / 2;
const CASCADE_AT = 2 / 3;

export class SoakOptionError extends Error {}

/** @throws SoakOptionError, or a TypeError of the parser, naming the flag */
export function readOptions(args: readonly string[], root: string): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: { type: 'string', default: '300' },
      days: { type: 'string', default: String(DEFAULT_DAYS) },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: `${root}/.cache/soak` },
      report: { type: 'string' },
      resume: { type: 'boolean', default: false },
      'only-report': { type: 'boolean', default: false },
      'no-check': { type: 'boolean', default: false },
    },
  });
  const { out } = values;
  return {
    servers: numberOf('--servers', values.servers, LEAST_SERVERS, 10_000, true),
    days: numberOf('--days', values.days, 0.25, 366, false),
    seed: numberOf('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER, true),
    out,
    report: values.report ?? join(out, 'soak.md'),
    resume: values.resume,
    onlyReport: values['only-report'],
    check: !values['no-check'],
  };
}

function numberOf(flag: string, text: string, low: number, high: number, isWhole: boolean): number {
  const value = Number(text);
  const isRight =
    text.trim() !== '' && value >= low && value <= high && (!isWhole || Number.isSafeInteger(value));
  if (isRight) return value;
  throw new SoakOptionError(
    `${flag} takes a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}, not '${text}'.`,
  );
}

export function storyOf({ days }: Pick<SoakOptions, 'days'>): Story {
  const steps = Math.round(days * STEPS_PER_DAY);
  return {
    steps,
    releaseStep: Math.round(steps * RELEASE_AT),
    cascadeStep: Math.round(steps * CASCADE_AT),
  };
}
