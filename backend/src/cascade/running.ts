/** A cascade while it goes on, and how it is told. */
import { createHash } from 'node:crypto';
import type { Deviations } from './deviations.ts';
import type { Finding } from './search.ts';
import { CHANNELS, type Channel } from './signals.ts';
import type { Cascade, CommonPart, Leader, Member, ObservedServer, SharedChannel } from './types.ts';

/** Servers join, and who led is judged anew, this long after a cascade was found. */
const OPEN_STEPS = 18;
const ID_DIGITS = 16;

/** A server of a cascade. */
export interface Joined {
  readonly server: ObservedServer;
  /** Largest deviation so far. */
  z: number;
  correlation: number;
  /** Position in CHANNELS of the one it deviates in most. */
  channel: number;
  beganStep: number;
  lastDeviating: number;
}

/** A cascade that goes on. */
export interface Running {
  readonly id: string;
  readonly detectedStep: number;
  /** Newest step at which servers may join and another may be found to have led. */
  readonly openUntilStep: number;
  /** Positions in CHANNELS of those its members deviate in. */
  readonly channels: Set<number>;
  /** By slot. */
  readonly joined: Map<number, Joined>;
  /** What the others' courses are compared with: a server's slot, and a channel. */
  readonly channel: number;
  readonly reference: number;
  /** Such groups expected in one step by chance, of the clearest finding. */
  byChance: number;
  leader: Leader;
  common: CommonPart;
  /** Newest step at which at least two deviated. */
  lastTogether: number;
}

const NOTHING_IN_COMMON: CommonPart = {
  kind: 'none',
  key: null,
  value: null,
  inside: 0,
  outside: 0,
  pValue: 1,
};

/** A cascade that was found in this step; its members are to join. */
export function opened(step: number, { members, channel, reference, byChance }: Finding): Running {
  return {
    id: cascadeId(step, members),
    detectedStep: step,
    openUntilStep: step + OPEN_STEPS,
    channels: new Set([channel]),
    joined: new Map(),
    channel,
    reference: reference.index,
    byChance,
    leader: { server: reference.name, leadSteps: 0, confidence: 0 },
    common: NOTHING_IN_COMMON,
    lastTogether: step,
  };
}

/** How a cascade stands at a step. */
export function cascadeAt(running: Running, step: number, deviations: Deviations): Cascade {
  const members = [...running.joined.values()]
    .sort((a, b) => a.beganStep - b.beganStep || (a.server.name < b.server.name ? -1 : 1))
    .map(
      (member): Member => ({
        server: member.server.name,
        profile: member.server.profile,
        beganStep: member.beganStep,
        z: member.z,
        correlation: member.correlation,
        channel: CHANNELS[member.channel],
        deviating: member.lastDeviating === step,
      }),
    );
  return {
    id: running.id,
    beganStep: Math.min(running.detectedStep, ...members.map(({ beganStep }) => beganStep)),
    detectedStep: running.detectedStep,
    updatedStep: step,
    members,
    leader: running.leader,
    common: running.common,
    channels: channelsOf(running, deviations),
  };
}

function channelsOf(running: Running, deviations: Deviations): readonly SharedChannel[] {
  return [...running.channels]
    .map((channel) => ({
      channel: CHANNELS[channel],
      members: [...running.joined.keys()].filter((slot) => deviations.lasts(slot, channel)).length,
    }))
    .sort((a, b) => b.members - a.members);
}

function channelAt({ signal, sign }: Channel): number {
  return CHANNELS.findIndex((channel) => channel.signal === signal && channel.sign === sign);
}

/** A cascade as it was before a restart: nobody joins any more, and the leader stays. */
export function resumed(
  cascade: Cascade,
  byName: ReadonlyMap<string, ObservedServer>,
  step: number,
): Running {
  const joined = new Map<number, Joined>();
  for (const { server: name, z, correlation, channel, beganStep } of cascade.members) {
    const server = byName.get(name);
    if (server === undefined) continue;
    const at = Math.max(0, channelAt(channel));
    joined.set(server.index, { server, z, correlation, channel: at, beganStep, lastDeviating: step });
  }
  const channels = cascade.channels.map(({ channel }) => channelAt(channel)).filter((at) => at >= 0);
  const [reference] = joined.keys();
  return {
    id: cascade.id,
    detectedStep: cascade.detectedStep,
    openUntilStep: step - 1,
    channels: new Set(channels),
    joined,
    channel: channels[0] ?? 0,
    reference,
    byChance: 0,
    leader: cascade.leader,
    common: cascade.common,
    lastTogether: step,
  };
}

export function serversOf({ joined }: Running): readonly ObservedServer[] {
  return [...joined.values()].map(({ server }) => server);
}

function cascadeId(step: number, members: readonly ObservedServer[]): string {
  const names = members.map(({ name }) => name).sort();
  const digest = createHash('sha256')
    .update(`${step}\n${names.join('\n')}`)
    .digest('hex');
  return `c-${digest.slice(0, ID_DIGITS)}`;
}
