/** What a record says: the phases of the run, and the figures of each. */
import { STEP_MS, STEPS_AN_HOUR, stepStartMs } from '../../src/catalog/time.ts';
import { mean } from '../support/statistics.ts';
import type {
  AccuracyLine,
  CascadeReading,
  HourLine,
  SoakRecord,
  TargetSums,
  TrainingLine,
} from './record.ts';
import { relativeLoss } from './scorer.ts';

const HOURS_A_DAY = 24;
/** Days before the release that stand for "before". */
const BEFORE_HOURS = 4 * HOURS_A_DAY;
/** What is forecast in this time before a change of the world ends in the new one. */
const HORIZON_HOURS = 8;
/** After this the window holds nothing of the old world; what follows is the model's own. */
const SETTLED_HOURS = HOURS_A_DAY;
const RELEASE_FELT_HOURS = 2 * HOURS_A_DAY;
const HOUR_MS = STEPS_AN_HOUR * STEP_MS;

export interface Phase {
  readonly name: 'before' | 'during' | 'after';
  readonly fromHour: number;
  readonly toHour: number;
}

/** Of the forecasts given out in a phase, by how they came true. */
export interface PhaseFigures {
  readonly phase: Phase;
  /** Released servers: pinball loss as a share of the better baseline's, mean over targets. */
  readonly relativeLoss: number | null;
  /** Released servers, CPU used: pinball loss, and mean absolute error of the median, in percentage points. */
  readonly cpuLoss: number | null;
  readonly cpuError: number | null;
  /** … the better baseline's pinball loss. */
  readonly cpuBaselineLoss: number | null;
  readonly coverage: number | null;
  /** The other servers. */
  readonly othersRelativeLoss: number | null;
  /** Report card, at the end of the phase: the network's loss over the day before. */
  readonly cardLoss: number | null;
}

export interface Findings {
  readonly releaseHour: number;
  readonly cascadeHour: number;
  readonly phases: readonly PhaseFigures[];
  /** Hours at which a drift was seen to begin, before the release and from it on. */
  readonly driftsBefore: readonly number[];
  readonly driftNoticedHour: number | null;
  /** First training that drift began after the release. */
  readonly driftTraining: TrainingLine | null;
  /** Trainings after the release whose model was taken and not taken back. */
  readonly takenAfter: readonly TrainingLine[];
  /** Cascades with most members among the servers it was staged on, from the hour it was staged. */
  readonly staged: readonly CascadeReading[];
  /** Cascades of servers with the release, in the two days in which their new ways are not yet usual. */
  readonly ofRelease: readonly CascadeReading[];
  /** Those of any other time or place. */
  readonly otherCascades: readonly CascadeReading[];
}

export function findingsOf(record: SoakRecord): Findings {
  const { run, hours, trainings } = record;
  const releaseHour = run.releaseStep / STEPS_AN_HOUR;
  const cascadeHour = run.cascadeStep / STEPS_AN_HOUR;
  const began = hours
    .filter((line, i) => isDrifting(line) && !isDrifting(hours[i - 1]))
    .map(({ hour }) => hour);
  const takenAfter = trainings.filter((one) => one.hour > releaseHour && isKept(one, trainings));
  const cascades = lastReadings(hours);
  const staged = cascades.filter((one) => isStaged(one, record, cascadeHour));
  const ofRelease = cascades.filter((one) => !staged.includes(one) && isOfRelease(one, record, releaseHour));
  return {
    releaseHour,
    cascadeHour,
    phases: phasesOf(record, releaseHour, takenAfter).map((phase) => figuresOf(phase, record)),
    driftsBefore: began.filter((hour) => hour <= releaseHour),
    driftNoticedHour: began.find((hour) => hour > releaseHour) ?? null,
    driftTraining: trainings.find((one) => one.trigger === 'drift' && one.startedHour > releaseHour) ?? null,
    takenAfter,
    staged,
    ofRelease,
    otherCascades: cascades.filter((one) => !staged.includes(one) && !ofRelease.includes(one)),
  };
}

function isDrifting(line: HourLine | undefined): boolean {
  return line?.drift?.status === 'drifting';
}

function isKept({ id, outcome }: TrainingLine, trainings: readonly TrainingLine[]): boolean {
  return outcome === 'taken' && !trainings.some((one) => one.id === id && one.outcome === 'rolled_back');
}

function phasesOf(
  { run, hours }: SoakRecord,
  releaseHour: number,
  takenAfter: readonly TrainingLine[],
): readonly Phase[] {
  const endHour = hours.at(-1)?.hour ?? 0;
  const firstTaken = takenAfter.at(0)?.hour ?? endHour;
  const before = releaseHour - HORIZON_HOURS;
  const phases: readonly Phase[] = [
    { name: 'before', fromHour: Math.max(HOURS_A_DAY, before - BEFORE_HOURS), toHour: before },
    { name: 'during', fromHour: releaseHour + SETTLED_HOURS, toHour: firstTaken },
    // Without a new model there is none.
    {
      name: 'after',
      fromHour: takenAfter.at(-1)?.hour ?? Number.POSITIVE_INFINITY,
      toHour: run.steps / STEPS_AN_HOUR,
    },
  ];
  return phases.filter(({ fromHour, toHour }) => toHour > fromHour);
}

function figuresOf(phase: Phase, { accuracy, hours }: SoakRecord): PhaseFigures {
  const within = ({ hour }: { readonly hour: number }) => hour > phase.fromHour && hour <= phase.toHour;
  const of = (group: string) => accuracy.filter((line) => line.group === group && within(line));
  const released = of('released');
  const cpu = totalOf(released, 'cpu_used_pct');
  const cards = hours.filter(within).flatMap(({ card }) => card.relativeLoss ?? []);
  return {
    phase,
    relativeLoss: relativeLoss(released),
    cpuLoss: cpu === null ? null : cpu.loss / cpu.count,
    cpuError: cpu === null ? null : cpu.absoluteError / cpu.count,
    cpuBaselineLoss: cpu === null ? null : Math.min(cpu.lossLast, cpu.lossYesterday) / cpu.count,
    coverage: coverageOf(released),
    othersRelativeLoss: relativeLoss(of('others')),
    cardLoss: cards.at(-1) ?? null,
  };
}

/** Sums over lines of one target; null where nothing was scored. */
export function totalOf(lines: readonly AccuracyLine[], target: string): TargetSums | null {
  const sums = lines.flatMap(({ targets }) => targets[target] ?? []);
  if (sums.length === 0) return null;
  const total = (of: (one: TargetSums) => number) => sums.reduce((all, one) => all + of(one), 0);
  return {
    count: total(({ count }) => count),
    loss: total(({ loss }) => loss),
    lossLast: total(({ lossLast }) => lossLast),
    lossYesterday: total(({ lossYesterday }) => lossYesterday),
    absoluteError: total(({ absoluteError }) => absoluteError),
    covered: total(({ covered }) => covered),
  };
}

function coverageOf(lines: readonly AccuracyLine[]): number | null {
  const shares = lines.flatMap(({ targets }) => {
    const all = Object.values(targets);
    const count = all.reduce((sum, one) => sum + one.count, 0);
    return count === 0 ? [] : [all.reduce((sum, one) => sum + one.covered, 0) / count];
  });
  return shares.length === 0 ? null : mean(shares);
}

/** Every cascade that was seen, as it was seen last. */
function lastReadings(hours: readonly HourLine[]): readonly CascadeReading[] {
  const known = new Map<string, CascadeReading>();
  for (const { cascades } of hours) for (const one of cascades ?? []) known.set(one.id, one);
  return [...known.values()].toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

function isStaged(cascade: CascadeReading, { run }: SoakRecord, cascadeHour: number): boolean {
  const inside = cascade.members.filter((name) => run.cascadeServers.includes(name)).length;
  const hour = hourOf(cascade.startedAt, run.firstStep);
  return 2 * inside > cascade.members.length && hour >= cascadeHour - 1 && hour < cascadeHour + HOURS_A_DAY;
}

function isOfRelease(cascade: CascadeReading, { run }: SoakRecord, releaseHour: number): boolean {
  const inside = cascade.members.filter((name) => run.releasedServers.includes(name)).length;
  const hour = hourOf(cascade.startedAt, run.firstStep);
  return (
    2 * inside > cascade.members.length && hour >= releaseHour && hour < releaseHour + RELEASE_FELT_HOURS
  );
}

/** Hours from the first step to a time in ISO 8601. */
export function hourOf(time: string, firstStep: number): number {
  return (Date.parse(time) - stepStartMs(firstStep)) / HOUR_MS;
}
