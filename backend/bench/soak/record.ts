/** The record of a soak run: a line of JSON for everything that was seen, written as it goes. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { DriftSignalName } from './answers.ts';

export const RECORD_FILE = 'record.jsonl';

/** What the run was told, and on what it ran. */
export interface RunLine {
  readonly kind: 'run';
  readonly servers: number;
  readonly days: number;
  readonly seed: number;
  readonly firstStep: number;
  readonly steps: number;
  readonly releaseStep: number;
  readonly cascadeStep: number;
  readonly releasedServers: readonly string[];
  readonly cascadeServers: readonly string[];
  readonly cascadeLeader: string;
  readonly keepDays: number;
  /** Real time, ISO 8601. */
  readonly begun: string;
  readonly cores: number;
  readonly node: string;
}

export interface DriftReading {
  readonly status: 'learning' | 'quiet' | 'drifting';
  readonly score: number | null;
  readonly signals: Readonly<Record<DriftSignalName, number | null>>;
  /** Profiles that drift, the fleet as a whole included. */
  readonly profiles: readonly string[];
}

/** The state of everything once an hour of the simulated clock. */
export interface HourLine {
  readonly kind: 'hour';
  /** Hours since the run's first step. */
  readonly hour: number;
  readonly step: number;
  /** Real time since the run (or its continuation) began. */
  readonly elapsedSeconds: number;
  /** Wall time from a step's closing until all that follows from it was on disk, over the hour. */
  readonly meanCycleSeconds: number;
  readonly maxCycleSeconds: number;
  readonly model: string | null;
  readonly modes: Readonly<Record<string, number>>;
  /** Report card of the last 24 hours: mean over metrics and horizons. */
  readonly card: {
    readonly scored: number;
    /** The network's pinball loss as a share of the best baseline's; null before anything was scored. */
    readonly relativeLoss: number | null;
    readonly coverage: number | null;
  };
  readonly drift: DriftReading | null;
  readonly cascades: readonly CascadeReading[] | null;
  readonly alerts: {
    readonly active: number;
    readonly critical: number;
    readonly cascadeItems: number;
    /** Of the run so far. */
    readonly opened: number;
    readonly resolved: number;
  };
  /** Resident memory by process, bytes. */
  readonly memory: Readonly<Record<string, number>>;
  /** Bytes on disk by folder of the data directory. */
  readonly disk: Readonly<Record<string, number>>;
  readonly historyDays: number;
  readonly historyFiles: number;
  readonly rowsLost: number;
  readonly latePoints: number;
  readonly cycles: number;
  readonly overruns: number;
}

export interface CascadeReading {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly detectedAt: string;
  readonly leader: string;
  readonly members: readonly string[];
  readonly common: string;
}

/** How the forecasts of one group of servers that were given out in one hour came true. */
export interface AccuracyLine {
  readonly kind: 'accuracy';
  readonly hour: number;
  readonly group: string;
  readonly targets: Readonly<Record<string, TargetSums>>;
}

/** Sums over the steps of the horizon and the servers of the group. */
export interface TargetSums {
  readonly count: number;
  /** Pinball loss, mean of P10, P50 and P90. */
  readonly loss: number;
  /** The same of two baselines as points. */
  readonly lossLast: number;
  readonly lossYesterday: number;
  /** Of the median, in the target's unit. */
  readonly absoluteError: number;
  /** Values within P10 … P90. */
  readonly covered: number;
}

export interface TrainingLine {
  readonly kind: 'training';
  /** When it ended, hours since the first step. */
  readonly hour: number;
  readonly startedHour: number;
  readonly id: string;
  readonly trigger: string;
  readonly cause: string | null;
  readonly outcome: string;
  readonly reason: string;
  readonly model: string | null;
  readonly lossOld: number | null;
  readonly lossNew: number | null;
}

export interface EndLine {
  readonly kind: 'end';
  readonly elapsedSeconds: number;
  readonly errorsLogged: readonly string[];
}

export type Line = RunLine | HourLine | AccuracyLine | TrainingLine | EndLine;

export interface SoakRecord {
  readonly run: RunLine;
  readonly hours: readonly HourLine[];
  readonly accuracy: readonly AccuracyLine[];
  readonly trainings: readonly TrainingLine[];
  readonly end: EndLine | null;
}

export class RecordFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(line: Line): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }

  /** @returns undefined where there is no run; a last line that was cut off is passed over */
  read(): SoakRecord | undefined {
    if (!existsSync(this.#path)) return undefined;
    return recordOf(readFileSync(this.#path, 'utf8').split('\n').flatMap(lineOf));
  }
}

function lineOf(text: string): readonly Line[] {
  try {
    return [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}

export function recordOf(lines: readonly Line[]): SoakRecord | undefined {
  const of = <Kind extends Line['kind']>(kind: Kind): readonly Extract<Line, { kind: Kind }>[] =>
    lines.filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind);
  const [run] = of('run');
  if (run === undefined) return undefined;
  return {
    run,
    // A run that was broken off and goes on may see its last hour twice.
    hours: [...new Map(of('hour').map((line) => [line.hour, line])).values()],
    accuracy: of('accuracy'),
    trainings: of('training'),
    end: of('end').at(-1) ?? null,
  };
}
