/** The latent load of a server: what its users and jobs ask for. Everything it shows follows from it. */

import { type HolidayCalendar, noHolidays, weekdayOf, zoneOffsetMs } from '../catalog/calendar.ts';
import { DAY_MS, STEP_MS, stepStartMs } from '../catalog/time.ts';
import type { DayPattern } from './behaviour.ts';
import { STEPS_PER_DAY } from './day.ts';
import type { ScheduledJob } from './jobs.ts';
import type { Pressure } from './pressure.ts';
import type { RandomStream } from './random.ts';
import type { ServerTraits } from './traits.ts';

const SATURDAY = 5;
/** Demand never asks for more than this many times all cores. */
const MAX_DEMAND = 3;

const rise = (hour: number, at: number, hours: number) => 1 / (1 + Math.exp(-(hour - at) / hours));
/** Bump of a day that repeats: distance is measured around midnight. */
function bump(hour: number, at: number, hours: number): number {
  const distance = Math.abs(hour - at);
  const around = Math.min(distance, 24 - distance) / hours;
  return Math.exp(-0.5 * around * around);
}

type DayShape = (hour: number) => number;

function patternShape(pattern: DayPattern, random: RandomStream): DayShape {
  const shift = 1.2 * random.normal();
  switch (pattern) {
    case 'office': {
      const start = 8.3 + shift;
      const end = 17.6 + shift + random.normal();
      const ramp = random.uniform([0.2, 1]);
      const lunch = random.uniform([0, 0.35]);
      return (hour) =>
        rise(hour, start, ramp) * (1 - rise(hour, end, ramp)) * (1 - lunch * bump(hour, 12.6 + shift, 0.7));
    }
    case 'evening': {
      const width = random.uniform([2, 4]);
      const daytime = random.uniform([0.2, 0.8]);
      return (hour) => Math.max(bump(hour, 20.3 + shift, width), daytime * bump(hour, 13 + shift, 4));
    }
    case 'wave': {
      const peak = random.uniform([0, 24]);
      return (hour) => 0.5 + 0.5 * Math.cos(((hour - peak) / 24) * 2 * Math.PI);
    }
    default:
      return () => 0.5;
  }
}

/** One day of 288 relative loads with mean 1: the pattern plus bumps of this server alone. */
function drawDay(pattern: DayPattern, depth: number, random: RandomStream): Float64Array {
  const shape = patternShape(pattern, random);
  const bumps = Array.from({ length: random.integer([0, 4]) }, () => ({
    at: random.uniform([0, 24]),
    hours: random.logUniform([0.2, 3]),
    height: 0.35 * random.normal(),
  }));
  const day = Float64Array.from({ length: STEPS_PER_DAY }, (_, step) => {
    const hour = (step * 24) / STEPS_PER_DAY;
    const own = bumps.reduce((sum, { at, hours, height }) => sum + height * bump(hour, at, hours), 0);
    return Math.max(0.02, 1 - depth + depth * Math.max(0, shape(hour) + own) * 2);
  });
  const mean = day.reduce((sum, value) => sum + value, 0) / day.length;
  return day.map((value) => value / mean);
}

/** A job's run: how long it still goes on and how large it is this time. */
interface JobRun {
  readonly job: ScheduledJob;
  remaining: number;
  waiting: number;
  scale: number;
}

/** A burst: decays by its own factor each step. */
interface Burst {
  cpu: number;
  net: number;
  remaining: number;
  readonly decay: number;
}

/** A way of working in turns: what comes in is collected for half a period, then worked off in the other half. */
export interface Batching {
  /** First step of the new way. */
  readonly fromStep: number;
  /** Steps of both halves together. */
  readonly periodSteps: number;
  /** How far into a period the server is at `fromStep`. */
  readonly phaseSteps: number;
  /** Share of the work that is done while collecting, 0 to 1; 0.5 each in both halves would change nothing. */
  readonly collectingShare: number;
}

/** Factor on the load in a step; its mean over a period is 1. */
export function batchingFactor(batching: Batching | undefined, step: number): number {
  if (batching === undefined || step < batching.fromStep) return 1;
  const { fromStep, periodSteps, phaseSteps, collectingShare } = batching;
  const position = (step - fromStep + phaseSteps) % periodSteps;
  return 2 * (2 * position < periodSteps ? collectingShare : 1 - collectingShare);
}

/** What a server's load keeps to beside its traits. */
export interface LoadHabits {
  /** Local days that are lived through as weekends. */
  readonly holidays?: HolidayCalendar;
  readonly batching?: Batching;
}

export class LoadModel {
  readonly #traits: ServerTraits;
  readonly #random: RandomStream;
  readonly #holidays: HolidayCalendar;
  readonly #weekday: Float64Array;
  readonly #weekend: Float64Array;
  readonly #runs: JobRun[];
  #bursts: Burst[] = [];
  #slow: number;
  #fast = 0;
  #level = 1;
  #dayFactor = 1;
  #episode = 1;
  #phaseShift = 0;
  #revertIn = 0;
  #localDay = Number.NaN;
  #on: boolean;
  #dwell: number;
  #onScale = 1;
  #firstStep: number;
  readonly #batching: Batching | undefined;

  constructor(
    traits: ServerTraits,
    random: RandomStream,
    firstStep: number,
    { holidays = noHolidays, batching }: LoadHabits = {},
  ) {
    this.#holidays = holidays;
    this.#traits = traits;
    this.#batching = batching;
    this.#random = random;
    this.#firstStep = firstStep;
    this.#weekday = drawDay(traits.pattern, traits.cycleDepth, random);
    const sameShape = random.chance(0.6);
    this.#weekend = sameShape ? this.#weekday : drawDay(traits.pattern, traits.cycleDepth * 0.5, random);
    this.#runs = traits.jobs.map((job) => ({ job, remaining: 0, waiting: 0, scale: 0 }));
    this.#slow = random.normal();
    this.#on = random.chance(traits.onMedianSteps / (traits.onMedianSteps + traits.offMedianSteps));
    this.#dwell = this.#drawDwell();
  }

  /** From now on the server is used by others: another level, at other hours. */
  changeRegime(): void {
    this.shiftLevel(this.#random.logNormal(1.3, 0.5));
    this.#phaseShift = this.#random.integer([12, 84]);
  }

  /** Multiplies the level from now on: a deploy, a migration. */
  shiftLevel(factor: number): void {
    this.#level = Math.min(8, Math.max(0.05, this.#level * factor));
  }

  /**
   * Adds one step's demand to the pressure. Steps must come one after the other.
   * @returns ordinary load relative to the server's mean, which traffic and connections follow
   */
  step(step: number, pressure: Pressure): number {
    const traits = this.#traits;
    const relative = this.#relativeLoad(step);
    let demand = traits.meanLoad * relative;
    if (traits.pattern === 'on_off') demand += this.#onOff();
    pressure.cpu += demand;
    this.#runJobs(step, pressure);
    const burstLoad = this.#burst(pressure);
    pressure.cpu = Math.min(MAX_DEMAND, pressure.cpu);
    return relative + burstLoad + (this.#on && traits.pattern === 'on_off' ? 1 : 0);
  }

  #relativeLoad(step: number): number {
    const traits = this.#traits;
    const random = this.#random;
    const localMs = stepStartMs(step) + zoneOffsetMs(traits.timeZone, stepStartMs(step));
    const localDay = Math.floor(localMs / DAY_MS);
    const localStep = Math.floor((localMs - localDay * DAY_MS) / STEP_MS);
    const stepOfDay = (localStep + this.#phaseShift) % STEPS_PER_DAY;
    if (localDay !== this.#localDay) {
      this.#localDay = localDay;
      this.#dayFactor = random.logNormal(1, traits.dayToDayNoise);
    }
    const weekday = weekdayOf(localDay);
    const isFree = weekday >= SATURDAY || this.#holidays(localDay);
    const cycle = isFree ? this.#weekend[stepOfDay] * traits.weekendFactor : this.#weekday[stepOfDay];
    const keep = 1 - 1 / traits.slowNoiseSteps;
    this.#slow = keep * this.#slow + Math.sqrt(1 - keep * keep) * random.normal();
    const memory = traits.fastNoiseMemory;
    this.#fast = memory * this.#fast + Math.sqrt(1 - memory * memory) * random.normal();
    this.#maybeShift();
    const days = (step - this.#firstStep) / STEPS_PER_DAY;
    const trend = Math.max(0.2, 1 + traits.trendPerDay * days);
    const noise = Math.exp(traits.slowNoise * this.#slow + traits.fastNoise * this.#fast);
    const turn = batchingFactor(this.#batching, step);
    return cycle * this.#dayFactor * this.#level * this.#episode * trend * noise * turn;
  }

  /** A change of level out of nothing: small or large, for good or for a while. */
  #maybeShift(): void {
    const random = this.#random;
    if (--this.#revertIn === 0) this.#episode = 1;
    if (!random.chance(this.#traits.shiftsPerDay / STEPS_PER_DAY)) return;
    const factor = random.logNormal(1, random.chance(0.25) ? 1.1 : 0.35);
    if (random.chance(0.5)) {
      this.shiftLevel(factor);
      return;
    }
    this.#episode = Math.min(6, factor);
    this.#revertIn = Math.round(random.logUniform([4, 600]));
  }

  #drawDwell(): number {
    const median = this.#on ? this.#traits.onMedianSteps : this.#traits.offMedianSteps;
    return Math.max(1, Math.round(this.#random.logNormal(median, 0.9)));
  }

  #onOff(): number {
    if (--this.#dwell <= 0) {
      this.#on = !this.#on;
      this.#onScale = this.#random.uniform([0.6, 1]);
      this.#dwell = this.#drawDwell();
    }
    if (!this.#on) return 0;
    return this.#traits.onLoad * this.#onScale * (1 + 0.03 * this.#random.normal());
  }

  #runJobs(step: number, pressure: Pressure): void {
    const random = this.#random;
    for (const run of this.#runs) {
      const { job } = run;
      const due = (step - job.phaseSteps) % job.periodSteps === 0;
      if (due && !random.chance(job.skipProbability)) {
        run.waiting = job.delaySteps > 0 ? random.integer([0, job.delaySteps]) : 0;
        run.remaining = Math.max(1, Math.round(job.durationSteps * random.logNormal(1, 0.15)));
        run.scale = random.logNormal(1, 0.2);
      }
      if (run.remaining <= 0) continue;
      if (run.waiting > 0) {
        run.waiting--;
        continue;
      }
      run.remaining--;
      const scale = run.scale * (1 + 0.05 * random.normal());
      pressure.cpu += job.cpu * scale;
      pressure.iowait += job.iowait * scale;
      pressure.memory += job.memory * run.scale;
      pressure.netIn += job.netIn * scale;
      pressure.netOut += job.netOut * scale;
    }
  }

  #burst(pressure: Pressure): number {
    const random = this.#random;
    const traits = this.#traits;
    if (random.chance(Math.min(0.5, traits.burstsPerDay / STEPS_PER_DAY))) {
      const size = Math.min(1.5, traits.burstSize * random.pareto(1.4) * 0.5);
      this.#bursts.push({
        cpu: random.chance(0.8) ? size : 0,
        net: random.chance(0.6) ? Math.min(60, random.pareto(1.1)) : 0,
        remaining: Math.min(48, Math.ceil(random.pareto(1.2))),
        decay: random.chance(0.5) ? 1 : random.uniform([0.4, 0.95]),
      });
    }
    let net = 0;
    for (const burst of this.#bursts) {
      pressure.cpu += burst.cpu;
      net += burst.net;
      burst.cpu *= burst.decay;
      burst.net *= burst.decay;
      burst.remaining--;
    }
    if (this.#bursts.length > 0) this.#bursts = this.#bursts.filter(({ remaining }) => remaining > 0);
    pressure.netIn += Math.min(traits.linkMbS * 0.5, net * traits.netIn);
    pressure.netOut += Math.min(traits.linkMbS * 0.5, net * traits.netOut);
    return Math.min(2, net * 0.1);
  }
}
