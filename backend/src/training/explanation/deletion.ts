/** Deletion: the better an explanation, the faster the risk falls when what it names is taken away. */
import { PATCH_STEPS } from '../../catalog/calendar.ts';
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { CONTEXT_STEPS, HORIZON_STEPS, WINDOW_STEPS } from '../../catalog/time.ts';
import { composeCoalition } from '../../explain/attribution.ts';
import type { Donor } from '../../explain/donors.ts';
import type { Group } from '../../explain/groups.ts';
import { type Subject, scoresOf } from '../../explain/subject.ts';
import type { Inspection } from '../../forecast/protocol.ts';
import type { Random } from '../random.ts';

const CONTEXT_PATCHES = CONTEXT_STEPS / PATCH_STEPS;
const HORIZON_PATCHES = HORIZON_STEPS / PATCH_STEPS;
const CONTEXT_START = WINDOW_STEPS - CONTEXT_STEPS;

/** Groups by what an explanation says of them, the largest first. */
export function orderBy(scores: ArrayLike<number>): readonly number[] {
  return Array.from(scores, (score, i) => ({ score, i }))
    .sort((a, b) => b.score - a.score)
    .map(({ i }) => i);
}

export function randomOrder(groups: number, random: Random): readonly number[] {
  const order = Array.from({ length: groups }, (_, i) => i);
  for (let i = groups - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * What attention says of groups: the attention on their part of the day, times the selection weight of their metrics.
 * What goes to the hours ahead counts for the oldest part: they know yesterday's same time.
 */
export function attentionScores(
  { attention, variableWeights }: Inspection,
  groups: readonly Group[],
): readonly number[] {
  const row = CONTEXT_PATCHES + HORIZON_PATCHES;
  const byPatch = Array.from({ length: row }, (_, patch) => {
    let sum = 0;
    for (let h = 0; h < HORIZON_PATCHES; h++) sum += attention[h * row + patch];
    return sum / HORIZON_PATCHES;
  });
  const ahead = byPatch.slice(CONTEXT_PATCHES).reduce((sum, weight) => sum + weight, 0);
  return groups.map(({ metrics, window }) => {
    let onPart = window.from < CONTEXT_START ? ahead : 0;
    for (let step = Math.max(window.from, CONTEXT_START); step < window.to; step++) {
      onPart += byPatch[Math.floor((step - CONTEXT_START) / PATCH_STEPS)] / PATCH_STEPS;
    }
    let selected = 0;
    for (const metric of metrics) {
      for (let patch = 0; patch < CONTEXT_PATCHES; patch++) {
        selected += variableWeights[patch * METRIC_COUNT + metric] / CONTEXT_PATCHES;
      }
    }
    return onPart * selected;
  });
}

/** Sums of values by measurement, [WINDOW_STEPS][METRIC_COUNT], over each group. */
export function groupSums(values: ArrayLike<number>, groups: readonly Group[]): readonly number[] {
  return groups.map(({ metrics, window }) => {
    let sum = 0;
    for (let row = window.from; row < window.to; row++) {
      for (const metric of metrics) sum += values[row * METRIC_COUNT + metric];
    }
    return sum;
  });
}

/**
 * Area under the deletion curve: the mean over 1 … n deleted groups of the share of the risk that is left, where what is
 * deleted is filled from donors that no explanation has seen.
 * @param orders one for each explanation
 * @returns area by order; 0 where the first deletion takes all
 */
export async function deletionAreas(
  subject: Subject,
  groups: readonly Group[],
  donors: readonly Donor[],
  orders: readonly (readonly number[])[],
): Promise<readonly number[]> {
  const all = 2 ** groups.length - 1;
  const masks = orders.flatMap((order) => {
    let mask = all;
    return order.map((group) => {
      mask &= ~(1 << group);
      return mask;
    });
  });
  // Many orders share coalitions: each is run once.
  const distinct = [...new Set([all, ...masks])];
  const scores = await scoresOf(subject, distinct.length * donors.length, (index, out, offset) => {
    const donor = donors[Math.floor(index / distinct.length)];
    composeCoalition(
      subject.inputs.window,
      donor.window,
      groups,
      distinct[index % distinct.length],
      out,
      offset,
    );
  });
  const meanOf = new Map(
    distinct.map((mask, i) => {
      let sum = 0;
      for (let donor = 0; donor < donors.length; donor++) sum += scores[donor * distinct.length + i];
      return [mask, sum / donors.length];
    }),
  );
  const full = meanOf.get(all) ?? Number.NaN;
  const empty = meanOf.get(0) ?? Number.NaN;
  return orders.map((order, which) => {
    let area = 0;
    for (let k = 0; k < order.length; k++) {
      const left = meanOf.get(masks[which * groups.length + k]) ?? Number.NaN;
      area += (left - empty) / (full - empty);
    }
    return area / order.length;
  });
}
