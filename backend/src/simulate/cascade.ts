/** Groups of servers that lean on one shared dependency: when it falters, they all do, one after the other. */

import { STEPS_PER_DAY } from './day.ts';
import { RandomStream } from './random.ts';

export const GROUP_SIZE = 6;
const MEAN_STEPS_BETWEEN = 28 * STEPS_PER_DAY;
const MEMBERSHIP_PROBABILITY = 0.8;
const LONGEST_LAG_STEPS = 10;

/**
 * Steps at which one server is drawn into its group's cascades. All members draw the group's events from the same
 * stream, so that they agree without knowing of each other.
 * @param serverNumber decides the group: neighbours share one
 */
export function cascadeOnsets(
  seed: number,
  serverNumber: number,
  firstStep: number,
  lastStep: number,
): ReadonlySet<number> {
  const group = new RandomStream(seed, `group ${Math.floor(serverNumber / GROUP_SIZE)}`);
  const own = new RandomStream(seed, `member ${serverNumber}`);
  const onsets = new Set<number>();
  let step = firstStep;
  for (;;) {
    step += Math.ceil(group.exponential(MEAN_STEPS_BETWEEN));
    if (step > lastStep) return onsets;
    if (own.chance(MEMBERSHIP_PROBABILITY)) onsets.add(step + own.integer([0, LONGEST_LAG_STEPS]));
  }
}
