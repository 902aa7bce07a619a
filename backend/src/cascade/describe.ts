/** What a cascade is called in sentences. */
import { STEP_SECONDS, stepStartMs } from '../catalog/time.ts';
import { type Channel, SIGNALS } from './signals.ts';
import type { Cascade, CommonPart } from './types.ts';

const MINUTES_A_STEP = STEP_SECONDS / 60;

export function minutesOf(steps: number): number {
  return steps * MINUTES_A_STEP;
}

/** "rack rack-03", "profile database", "names beginning with web-eu", "the whole fleet"; null where they share nothing. */
export function commonInWords({ kind, key, value }: CommonPart): string | null {
  switch (kind) {
    case 'attribute':
      return `${key} ${value}`;
    case 'profile':
      return `profile ${value}`;
    case 'name':
      return `names beginning with ${value}`;
    case 'fleet':
      return 'the whole fleet';
    case 'none':
      return null;
  }
}

/** "back-end CLOSE_WAIT up" */
export function channelInWords({ signal, direction }: Channel): string {
  return `${SIGNALS[signal].label} ${direction}`;
}

function leadInWords({ leader, members }: Cascade): string {
  const sure = `${Math.round(leader.confidence * 100)} % sure`;
  if (members.length < 2) return `${leader.server} is left of it.`;
  const minutes = minutesOf(leader.leadSteps);
  return minutes === 0
    ? `${leader.server} was among the first (${sure}).`
    : `${leader.server} led by ${minutes} minutes (${sure}).`;
}

function commonSentence({ common, members }: Cascade): string {
  const what = commonInWords(common);
  if (what === null) return 'They have nothing in common that Argus knows of.';
  if (common.kind === 'fleet') return 'It is the whole fleet.';
  return `In common: ${what}; ${Math.round(common.inside * 100)} % of those servers are among the ${members.length}.`;
}

/** "5 servers deviate together since 09:40 UTC: back-end CLOSE_WAIT up. ppdb013 led by 15 minutes (82 % sure). …" */
export function cascadeSentence(cascade: Cascade): string {
  const since = new Date(stepStartMs(cascade.beganStep)).toISOString().slice(11, 16);
  const what = cascade.channels.slice(0, 3).map(({ channel }) => channelInWords(channel));
  return [
    `${cascade.members.length} servers deviate together since ${since} UTC: ${what.join(', ')}.`,
    leadInWords(cascade),
    commonSentence(cascade),
    `Look at ${cascade.leader.server}, and at what they share, first.`,
  ].join(' ');
}

/** "part of a cascade of 5 servers (rack rack-03) that ppdb013 led": the reason in a member's cause. */
export function membershipInWords(cascade: Cascade): string {
  const what = commonInWords(cascade.common);
  const shared = what === null ? '' : ` (${what})`;
  return `part of a cascade of ${cascade.members.length} servers${shared} that ${cascade.leader.server} led`;
}
