/** Which machine of the live fleet gets into which trouble, and when. The same seed gives the same plan. */

import { STEPS_AN_HOUR } from '../../catalog/time.ts';
import { GROUP_SIZE } from '../cascade.ts';
import type { IncidentKind } from '../incidentKinds.ts';
import type { ScriptedIncident } from '../incidents.ts';
import { RandomStream } from '../random.ts';
import type { ServerTraits } from '../traits.ts';
import type { Scenario } from './options.ts';

/** A scripted incident stays at its limit this long before someone ends it. */
const AT_LIMIT_STEPS = 2 * STEPS_AN_HOUR;

/** One machine's part in a scenario. */
export interface MachinePlan {
  readonly script: readonly ScriptedIncident[];
  readonly adjust: (traits: ServerTraits) => ServerTraits;
}

/** Troubles a machine can be given. */
export type Trouble =
  | 'leak_now'
  | 'disk_now'
  | 'disk_soon'
  | 'leak_soon'
  | 'cpu_soon'
  | 'connections_soon'
  | 'recovering'
  | 'cascade';

/** What each scenario hands out: shares of the fleet, and for small fleets at least one of each. */
const SHARES: Readonly<Record<Scenario, Readonly<Partial<Record<Trouble, number>>>>> = {
  healthy: {},
  degrading: { disk_soon: 0.2, leak_soon: 0.15, cpu_soon: 0.15, connections_soon: 0.1 },
  critical: { leak_now: 0.25, disk_now: 0.2, leak_soon: 0.1, disk_soon: 0.1 },
  cascade: { cascade: 0.5 },
  recovery: { recovering: 0.7 },
  mixed: {
    leak_now: 0.025,
    disk_now: 0.025,
    disk_soon: 0.05,
    leak_soon: 0.025,
    cpu_soon: 0.025,
    connections_soon: 0.025,
    recovering: 0.025,
  },
};

/** Keeps an ordinary machine ordinary: no odd habits that a person would call a problem, everything measured. */
export function calm(traits: ServerTraits): ServerTraits {
  const memoryBase = Math.min(traits.memoryBase, 68);
  const diskBase = Math.min(traits.diskBase, 55);
  return {
    ...traits,
    meanLoad: Math.min(traits.meanLoad, 0.22),
    cycleDepth: Math.min(traits.cycleDepth, 0.7),
    slowNoise: Math.min(traits.slowNoise, 0.15),
    fastNoise: Math.min(traits.fastNoise, 0.15),
    dayToDayNoise: Math.min(traits.dayToDayNoise, 0.1),
    burstsPerDay: Math.min(traits.burstsPerDay, 4),
    burstSize: Math.min(traits.burstSize, 0.06),
    shiftsPerDay: 0,
    trendPerDay: 0,
    onLoad: Math.min(traits.onLoad, 0.55),
    jobs: traits.jobs.slice(0, 2).map((job) => ({
      ...job,
      cpu: Math.min(job.cpu, 0.2),
      iowait: Math.min(job.iowait, 0.1),
      memory: Math.min(job.memory, 5),
      netIn: Math.min(job.netIn, 15),
      netOut: Math.min(job.netOut, 15),
    })),
    memoryBase,
    memorySpan: Math.min(traits.memorySpan, 80 - memoryBase),
    memoryNoise: Math.min(traits.memoryNoise, 1),
    swapBase: Math.min(traits.swapBase, 8),
    diskBase,
    diskGrowthPerDay: Math.min(traits.diskGrowthPerDay, 1),
    diskCeiling: Math.min(traits.diskCeiling, diskBase + 15),
    netIn: Math.min(traits.netIn, 8),
    netOut: Math.min(traits.netOut, 8),
    netNoise: Math.min(traits.netNoise, 0.3),
    backCloseWait: Math.min(traits.backCloseWait, 12),
    frontCloseWait: Math.min(traits.frontCloseWait, 20),
    unmeasured: [],
    gapsPerDay: 0,
    dropProbability: 0,
  };
}

const calmWith =
  (changes: Partial<ServerTraits>) =>
  (traits: ServerTraits): ServerTraits => ({ ...calm(traits), ...changes });

interface Growth {
  readonly kind: IncidentKind;
  readonly limit: number;
  /** Level before it began and the level that is reached at a given time, in the unit of the limit. */
  readonly from: number;
  readonly to: number;
  /** Hours since it began, and from now until `to` is reached; negative where it was reached already. */
  readonly agoHours: number;
  readonly inHours: number;
  readonly strength?: number;
}

/** An incident that grows evenly and passes a level at a given time. */
function grow(nowStep: number, growth: Growth): ScriptedIncident {
  const { kind, limit, from, to, agoHours, inHours, strength = 1 } = growth;
  const share = (to - from) / (limit - from);
  const durationSteps = ((agoHours + inHours) * STEPS_AN_HOUR) / share;
  const startStep = nowStep - Math.round(agoHours * STEPS_AN_HOUR);
  return {
    kind,
    startStep,
    durationSteps,
    limit,
    strength,
    curvature: 1,
    rescueStep: startStep + Math.ceil(durationSteps) + AT_LIMIT_STEPS,
  };
}

/** Memory of a machine whose leak is told in absolute levels. */
const STEADY_MEMORY: Partial<ServerTraits> = {
  memoryPattern: 'constant',
  memoryBase: 42,
  memorySpan: 2,
  memoryNoise: 0.2,
  hasSwap: true,
  swapBase: 1,
  jobs: [],
};

const STEADY_DISK: Partial<ServerTraits> = {
  diskPattern: 'still',
  diskBase: 48,
  diskCeiling: 52,
  diskGrowthPerDay: 0.01,
};

type Planner = (nowStep: number, random: RandomStream) => MachinePlan;

const PLANNERS: Readonly<Record<Trouble, Planner>> = {
  leak_now: (nowStep) => ({
    adjust: calmWith(STEADY_MEMORY),
    script: [grow(nowStep, { kind: 'memory_leak', limit: 99.6, from: 43, to: 96, agoHours: 10, inHours: 0 })],
  }),
  disk_now: (nowStep) => ({
    adjust: calmWith(STEADY_DISK),
    script: [grow(nowStep, { kind: 'disk_fill', limit: 99.9, from: 50, to: 97, agoHours: 13, inHours: 0 })],
  }),
  disk_soon: (nowStep, random) => ({
    adjust: calmWith(STEADY_DISK),
    script: [
      grow(nowStep, {
        kind: 'disk_fill',
        limit: 99.9,
        from: 50,
        to: 95,
        agoHours: random.uniform([5, 9]),
        inHours: random.uniform([1, 4]),
      }),
    ],
  }),
  leak_soon: (nowStep, random) => ({
    adjust: calmWith(STEADY_MEMORY),
    script: [
      grow(nowStep, {
        kind: 'memory_leak',
        limit: 99.6,
        from: 43,
        to: 95,
        agoHours: random.uniform([5, 7]),
        inHours: random.uniform([0.6, 0.75]),
      }),
    ],
  }),
  cpu_soon: (nowStep, random) => ({
    adjust: calmWith({ pattern: 'flat', cycleDepth: 0.1, meanLoad: 0.2, jobs: [] }),
    script: [
      grow(nowStep, {
        kind: 'cpu_saturation',
        limit: 1,
        from: 0,
        to: 0.75,
        agoHours: random.uniform([4, 6]),
        inHours: random.uniform([1, 2]),
      }),
    ],
  }),
  connections_soon: (nowStep, random) => ({
    adjust: calm,
    script: [
      grow(nowStep, {
        kind: 'connection_leak',
        limit: 1200,
        from: 0,
        to: 500,
        agoHours: random.uniform([3, 6]),
        inHours: random.uniform([1, 2]),
        strength: 1.2,
      }),
    ],
  }),
  recovering: (nowStep, random) => {
    const leak = grow(nowStep, {
      kind: 'memory_leak',
      limit: 99,
      from: 43,
      to: 97,
      agoHours: random.uniform([6, 9]),
      inHours: -1,
    });
    return {
      adjust: calmWith({ ...STEADY_MEMORY, coldMemoryShare: 0.6, memoryWarmUpSteps: 10 }),
      script: [{ ...leak, rescueStep: nowStep - random.integer([5, 10]) }],
    };
  },
  cascade: (nowStep, random) => {
    const startStep = nowStep + random.integer([-12, 4]);
    const durationSteps = random.uniform([15, 30]);
    return {
      adjust: calm,
      script: [
        {
          kind: 'cascade',
          startStep,
          durationSteps,
          limit: random.logUniform([700, 1500]),
          strength: random.uniform([0.8, 1.3]),
          curvature: 1,
          rescueStep: startStep + Math.ceil(durationSteps) + AT_LIMIT_STEPS,
        },
      ],
    };
  },
};

function shuffle(count: number, random: RandomStream): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer([0, last]);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** The same machines, those of one dependency side by side. */
function byGroup(order: readonly number[], fromServer: number): number[] {
  const groupOf = (machine: number) => Math.floor((fromServer + machine) / GROUP_SIZE);
  const place = new Map<number, number>();
  for (const machine of order) if (!place.has(groupOf(machine))) place.set(groupOf(machine), place.size);
  const placeOf = (machine: number) => place.get(groupOf(machine)) ?? 0;
  return [...order].sort((a, b) => placeOf(a) - placeOf(b));
}

/**
 * Which machines get which trouble. Fleets of ten or more get every trouble of their scenario at least once.
 * A cascade takes whole groups that share a dependency.
 * @param fromServer number of the first machine, which decides the groups
 * @returns a trouble by position of the machine; machines without an entry are well
 */
export function assignTroubles(
  scenario: Scenario,
  count: number,
  seed: number,
  fromServer = 0,
): ReadonlyMap<number, Trouble> {
  const shuffled = shuffle(count, new RandomStream(seed, `scenario ${scenario}`));
  const order = scenario === 'cascade' ? byGroup(shuffled, fromServer) : shuffled;
  const troubles = new Map<number, Trouble>();
  for (const [trouble, share] of Object.entries(SHARES[scenario]) as [Trouble, number][]) {
    for (let left = Math.max(1, Math.round(share * count)); left > 0; left--) {
      const machine = order.pop();
      if (machine !== undefined) troubles.set(machine, trouble);
    }
  }
  return troubles;
}

/**
 * One machine's plan.
 * @param nowStep the present step: troubles are timed around it
 * @param random a stream of this machine alone
 */
export function planMachine(
  trouble: Trouble | undefined,
  nowStep: number,
  random: RandomStream,
): MachinePlan {
  return trouble === undefined ? { script: [], adjust: calm } : PLANNERS[trouble](nowStep, random);
}
