/** Generated fleets for the search for cascades, in memory, and the truth about who fell with whom. */

import type { ObservedServer } from '../../src/cascade/types.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { profileIndex } from '../../src/catalog/profiles.ts';
import { stepOf, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { attributesOf } from '../../src/simulate/attributes.ts';
import { cascadeOnsets, GROUP_SIZE } from '../../src/simulate/cascade.ts';
import { DEFAULT_START_MS } from '../../src/simulate/datasetOptions.ts';
import type { IncidentKind } from '../../src/simulate/incidentKinds.ts';
import type { IncidentRecord } from '../../src/simulate/incidents.ts';
import { nameServer } from '../../src/simulate/names.ts';
import { RandomStream } from '../../src/simulate/random.ts';
import { SimulatedServer } from '../../src/simulate/server.ts';

/** Members of one cascade begin within this many steps of the first. */
const LONGEST_LAG_STEPS = 10;
const HOUR_STEPS = 12;

export interface CascadeFleetOptions {
  readonly seed: number;
  readonly servers: number;
  readonly days: number;
  readonly withoutKinds?: readonly IncidentKind[];
  /** Whether servers tell their zone, cluster and rack. */
  readonly attributes: boolean;
  /** Whether many servers run the same jobs at the same hours, beside their own. */
  readonly sharedJobs: boolean;
}

export interface TrueMember {
  readonly slot: number;
  readonly record: IncidentRecord;
}

export interface CascadeFleet {
  readonly servers: readonly ObservedServer[];
  readonly firstStep: number;
  readonly endStep: number;
  /** Rows of the next step, [server][METRIC_COUNT], NaN where not measured. */
  next(step: number): Float32Array;
  /** Cascades that have ended, members by when they began. */
  truth(): readonly (readonly TrueMember[])[];
  /** Whether a server measures what a cascade shows first. */
  showsCascades(slot: number): boolean;
}

/** A backup at night, a deploy in the afternoon and a batch on the hour, each of a fixed part of the fleet. */
function addSharedJobs(seed: number, slot: number, step: number, row: Float32Array): void {
  const server = new RandomStream(seed, `shared ${slot}`);
  const [backup, deploy, batch] = [server.chance(0.4), server.chance(0.3), server.chance(0.3)];
  const today = new RandomStream(seed, `shared ${slot} ${Math.floor(step / WINDOW_STEPS)}`);
  const [backupDelay, deployDelay] = [today.integer([0, 4]), today.integer([0, 2])];
  const isSkipped = today.chance(0.05);
  const ofDay = step % WINDOW_STEPS;
  const within = (from: number, steps: number) => ofDay >= from && ofDay < from + steps;
  if (backup && !isSkipped && within(2 * HOUR_STEPS + backupDelay, 12)) {
    row[METRIC.netOut] += 40;
    row[METRIC.cpuIowait] = Math.min(100, row[METRIC.cpuIowait] + 15);
  }
  if (deploy && !isSkipped && within(14 * HOUR_STEPS + deployDelay, 4)) row[METRIC.cpuIdle] *= 0.4;
  if (batch && step % HOUR_STEPS < 3) {
    row[METRIC.loadAverage] += 4;
    row[METRIC.memUsed] = Math.min(100, row[METRIC.memUsed] + 6);
  }
}

/** Neighbours that fell within a few steps of each other. */
function groupsOf(members: readonly TrueMember[]): readonly (readonly TrueMember[])[] {
  const sorted = [...members].sort((a, b) => a.record.onsetStep - b.record.onsetStep);
  const groups: TrueMember[][] = [];
  for (const member of sorted) {
    const last = groups.at(-1);
    const isSame =
      last !== undefined && member.record.onsetStep - last[0].record.onsetStep <= LONGEST_LAG_STEPS;
    if (isSame) last.push(member);
    else groups.push([member]);
  }
  return groups;
}

export function cascadeFleet(options: CascadeFleetOptions): CascadeFleet {
  const { seed, servers: count, days, withoutKinds = [], attributes, sharedJobs } = options;
  const firstStep = stepOf(DEFAULT_START_MS);
  const endStep = firstStep + days * WINDOW_STEPS;
  const warmUpFrom = firstStep - WINDOW_STEPS;
  const simulated = Array.from({ length: count }, (_, index) => {
    const { number, name, profile } = nameServer(index);
    const onsets = withoutKinds.includes('cascade')
      ? new Set<number>()
      : cascadeOnsets(seed, number, warmUpFrom, endStep);
    return new SimulatedServer({
      seed,
      number,
      name,
      profile,
      firstStep: warmUpFrom,
      cascadeOnsets: onsets,
      withoutKinds,
      regimeChangeStep: Number.POSITIVE_INFINITY,
    });
  });
  for (let step = warmUpFrom; step < firstStep; step++) for (const server of simulated) server.step(step);
  return {
    servers: simulated.map(({ name, profile }, index) => ({
      index,
      name,
      profile: profileIndex(profile),
      attributes: new Map(attributes ? Object.entries(attributesOf(index)) : []),
    })),
    firstStep,
    endStep,
    next(step) {
      const rows = new Float32Array(count * METRIC_COUNT).fill(Number.NaN);
      simulated.forEach((server, index) => {
        if (!server.step(step).measured) return;
        const row = rows.subarray(index * METRIC_COUNT, (index + 1) * METRIC_COUNT);
        row.set(server.row);
        if (sharedJobs) addSharedJobs(seed, index, step, row);
      });
      return rows;
    },
    truth() {
      const groups: (readonly TrueMember[])[] = [];
      for (let from = 0; from < count; from += GROUP_SIZE) {
        const members = simulated
          .slice(from, from + GROUP_SIZE)
          .flatMap(({ records }, i) =>
            records.filter(({ kind }) => kind === 'cascade').map((record) => ({ slot: from + i, record })),
          );
        groups.push(...groupsOf(members));
      }
      return groups;
    },
    showsCascades: (slot) => !simulated[slot].traits.unmeasured.includes(METRIC.backCloseWait),
  };
}
