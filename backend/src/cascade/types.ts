import type { Channel } from './signals.ts';

/** A server as the detection needs to know it. */
export interface ObservedServer {
  /** Slot in the fleet. */
  readonly index: number;
  readonly name: string;
  /** Position in PROFILES. */
  readonly profile: number;
  readonly attributes: ReadonlyMap<string, string>;
}

export type CommonKind = 'attribute' | 'profile' | 'name' | 'fleet' | 'none';

/** What tells the members of a cascade from the other servers. */
export interface CommonPart {
  readonly kind: CommonKind;
  /** Attribute's name; null for the other kinds. */
  readonly key: string | null;
  /** Attribute's value, profile or shared beginning of the names; null for `fleet` and `none`. */
  readonly value: string | null;
  /** Share of those that have it that are members. */
  readonly inside: number;
  /** Share of the other servers that are members. */
  readonly outside: number;
  /** Chance of so many members having it were they drawn from the fleet (Fisher's exact test). */
  readonly pValue: number;
}

export interface Member {
  readonly server: string;
  /** Position in PROFILES. */
  readonly profile: number;
  /** Step its deviation began, by the change point. */
  readonly beganStep: number;
  /** Largest deviation so far, in spreads beyond its habits. */
  readonly z: number;
  /** With the cascade's course, at the best lag. */
  readonly correlation: number;
  /** Channel that deviates most. */
  readonly channel: Channel;
  /** Whether it deviates now. */
  readonly deviating: boolean;
}

export interface Leader {
  readonly server: string;
  /** Steps until the next one followed. */
  readonly leadSteps: number;
  /** Probability 0–1 that no other member began before it. */
  readonly confidence: number;
}

export interface SharedChannel {
  readonly channel: Channel;
  readonly members: number;
}

/** Servers that deviate together, as of one step. */
export interface Cascade {
  readonly id: string;
  readonly beganStep: number;
  readonly detectedStep: number;
  readonly updatedStep: number;
  /** By when they began. */
  readonly members: readonly Member[];
  readonly leader: Leader;
  readonly common: CommonPart;
  /** Most shared first. */
  readonly channels: readonly SharedChannel[];
}

/** What being part of a cascade means for a server. */
export interface Membership {
  /** Id of the cascade. */
  readonly cascade: string;
  readonly leader: string;
  /** 0–1: how far it counts. */
  readonly severity: number;
  /** "part of a cascade of 5 servers (rack rack-03) that ppdb013 led" */
  readonly reason: string;
}

/** What other stages may ask. */
export interface CascadeView {
  /** Cascades that go on, as of the newest step looked at. */
  active(): readonly Cascade[];
  membershipOf(server: string): Membership | undefined;
  /** Why nothing can be found yet, in a sentence; null where it can. */
  readonly reasonUnready: string | null;
}
