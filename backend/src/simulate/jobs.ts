/** What cron starts: jobs at fixed times, and backups at night. */

import { zoneOffsetMs } from '../catalog/calendar.ts';
import { STEP_MS } from '../catalog/time.ts';
import { STEPS_PER_DAY } from './day.ts';
import type { RandomStream } from './random.ts';

const NIGHTLY_BACKUP_PROBABILITY = 0.35;

/** A job that starts at fixed times and asks for resources while it runs. */
export interface ScheduledJob {
  readonly periodSteps: number;
  readonly phaseSteps: number;
  readonly durationSteps: number;
  /** Share of the occurrences that do not happen. */
  readonly skipProbability: number;
  /** Latest start after the scheduled time. */
  readonly delaySteps: number;
  /** Share of all cores. */
  readonly cpu: number;
  /** Share of time that cores wait for the disk. */
  readonly iowait: number;
  /** Percentage points. */
  readonly memory: number;
  /** MB/s. */
  readonly netIn: number;
  readonly netOut: number;
}

/** Periods cron tables are full of, in steps: 10 minutes to a week. */
const JOB_PERIODS: readonly number[] = [2, 3, 6, 12, 12, 24, 36, 48, 72, 144, 288, 288, 288, 288, 2016];

function drawJob(random: RandomStream, netScale: number): ScheduledJob {
  // One job in five runs on its own clock rather than cron's.
  const periodSteps = random.chance(0.2) ? random.integer([4, 100]) : random.pick(JOB_PERIODS);
  const longest = Math.max(1, Math.min(60, Math.floor(periodSteps * 0.6)));
  const resource = random.weighted({ cpu: 4, io: 2, network: 3, mixed: 3 });
  const wants = (kind: string) => resource === kind || resource === 'mixed';
  return {
    periodSteps,
    phaseSteps: random.integer([0, periodSteps - 1]),
    durationSteps: Math.round(random.logUniform([1, longest])),
    skipProbability: random.chance(0.7) ? 0 : random.uniform([0.02, 0.4]),
    delaySteps: random.chance(0.8) ? 0 : random.integer([1, Math.min(6, periodSteps)]),
    cpu: wants('cpu') ? random.logUniform([0.02, 0.9]) : random.uniform([0, 0.05]),
    iowait: wants('io') ? random.logUniform([0.01, 0.5]) : 0,
    memory: random.chance(0.3) ? random.logUniform([0.3, 20]) : 0,
    netIn: wants('network') && random.chance(0.6) ? Math.min(70, netScale * random.logUniform([0.5, 25])) : 0,
    netOut:
      wants('network') && random.chance(0.7) ? Math.min(70, netScale * random.logUniform([0.5, 25])) : 0,
  };
}

/** A backup in the small hours: it reads the disk and sends what it read. */
function drawNightlyBackup(random: RandomStream, timeZone: string): ScheduledJob {
  const localStep = random.integer([0, 60]);
  const zoneSteps = Math.round(zoneOffsetMs(timeZone, 0) / STEP_MS);
  return {
    periodSteps: STEPS_PER_DAY,
    phaseSteps: (localStep - zoneSteps + STEPS_PER_DAY) % STEPS_PER_DAY,
    durationSteps: Math.round(random.logUniform([2, 36])),
    skipProbability: random.chance(0.8) ? 0 : random.uniform([0.02, 0.2]),
    delaySteps: 0,
    cpu: random.logUniform([0.01, 0.15]),
    iowait: random.logUniform([0.02, 0.4]),
    memory: 0,
    netIn: 0,
    netOut: random.logUniform([0.1, 60]),
  };
}

/** Draws a server's scheduled jobs. */
export function drawJobs(
  random: RandomStream,
  count: number,
  netScale: number,
  timeZone: string,
): readonly ScheduledJob[] {
  const jobs = Array.from({ length: count }, () => drawJob(random, netScale));
  return random.chance(NIGHTLY_BACKUP_PROBABILITY) ? [...jobs, drawNightlyBackup(random, timeZone)] : jobs;
}
