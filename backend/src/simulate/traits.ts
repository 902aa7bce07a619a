import { METRIC } from '../catalog/metrics.ts';
import type { ProfileName } from '../catalog/profiles.ts';
import type { DayPattern, DiskPattern, MemoryPattern, ProfileBehaviour } from './behaviour.ts';
import { BEHAVIOURS, ODD_BEHAVIOUR, ODD_SERVER_PROBABILITY } from './behaviour.ts';
import { STEPS_PER_DAY } from './day.ts';
import type { IncidentKind } from './incidentKinds.ts';
import type { ScheduledJob } from './jobs.ts';
import { drawJobs } from './jobs.ts';
import type { RandomStream, Range } from './random.ts';

/** What a server is like; drawn once. */
export interface ServerTraits {
  readonly odd: boolean;
  readonly cores: number;
  readonly timeZone: string;
  readonly pattern: DayPattern;
  readonly meanLoad: number;
  /** How deep the daily cycle cuts: 0 flat, 1 down to nothing. */
  readonly cycleDepth: number;
  readonly weekendFactor: number;
  /** Spread of the slow and the fast noise of the load, in the logarithm. */
  readonly slowNoise: number;
  readonly slowNoiseSteps: number;
  readonly fastNoise: number;
  readonly fastNoiseMemory: number;
  readonly dayToDayNoise: number;
  readonly burstsPerDay: number;
  readonly burstSize: number;
  readonly shiftsPerDay: number;
  readonly trendPerDay: number;
  readonly onLoad: number;
  readonly onMedianSteps: number;
  readonly offMedianSteps: number;
  readonly jobs: readonly ScheduledJob[];
  readonly cpuOverhead: number;
  readonly sysShare: number;
  readonly ioShare: number;
  /** Share of user time that is Java; NaN where no Java runs. */
  readonly javaShare: number;
  /** Grid CPU and memory percentages are rounded to: coarse agents exist. */
  readonly grid: number;
  readonly memoryPattern: MemoryPattern;
  readonly memoryBase: number;
  readonly memorySpan: number;
  readonly memoryPeriodSteps: number;
  /** Spread of memory around its level, percentage points, and how much of a deviation is left a step later. */
  readonly memoryNoise: number;
  readonly memoryNoiseMemory: number;
  /** Share of its usual memory a service holds right after a restart, and how fast it fills up again. */
  readonly coldMemoryShare: number;
  readonly memoryWarmUpSteps: number;
  readonly hasSwap: boolean;
  readonly swapBase: number;
  readonly diskPattern: DiskPattern;
  readonly diskBase: number;
  readonly diskGrowthPerDay: number;
  readonly diskCeiling: number;
  /** Step of the UTC day at which old files are deleted. */
  readonly diskCleanUpStep: number;
  readonly netIn: number;
  readonly netOut: number;
  readonly netNoise: number;
  readonly netLoadExponent: number;
  readonly netZeroProbability: number;
  readonly linkMbS: number;
  readonly backCloseWait: number;
  readonly frontCloseWait: number;
  readonly closeWaitPersistence: number;
  readonly rebootEveryDays: number;
  /** How much more failure-prone than the average server. */
  readonly fragility: number;
  /** How soon people notice and repair: mean steps a visible incident goes on before someone ends it. */
  readonly rescueMeanSteps: number;
  readonly incidentWeights: Readonly<Partial<Record<IncidentKind, number>>>;
  /** Positions in METRICS that nobody measures on this server. */
  readonly unmeasured: readonly number[];
  readonly gapsPerDay: number;
  readonly dropProbability: number;
}

/** Weighted towards where most of the fleet is; the rest is spread over the globe. */
const ZONES: readonly string[] = [
  'UTC',
  'UTC',
  'UTC',
  'UTC',
  'Europe/London',
  'Europe/London',
  'Europe/Berlin',
  'Europe/Berlin',
  'America/New_York',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Sydney',
  'America/Sao_Paulo',
];

const LINKS_MB_S = { hundredMegabit: 12.5, gigabit: 125, tenGigabit: 1250 } as const;
function drawUnmeasured(random: RandomStream): number[] {
  const unmeasured: number[] = [];
  const leaveOut = (probability: number, ...metrics: readonly number[]) => {
    if (random.chance(probability)) unmeasured.push(...metrics);
  };
  leaveOut(0.08, METRIC.cpuIowait);
  leaveOut(0.04, METRIC.memUsed);
  leaveOut(0.08, METRIC.diskUsage);
  leaveOut(0.04, METRIC.netIn, METRIC.netOut);
  leaveOut(0.2, METRIC.backCloseWait);
  leaveOut(0.12, METRIC.frontCloseWait);
  leaveOut(0.08, METRIC.loadAverage);
  leaveOut(0.1, METRIC.uptimeDays);
  leaveOut(0.03, METRIC.javaCpu);
  leaveOut(0.06, ...HYPERVISOR_CANNOT_SEE);
  return [...new Set(unmeasured)];
}

/** A plain virtual-machine monitor sees CPU as a whole, memory and network, and nothing inside the machine. */
const HYPERVISOR_CANNOT_SEE: readonly number[] = [
  METRIC.cpuUser,
  METRIC.cpuSys,
  METRIC.cpuIowait,
  METRIC.javaCpu,
  METRIC.swapUsed,
  METRIC.diskUsage,
  METRIC.backCloseWait,
  METRIC.frontCloseWait,
  METRIC.loadAverage,
  METRIC.uptimeDays,
];
const JOBS_ONLY: ReadonlySet<DayPattern> = new Set(['batch', 'idle', 'on_off']);

function drawLoad(random: RandomStream, behaviour: ProfileBehaviour, pattern: DayPattern, odd: boolean) {
  const idle = pattern === 'idle';
  const jobsOnly = JOBS_ONLY.has(pattern);
  const meanLoad = random.logUniform(behaviour.meanLoad);
  return {
    meanLoad: idle
      ? Math.min(meanLoad, random.logUniform([0.001, 0.03]))
      : jobsOnly
        ? meanLoad * 0.3
        : meanLoad,
    cycleDepth: jobsOnly || pattern === 'flat' ? random.uniform([0, 0.25]) : random.uniform([0.25, 0.95]),
    weekendFactor: random.uniform(behaviour.weekendFactor),
    slowNoise: random.logUniform([0.03, odd ? 0.8 : 0.35]),
    slowNoiseSteps: random.logUniform([6, 1500]),
    fastNoise: random.logUniform([0.02, odd ? 0.7 : 0.3]),
    fastNoiseMemory: random.uniform([0, 0.9]),
    dayToDayNoise: random.logUniform([0.02, 0.3]),
    burstsPerDay: random.logUniform([0.1, odd ? 60 : 15]),
    burstSize: random.logUniform([0.02, odd ? 0.6 : 0.25]),
    shiftsPerDay: 1 / random.logUniform([4, 60]),
    trendPerDay: random.chance(0.3) ? 0.02 * random.normal() : 0,
    onLoad: random.uniform([0.25, 1.05]),
    onMedianSteps: random.logUniform([2, 96]),
    offMedianSteps: random.logUniform([4, 288]),
  };
}

function drawMemory(random: RandomStream, behaviour: ProfileBehaviour, odd: boolean) {
  const memoryPattern = random.weighted(behaviour.memory);
  const memoryBase = random.uniform(behaviour.memoryBase);
  const room = Math.max(2, 90 - memoryBase);
  const span = { constant: 0.02, follows_load: 0.7, sawtooth: 0.5, drift: 0.3, active: 0.8 }[memoryPattern];
  const hasSwap = random.chance(0.75);
  return {
    memoryPattern,
    memoryBase,
    memorySpan: Math.min(45, room * span * random.uniform([0.1, 1])),
    memoryPeriodSteps: random.logUniform([4, 600]),
    memoryNoise: random.logUniform(random.chance(0.5) ? [0.005, 0.2] : [0.2, odd ? 10 : 3]),
    memoryNoiseMemory: random.uniform([0, 0.97]),
    coldMemoryShare: random.uniform([0.25, 0.98]),
    memoryWarmUpSteps: random.logUniform([2, 100]),
    hasSwap,
    swapBase: random.chance(0.5) ? 0 : random.logUniform([0.05, 35]),
  };
}

function drawDisk(random: RandomStream, behaviour: ProfileBehaviour) {
  const diskPattern = random.weighted(behaviour.disk);
  const diskBase = random.uniform([8, 70]);
  const growth: Record<DiskPattern, Range> = {
    still: [0.001, 0.05],
    grows: [0.1, 2.5],
    rotates: [0.3, 6],
    scratch: [0.02, 0.3],
  };
  return {
    diskPattern,
    diskBase,
    diskGrowthPerDay: random.logUniform(growth[diskPattern]),
    diskCeiling: Math.max(diskBase + 5, random.uniform([65, 85])),
    diskCleanUpStep: random.integer([0, STEPS_PER_DAY - 1]),
  };
}

function drawNetwork(random: RandomStream, behaviour: ProfileBehaviour, odd: boolean) {
  const link = random.weighted({ gigabit: 10, tenGigabit: 1, hundredMegabit: 1 });
  const linkMbS = LINKS_MB_S[link];
  const limit = linkMbS * 0.2;
  return {
    linkMbS,
    netIn: Math.min(limit, random.logUniform(behaviour.netIn)),
    netOut: Math.min(limit, random.logUniform(behaviour.netOut)),
    netNoise: random.logUniform([0.05, odd ? 1.3 : 0.7]),
    netLoadExponent: random.uniform([0.2, 1.3]),
    netZeroProbability: random.chance(0.08) ? random.uniform([0.1, 0.9]) : 0,
  };
}

function drawConnections(random: RandomStream, behaviour: ProfileBehaviour) {
  return {
    backCloseWait: random.logUniform(behaviour.backCloseWait),
    frontCloseWait: random.logUniform(behaviour.frontCloseWait),
    closeWaitPersistence: random.uniform([0, 0.9]),
  };
}

/** Draws a server's traits; the same stream gives the same server. */
export function drawTraits(profile: ProfileName, random: RandomStream): ServerTraits {
  const odd = random.chance(ODD_SERVER_PROBABILITY);
  const behaviour = odd ? { ...BEHAVIOURS[profile], ...ODD_BEHAVIOUR } : BEHAVIOURS[profile];
  const pattern = random.weighted(behaviour.patterns);
  const network = drawNetwork(random, behaviour, odd);
  const least = pattern === 'batch' ? 1 : 0;
  const jobCount = Math.max(least, random.integer(behaviour.jobs));
  const timeZone = random.pick(ZONES);
  const netScale = Math.max(network.netIn, network.netOut);
  return {
    odd,
    pattern,
    cores: random.pick(behaviour.cores),
    timeZone,
    ...drawLoad(random, behaviour, pattern, odd),
    jobs: drawJobs(random, jobCount, netScale, timeZone),
    cpuOverhead: random.logUniform([0.001, 0.03]),
    sysShare: random.uniform(behaviour.sysShare),
    ioShare: random.logUniform(behaviour.ioShare),
    javaShare: random.chance(behaviour.javaProbability) ? random.uniform([0.3, 0.98]) : Number.NaN,
    grid: random.pick([0.01, 0.01, 0.01, 0.01, 0.01, 0.1, 0.1, 0.5, 1]),
    ...drawMemory(random, behaviour, odd),
    ...drawDisk(random, behaviour),
    ...network,
    ...drawConnections(random, behaviour),
    rebootEveryDays: random.logUniform([6, 120]),
    fragility: Math.min(3, random.logNormal(0.9, 0.4)),
    rescueMeanSteps: random.logUniform([48, 400]),
    incidentWeights: behaviour.incidents,
    unmeasured: drawUnmeasured(random),
    gapsPerDay: random.chance(0.6) ? random.logUniform([0.01, 0.5]) : 0,
    dropProbability: random.chance(0.3) ? random.logUniform([0.0005, 0.03]) : 0,
  };
}
