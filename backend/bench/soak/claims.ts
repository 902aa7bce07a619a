/** What the run promises, checked on its record. */
import { STEPS_AN_HOUR } from '../../src/catalog/time.ts';
import { mean, rise } from '../support/statistics.ts';
import { type Findings, hourOf, type PhaseFigures } from './findings.ts';
import type { HourLine, SoakRecord } from './record.ts';

const HOURS_A_DAY = 24;
const HOURS_A_WEEK = 7 * HOURS_A_DAY;
/** On quiet days drift is found at most so often. */
const MOST_QUIET_DRIFTS = 1;
const DRIFT_NOTICED_HOURS = 6;
/** By how much the loss has to rise for the change to be a real one. */
const LEAST_FALL = 1.25;
/** After the retraining the loss, against the best baseline, may lie above that of before by this share … */
const RECOVERED_WITHIN = 0.05;
/** … and of the CPU loss that came with the change this share has to be gone. */
const LEAST_REGAINED = 0.25;
const MOST_FALSE_CASCADES_A_WEEK = 1;
const CASCADE_FOUND_HOURS = 8;
const LEAST_MEMBERS_FOUND = 0.5;
/** Rise of memory over the run, as a share of its mean. */
const FLAT_MEMORY = 0.1;
/** Memory is looked at once windows, caches and files have reached their size. */
const MEMORY_FROM_HOUR = 2 * HOURS_A_DAY;
/** Growth of what is on disk after retention has begun to remove, as a share. */
const FLAT_DISK = 0.15;

export interface Claim {
  readonly text: string;
  /** What was measured. */
  readonly found: string;
  readonly holds: boolean;
}

export function claimsOf(record: SoakRecord, findings: Findings): readonly Claim[] {
  return [
    ...driftClaims(record, findings),
    ...accuracyClaims(findings),
    ...cascadeClaims(record, findings),
    ...memoryClaims(record),
    diskClaim(record),
    ...nothingLostClaims(record),
  ];
}

function driftClaims(
  { hours }: SoakRecord,
  { releaseHour, driftsBefore, driftNoticedHour, driftTraining, takenAfter }: Findings,
): readonly Claim[] {
  if (!hours.some(({ drift }) => drift !== null)) {
    return [{ text: 'Argus watches for drift', found: 'GET /drift does not answer', holds: false }];
  }
  const after = driftNoticedHour === null ? null : driftNoticedHour - releaseHour;
  return [
    {
      text: `At most ${MOST_QUIET_DRIFTS} drift is found on the days before the release`,
      found: `${driftsBefore.length}${driftsBefore.length === 0 ? '' : ` (hours ${driftsBefore.join(', ')})`}`,
      holds: driftsBefore.length <= MOST_QUIET_DRIFTS,
    },
    {
      text: `The change is noticed within ${DRIFT_NOTICED_HOURS} hours`,
      found: after === null ? 'it was not noticed' : `after ${after.toFixed(0)} hours`,
      holds: after !== null && after <= DRIFT_NOTICED_HOURS,
    },
    {
      text: 'Drift begins a training',
      found:
        driftTraining === null
          ? 'none began'
          : `${(driftTraining.startedHour - releaseHour).toFixed(1)} hours after the release`,
      holds: driftTraining !== null,
    },
    {
      text: 'A new model is taken after the release and stays',
      found:
        takenAfter.length === 0
          ? 'none was'
          : takenAfter
              .map(({ hour }) => `${((hour - releaseHour) / HOURS_A_DAY).toFixed(1)} days after`)
              .join(', '),
      holds: takenAfter.length > 0,
    },
  ];
}

function accuracyClaims({ phases }: Findings): readonly Claim[] {
  const of = (name: string) => phases.find(({ phase }) => phase.name === name);
  const [before, during, after] = [of('before'), of('during'), of('after')];
  const fall = ratio(during?.cpuLoss, before?.cpuLoss);
  const recovered = ratio(after?.relativeLoss, before?.relativeLoss);
  const regained = regainedShare(before, during, after);
  return [
    {
      text: `The release makes forecasts worse: loss of CPU at least ${LEAST_FALL} times as large`,
      found: fall === null ? 'not measured' : `${fall.toFixed(2)} times`,
      holds: fall !== null && fall >= LEAST_FALL,
    },
    {
      text: `Afterwards the loss against the best baseline is within ${100 * RECOVERED_WITHIN} % of before, or below`,
      found: recovered === null ? 'not measured' : `${(100 * (recovered - 1)).toFixed(1)} %`,
      holds: recovered !== null && recovered <= 1 + RECOVERED_WITHIN,
    },
    {
      text: `Of the loss of CPU that came with the release ${100 * LEAST_REGAINED} % are gone`,
      found: regained === null ? 'not measured' : `${(100 * regained).toFixed(0)} %`,
      holds: regained !== null && regained >= LEAST_REGAINED,
    },
  ];
}

function ratio(value: number | null | undefined, reference: number | null | undefined): number | null {
  return value === null || value === undefined || reference === null || reference === undefined
    ? null
    : value / reference;
}

function regainedShare(
  before: PhaseFigures | undefined,
  during: PhaseFigures | undefined,
  after: PhaseFigures | undefined,
): number | null {
  const losses = [before, during, after].flatMap((one) => one?.cpuLoss ?? []);
  if (losses.length < 3) return null;
  const [was, worst, now] = losses;
  return (worst - now) / (worst - was);
}

function cascadeClaims(
  { run, hours }: SoakRecord,
  { cascadeHour, staged, otherCascades }: Findings,
): readonly Claim[] {
  if (!hours.some(({ cascades }) => cascades !== null)) {
    return [{ text: 'Argus looks for cascades', found: 'GET /cascade does not answer', holds: false }];
  }
  const [first] = staged;
  const found = first === undefined ? null : hourOf(first.detectedAt, run.firstStep) - cascadeHour;
  const members = new Set(staged.flatMap((one) => one.members));
  const share = run.cascadeServers.filter((name) => members.has(name)).length / run.cascadeServers.length;
  const weeks = run.steps / STEPS_AN_HOUR / HOURS_A_WEEK;
  return [
    {
      text: `The cascade is found within ${CASCADE_FOUND_HOURS} hours of its hidden beginning`,
      found: found === null ? 'it was not found' : `after ${found.toFixed(1)} hours, led by ${first.leader}`,
      holds: found !== null && found <= CASCADE_FOUND_HOURS,
    },
    {
      text: 'It is grouped as one',
      found: `${staged.length} groups with ${(100 * share).toFixed(0)} % of its ${run.cascadeServers.length} servers`,
      holds: staged.length === 1 && share >= LEAST_MEMBERS_FOUND,
    },
    {
      text: `At most ${MOST_FALSE_CASCADES_A_WEEK} other cascade a week is reported`,
      found: `${otherCascades.length} in ${weeks.toFixed(1)} weeks`,
      holds: otherCascades.length <= Math.ceil(weeks * MOST_FALSE_CASCADES_A_WEEK),
    },
  ];
}

function memoryClaims({ hours }: SoakRecord): readonly Claim[] {
  const settled = hours.filter(({ hour }) => hour >= MEMORY_FROM_HOUR);
  return ['argus', 'history'].map((name) => {
    const points = settled.flatMap(({ hour, memory }): (readonly [number, number])[] =>
      memory[name] === undefined ? [] : [[hour, memory[name]]],
    );
    const text = `Memory of the process '${name}' rises by at most ${100 * FLAT_MEMORY} % from day 2 on`;
    if (points.length < 2) return { text, found: 'not measured', holds: false };
    const level = mean(points.map(([, bytes]) => bytes));
    const share = rise(points) / level;
    const found = `${(100 * share).toFixed(1)} % of ${(level / 1e6).toFixed(0)} MB, at most ${(Math.max(...points.map(([, bytes]) => bytes)) / 1e6).toFixed(0)} MB`;
    return { text, found, holds: share <= FLAT_MEMORY };
  });
}

function diskClaim({ run, hours }: SoakRecord): Claim {
  const full = hours.filter(({ hour }) => hour >= (run.keepDays + 2) * HOURS_A_DAY);
  const text = `Once ${run.keepDays} days are kept, what is on disk grows by at most ${100 * FLAT_DISK} %`;
  if (full.length < 2 * HOURS_A_DAY) return { text, found: 'the run is too short', holds: false };
  const days = Math.max(...full.map(({ historyDays }) => historyDays));
  const first = mean(full.slice(0, HOURS_A_DAY).map(bytesOnDisk));
  const last = mean(full.slice(-HOURS_A_DAY).map(bytesOnDisk));
  const growth = last / first - 1;
  return {
    text,
    found: `${(100 * growth).toFixed(1)} % to ${(last / 1e6).toFixed(0)} MB; history of ${days} days`,
    holds: growth <= FLAT_DISK && days <= run.keepDays + 1,
  };
}

/** Trained models are kept up to a number and would hide what the rest does. */
export function bytesOnDisk({ disk }: HourLine): number {
  return Object.entries(disk).reduce(
    (sum, [folder, bytes]) => (folder === 'models' || folder === 'training' ? sum : sum + bytes),
    0,
  );
}

function nothingLostClaims({ hours, end }: SoakRecord): readonly Claim[] {
  const last = hours.at(-1);
  const lost = last?.rowsLost ?? Number.NaN;
  const overruns = Math.max(...hours.map((line) => line.overruns));
  const errors = end?.errorsLogged ?? ['the run did not end'];
  return [
    { text: 'No row of the history is lost', found: `${lost}`, holds: lost === 0 },
    { text: 'No step is left without forecasts', found: `${overruns} were`, holds: overruns === 0 },
    {
      text: 'Nothing is logged as an error',
      found: errors.length === 0 ? 'nothing' : errors.join('; '),
      holds: errors.length === 0,
    },
  ];
}
