/** What to do about a target that is in trouble: one table, for alerts and explanations. */
import { TARGETS } from '../catalog/targets.ts';
import { HEALTHY_CAUSE } from './cause.ts';
import type { RiskAssessment } from './types.ts';

type AdvisedOn = Pick<RiskAssessment, 'cause' | 'causeTarget' | 'cascade' | 'server'>;

type TargetName = (typeof TARGETS)[number]['name'];

const ADVICE: Readonly<Record<TargetName, string>> = {
  cpu_used_pct: 'Find the process that takes the CPU and stop, move or postpone it, or add capacity.',
  mem_used_pct: 'Restart or roll back the service whose memory grows, or give the server more memory.',
  swap_used_pct: 'Restart the service that pushed the others into swap, or give the server more memory.',
  disk_usage_pct: 'Delete or move logs and old data on the fullest file system, or enlarge it.',
  net_in_mb_s: 'Find the transfer that fills the link inwards and limit, move or postpone it.',
  net_out_mb_s: 'Find the transfer that fills the link outwards and limit, move or postpone it.',
  back_close_wait:
    'Restart the service that does not close its connections to the back end, and look there for sockets that are never closed.',
  front_close_wait:
    'Restart the service that does not close the connections of its clients, and look there for sockets that are never closed.',
  load_average: 'Find what the processes wait for, the CPU or a disk, and take work off the server.',
};

const BY_TARGET: readonly string[] = TARGETS.map(({ name }) => ADVICE[name]);

/**
 * What to do about an assessment, in a sentence: about what it expects, and where the server is part of a cascade,
 * whom to look at before.
 * @returns null where there is nothing to do
 */
export function adviceOn({ cause, causeTarget, cascade, server }: AdvisedOn): string | null {
  const isCalm = cause === HEALTHY_CAUSE || cause === cascade?.reason;
  const own = isCalm ? null : adviceFor(causeTarget);
  if (cascade === null || cascade.leader === server) return own;
  const first = `Look at ${cascade.leader} first, which led.`;
  return own === null ? first : `${first} ${own}`;
}

/**
 * What to do, in a sentence.
 * @param target position in TARGETS; -1 where there is no cause
 * @returns null where there is nothing to do
 */
export function adviceFor(target: number): string | null {
  return BY_TARGET[target] ?? null;
}
