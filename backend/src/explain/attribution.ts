/** What drives a server's forecast risk: Shapley values over groups of metrics and time, by running the model. */
import { METRIC_COUNT } from '../catalog/metrics.ts';
import type { Donor } from './donors.ts';
import { chooseGroups, type Group } from './groups.ts';
import {
  coalitionCount,
  exactShapley,
  exactSum,
  grained,
  planSampling,
  type SamplingPlan,
  sampledShapley,
} from './shapley.ts';
import { type Subject, scoresOf } from './subject.ts';

export interface Attribution {
  readonly method: 'exact' | 'sampled';
  /** Windows the model was run on. */
  readonly runs: number;
  readonly groups: readonly Group[];
  readonly donors: readonly Donor[];
  /** Mean risk of the donors. */
  readonly base: number;
  /** Risk of the server's own window; equals base + Σ values to the last digit. */
  readonly risk: number;
  /** Points of risk by group. */
  readonly values: Float64Array;
  /** Standard error by group; null for exact values. */
  readonly errors: Float64Array | null;
}

/**
 * A group of fewer points of risk than this is told as having no effect. Noise of 1 % on every measurement moves 98 of 100
 * values but the largest by less; which of those is larger says nothing.
 */
export const RESOLUTION_POINTS = 2;

export type Effect = 'raises' | 'lowers' | 'none';

/** What a group of so many points of risk is told to do. */
export function effectOf(points: number): Effect {
  if (Math.abs(points) < RESOLUTION_POINTS) return 'none';
  return points > 0 ? 'raises' : 'lowers';
}

/** Replaces the groups that are absent from a coalition by a donor's values. */
export function composeCoalition(
  own: Float32Array,
  donor: Float32Array,
  groups: readonly Group[],
  mask: number,
  out: Float32Array,
  offset: number,
): void {
  out.set(own, offset);
  for (const [player, { metrics, window }] of groups.entries()) {
    if ((mask & (1 << player)) !== 0) continue;
    for (let row = window.from; row < window.to; row++) {
      const at = row * METRIC_COUNT;
      for (const metric of metrics) out[offset + at + metric] = donor[at + metric];
    }
  }
}

/** A coalition of one donor that is to be run. */
interface Run {
  readonly donor: number;
  readonly mask: number;
}

/** Runs coalitions; the one of all groups is the same for every donor and run once. */
async function runAll(
  subject: Subject,
  groups: readonly Group[],
  donors: readonly Donor[],
  wanted: readonly Run[],
): Promise<{ readonly value: (donor: number, mask: number) => number; readonly runs: number }> {
  const all = coalitionCount(groups.length) - 1;
  const runs: readonly Run[] = [{ donor: 0, mask: all }, ...wanted.filter(({ mask }) => mask !== all)];
  const scores = await scoresOf(subject, runs.length, (index, out, offset) => {
    const { donor, mask } = runs[index];
    composeCoalition(subject.inputs.window, donors[donor].window, groups, mask, out, offset);
  });
  const known = donors.map(() => new Float64Array(all + 1).fill(Number.NaN));
  for (const [index, { donor, mask }] of runs.entries()) known[donor][mask] = scores[index];
  for (const values of known) values[all] = scores[0];
  return { value: (donor, mask) => known[donor][mask], runs: runs.length };
}

function everyRun(donors: number, groups: number): readonly Run[] {
  return Array.from({ length: donors }, (_, donor) =>
    Array.from({ length: coalitionCount(groups) }, (_, mask) => ({ donor, mask })),
  ).flat();
}

function planned({ masks }: SamplingPlan): readonly Run[] {
  return masks.flatMap((ofDonor, donor) => ofDonor.map((mask) => ({ donor, mask })));
}

/** Mean of exact values over the donors. */
function exactMean(
  donors: number,
  groups: number,
  value: (donor: number, mask: number) => number,
): Float64Array {
  const mean = new Float64Array(groups);
  for (let donor = 0; donor < donors; donor++) {
    const values = Float64Array.from({ length: coalitionCount(groups) }, (_, mask) => value(donor, mask));
    for (const [i, share] of exactShapley(values, groups).entries()) mean[i] += share / donors;
  }
  return mean;
}

/**
 * Attributes the risk of a server's forecast to groups of its window.
 * @param donors at least one
 * @param mostRuns exact where every coalition of every donor takes no more runs than this, else sampled with about as many
 */
export async function attribute(
  subject: Subject,
  donors: readonly Donor[],
  mostRuns: number,
): Promise<Attribution> {
  const { inputs, assessment } = subject;
  const groups = chooseGroups(
    inputs.window,
    assessment.severities,
    donors.map(({ window }) => window),
  );
  const players = groups.length;
  const isExact = donors.length * coalitionCount(players) <= mostRuns;
  const plan = isExact ? null : planSampling(players, donors.length, mostRuns);
  const wanted = plan === null ? everyRun(donors.length, players) : planned(plan);
  const { value, runs } = await runAll(subject, groups, donors, wanted);
  const risk = value(0, coalitionCount(players) - 1);
  const base = grained(donors.reduce((sum, _, donor) => sum + value(donor, 0), 0) / donors.length);
  const sampled = plan === null ? null : sampledShapley(plan, players, value);
  const shares = sampled?.shares ?? exactMean(donors.length, players, value);
  return {
    method: isExact ? 'exact' : 'sampled',
    runs,
    groups,
    donors,
    base,
    risk,
    values: exactSum(shares, risk - base),
    errors: sampled?.errors ?? null,
  };
}
