/** What the members of a cascade share and other servers do not. */
import { PROFILES } from '../catalog/profiles.ts';
import { hypergeometricTail } from './tails.ts';
import type { CommonKind, CommonPart, ObservedServer } from './types.ts';

/** Members that make up this share of the fleet have the fleet in common. */
const WHOLE_FLEET_SHARE = 0.6;
/** What is shared has to be rarer by chance than this. */
const MOST_P_VALUE = 1e-3;
/** At least this share of the members must have it. */
const LEAST_SHARE_OF_MEMBERS = 0.6;

/** A property of servers; those that have it can be compared with those that do not. */
export interface Trait {
  readonly kind: Exclude<CommonKind, 'fleet' | 'none'>;
  readonly key: string | null;
  readonly value: string;
}

/** The parts of the host's name before the first dot at which a shared beginning may end: "web-eu1-03" → web, web-eu, web-eu1. */
function beginnings(name: string): readonly string[] {
  const host = name.split('.', 1)[0];
  const ends = [...host.matchAll(/[a-z]+|\d+/giu)].map((match) => match.index + match[0].length);
  return ends.filter((end) => end < host.length).map((end) => host.slice(0, end));
}

/** Everything about a server that a cascade's members may share. */
export function traitsOf(server: ObservedServer): readonly Trait[] {
  const attributes = [...server.attributes].map(([key, value]): Trait => ({ kind: 'attribute', key, value }));
  const profile: Trait = { kind: 'profile', key: null, value: PROFILES[server.profile].name };
  const names = beginnings(server.name).map((value): Trait => ({ kind: 'name', key: null, value }));
  return [...attributes, profile, ...names];
}

export function traitId({ kind, key, value }: Trait): string {
  return `${kind}\n${key ?? ''}\n${value}`;
}

/** How many of the watched servers have each trait. */
export function countTraits(servers: Iterable<ObservedServer>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const server of servers) {
    for (const trait of traitsOf(server)) {
      const id = traitId(trait);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}

/**
 * The trait that tells members from others best: of those that most members have and that are rare enough by chance,
 * the one least likely to be shared by so many.
 * @param counts of countTraits() over the fleet, members included
 * @param total servers of the fleet
 */
export function commonPartOf(
  members: readonly ObservedServer[],
  counts: ReadonlyMap<string, number>,
  total: number,
): CommonPart {
  const share = members.length / total;
  if (share >= WHOLE_FLEET_SHARE) {
    return { kind: 'fleet', key: null, value: null, inside: share, outside: 0, pValue: 1 };
  }
  let best: CommonPart = { kind: 'none', key: null, value: null, inside: share, outside: share, pValue: 1 };
  const traits = new Map(
    members.flatMap((member) => traitsOf(member).map((trait) => [traitId(trait), trait])),
  );
  const within = countTraits(members);
  for (const [id, trait] of traits) {
    const hits = within.get(id) ?? 0;
    const marked = Math.max(hits, counts.get(id) ?? 0);
    if (hits < LEAST_SHARE_OF_MEMBERS * members.length) continue;
    const pValue = hypergeometricTail(hits, members.length, marked, total);
    if (pValue > MOST_P_VALUE || pValue >= best.pValue) continue;
    const others = total - marked;
    const outside = others > 0 ? (members.length - hits) / others : 0;
    best = { kind: trait.kind, key: trait.key, value: trait.value, inside: hits / marked, outside, pValue };
  }
  return best;
}
