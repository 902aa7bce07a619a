/** Looks for groups of servers that began to deviate together: more, within a time, than chance explains. */
import { countTraits, type Trait, traitId, traitsOf } from './common.ts';
import { laggedCorrelation, seriesOf } from './correlation.ts';
import { type Deviations, FRESH_STEPS, LEVEL_COUNT, SUSTAINED_STEPS } from './deviations.ts';
import type { BeginningRates } from './rates.ts';
import { CHANNEL_COUNT, CHANNELS, PATTERN_COUNT } from './signals.ts';
import { hypergeometricTail, poissonTail } from './tails.ts';
import type { ObservedServer } from './types.ts';

export const LEAST_MEMBERS = 3;
export const LEAST_CORRELATION = 0.7;
/** Of servers with the same attribute: their coming together proves more than the shape of their courses. */
const LEAST_CORRELATION_OF_NEIGHBOURS = 0.3;
/**
 * Groups of one pattern and kind of trait that chance would make in one step, at most. A week has 2,016 steps; of the 54
 * patterns and levels about a dozen are not one another's shadow, and bounds of this kind are generous: on generated
 * fleets without cascades it came to less than one false finding in a month (docs/cascades.md).
 */
const MOST_BY_CHANCE = 1e-5;
/** The same without a common attribute: many servers begin in bunches, which Poisson counts do not know of. */
const MOST_BY_CHANCE_OF_STRANGERS = 1e-7;
/** Beginnings of a trait's servers within FRESH_STEPS, at most, for them to count as neighbours. */
const MOST_NEIGHBOURS_BY_CHANCE = 0.1;
/** What might be a group is not counted as chance: rates would grow by the very thing they are to find. */
const MOST_BY_CHANCE_OF_SUSPECTS = 1e-3;
/** A trait has to set its servers apart from the others that begin at the time. */
const MOST_P_VALUE_OF_TRAIT = 1e-2;
/** Candidates the others are compared with; more would cost without finding another group. */
const MOST_REFERENCES = 16;
/**
 * Half a day: before it is known what this fleet does by chance, a group has to have a trait in common that sets it
 * apart from the others.
 */
const LEAST_STEPS_COUNTED = 144;
/** Of more candidates those that began first are looked at. */
const MOST_CANDIDATES = 400;

/** A group that chance hardly explains. */
export interface Finding {
  /** Channel its reference deviates in. */
  readonly channel: number;
  readonly members: readonly ObservedServer[];
  readonly reference: ObservedServer;
  /** Such groups expected in one step by chance. */
  readonly byChance: number;
  /** Steps since each member's deviation had lasted long enough. */
  readonly ages: readonly number[];
  /** Beginnings expected in one step: of those the members were sought among, and of the fleet. */
  readonly rate: number;
  readonly begins: number;
  /** Whether they share an attribute, which few begin with by chance. */
  readonly areNeighbours: boolean;
  /** Whether they share an attribute. */
  readonly shareAttribute: boolean;
}

export interface Findings {
  /** The least likely by chance first. */
  readonly groups: readonly Finding[];
  /** Slots of servers that are in a group, or nearly. */
  readonly suspects: ReadonlySet<number>;
}

export interface SearchInput {
  readonly step: number;
  /** Servers whose habits are known. */
  readonly watched: readonly ObservedServer[];
  readonly deviations: Deviations;
  readonly rates: BeginningRates;
}

interface Candidate {
  readonly server: ObservedServer;
  /** Steps since its deviation had lasted long enough. */
  readonly age: number;
  /** Whether it deviates still. */
  readonly lasts: boolean;
}

/** Candidates that share something, and how many servers of the fleet do. */
interface Population {
  readonly candidates: readonly Candidate[];
  readonly size: number;
  /** Whether they share an attribute, and so few of them begin by chance that their coming together says enough. */
  readonly areNeighbours: boolean;
  /** Whether they share an attribute. */
  readonly shareAttribute: boolean;
}

/** How likely beginnings are by chance. */
interface Chance {
  /** Expected of one server in one step. */
  readonly rate: number;
  /** Of the whole fleet. */
  readonly begins: number;
}

export function findGroups(input: SearchInput): Findings {
  const groups: Finding[] = [];
  const suspects = new Set<number>();
  const byPattern = candidatesByPattern(input);
  let counts: ReadonlyMap<string, number> | undefined;
  const sizeOf = (id: string): number => {
    counts ??= countTraits(input.watched);
    return counts.get(id) ?? 0;
  };
  for (const [cell, candidates] of byPattern.entries()) {
    if (candidates.length < LEAST_MEMBERS) continue;
    const pattern = Math.floor(cell / LEVEL_COUNT);
    const rate = input.rates.expected(input.step, pattern, cell % LEVEL_COUNT);
    const chance = { rate, begins: rate * input.watched.length };
    for (const population of populationsOf(input, pattern, candidates, rate, sizeOf)) {
      const finding = findIn(input, pattern, population, chance);
      if (finding === null) continue;
      for (const { index } of finding.members) suspects.add(index);
      if (isSignificant(finding)) groups.push(finding);
    }
  }
  groups.sort(byWeight);
  return { groups, suspects };
}

/** Servers that began lately, by pattern and level. */
function candidatesByPattern({ watched, deviations }: SearchInput): readonly (readonly Candidate[])[] {
  const cells = Array.from({ length: PATTERN_COUNT * LEVEL_COUNT }, (): Candidate[] => []);
  for (const server of watched) {
    for (let pattern = 0; pattern < PATTERN_COUNT; pattern++) {
      const lasts = deviations.lasts(server.index, pattern);
      for (let level = 0; level < LEVEL_COUNT; level++) {
        const age = deviations.ageOf(server.index, pattern, level);
        if (age < FRESH_STEPS) cells[pattern * LEVEL_COUNT + level].push({ server, age, lasts });
      }
    }
  }
  return cells;
}

/** The fleet, and the servers of each trait that sets its candidates apart. */
function populationsOf(
  input: SearchInput,
  pattern: number,
  candidates: readonly Candidate[],
  rate: number,
  sizeOf: (traitId: string) => number,
): readonly Population[] {
  const { watched, rates } = input;
  // A fall that many share is the evening, or the weekend; only one that sets some apart from the others is trouble.
  const isFall = pattern < CHANNEL_COUNT && CHANNELS[pattern].direction === 'down';
  const hasRates = rates.serverSteps >= LEAST_STEPS_COUNTED * watched.length;
  const populations: Population[] = isFall || !hasRates ? [] : [fleetOf(input, candidates)];
  for (const { trait, sharing } of byTrait(candidates)) {
    const shareAttribute = trait.kind === 'attribute';
    // Servers of a profile have their users' habits in common.
    if (isFall && !shareAttribute) continue;
    const size = sizeOf(traitId(trait));
    const areNeighbours = shareAttribute && size * rate * FRESH_STEPS <= MOST_NEIGHBOURS_BY_CHANCE;
    const counted = areNeighbours ? someLasting(sharing) : lasting(sharing);
    if (counted.length < LEAST_MEMBERS) continue;
    const pValue = hypergeometricTail(sharing.length, candidates.length, size, watched.length);
    if (pValue > MOST_P_VALUE_OF_TRAIT) continue;
    populations.push({ candidates: counted, size, areNeighbours, shareAttribute });
  }
  return populations;
}

function fleetOf({ watched }: SearchInput, candidates: readonly Candidate[]): Population {
  return {
    candidates: lasting(candidates),
    size: watched.length,
    areNeighbours: false,
    shareAttribute: false,
  };
}

function lasting(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ lasts }) => lasts);
}

/** Of neighbours some may have fallen or recovered, as long as two deviate still. */
function someLasting(candidates: readonly Candidate[]): readonly Candidate[] {
  const still = lasting(candidates);
  return still.length >= 2 ? candidates : still;
}

interface Sharing {
  readonly trait: Trait;
  readonly sharing: Candidate[];
}

function byTrait(candidates: readonly Candidate[]): Iterable<Sharing> {
  const found = new Map<string, Sharing>();
  for (const candidate of candidates) {
    for (const trait of traitsOf(candidate.server)) {
      const id = traitId(trait);
      const known = found.get(id);
      if (known === undefined) found.set(id, { trait, sharing: [candidate] });
      else known.sharing.push(candidate);
    }
  }
  return found.values();
}

/** The time in which most began for its length, then those of it that are alike. */
function findIn(
  input: SearchInput,
  pattern: number,
  { candidates, size, areNeighbours, shareAttribute }: Population,
  chance: Chance,
): Finding | null {
  const within = densest(candidates, size * chance.rate);
  if (chance.begins * within.byChance > MOST_BY_CHANCE_OF_SUSPECTS) return null;
  const leastCorrelation = areNeighbours ? LEAST_CORRELATION_OF_NEIGHBOURS : LEAST_CORRELATION;
  const group = largestGroup(input, pattern, within.candidates, leastCorrelation);
  if (group === null || group.members.length < LEAST_MEMBERS) return null;
  const ages = group.members.map(({ age }) => age);
  const rate = size * chance.rate;
  const byChance = expectedGroups(ages, rate, chance.begins);
  if (byChance > MOST_BY_CHANCE_OF_SUSPECTS) return null;
  return {
    channel: group.channel,
    members: group.members.map(({ server }) => server),
    reference: group.reference,
    byChance,
    ages,
    rate,
    begins: chance.begins,
    areNeighbours,
    shareAttribute,
  };
}

/** Groups of members of these ages that chance makes in one step. */
function expectedGroups(ages: readonly number[], rate: number, begins: number): number {
  const spanSteps = Math.max(...ages) - Math.min(...ages) + 1;
  return begins * othersByChance(ages.length, spanSteps, rate);
}

/** What is left of a finding without servers that something else explains; null where chance makes as much. */
export function remainderOf(finding: Finding, isExplained: (slot: number) => boolean): Finding | null {
  const left = finding.members.flatMap(({ index }, i) => (isExplained(index) ? [] : [i]));
  if (left.length === finding.members.length) return finding;
  if (left.length < LEAST_MEMBERS) return null;
  const members = left.map((i) => finding.members[i]);
  const ages = left.map((i) => finding.ages[i]);
  const byChance = expectedGroups(ages, finding.rate, finding.begins);
  const reference = members.includes(finding.reference) ? finding.reference : members[0];
  const remainder = { ...finding, members, ages, reference, byChance };
  return isSignificant(remainder) ? remainder : null;
}

function isSignificant({ byChance, shareAttribute }: Finding): boolean {
  return byChance <= (shareAttribute ? MOST_BY_CHANCE : MOST_BY_CHANCE_OF_STRANGERS);
}

/**
 * Chance that beside one that begins so many others of its population do within the same time (a scan statistic with
 * Poisson counts; Naus 1965).
 * @param rate beginnings of the population in one step
 */
function othersByChance(members: number, spanSteps: number, rate: number): number {
  return poissonTail(members - 1, rate * Math.max(SUSTAINED_STEPS, spanSteps));
}

/** The candidates of the time span whose number is the least likely. */
function densest(
  candidates: readonly Candidate[],
  rate: number,
): { readonly candidates: readonly Candidate[]; readonly byChance: number } {
  const byAge = new Uint32Array(FRESH_STEPS);
  for (const { age } of candidates) byAge[age]++;
  let best = { from: 0, to: 0, byChance: 1 };
  for (let from = 0; from < FRESH_STEPS; from++) {
    let members = 0;
    for (let to = from; to < FRESH_STEPS; to++) {
      members += byAge[to];
      if (byAge[to] === 0 || byAge[from] === 0 || members < LEAST_MEMBERS) continue;
      const byChance = othersByChance(members, to - from + 1, rate);
      if (byChance < best.byChance) best = { from, to, byChance };
    }
  }
  const within = candidates.filter(({ age }) => age >= best.from && age <= best.to).sort(byBeginning);
  return { candidates: within.slice(0, MOST_CANDIDATES), byChance: best.byChance };
}

/** The first first; the names decide between the others, so that no order of the fleet matters. */
function byBeginning(a: Candidate, b: Candidate): number {
  return b.age - a.age || compareNames(a.server, b.server);
}

function byWeight(a: Finding, b: Finding): number {
  const byGroup = a.byChance - b.byChance || b.members.length - a.members.length;
  return byGroup || a.channel - b.channel || compareNames(a.reference, b.reference);
}

function compareNames(a: ObservedServer, b: ObservedServer): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

interface Group {
  readonly reference: ObservedServer;
  readonly channel: number;
  readonly members: readonly Candidate[];
}

/** The candidate that most others follow or precede alike, with them. */
function largestGroup(
  { deviations, step }: SearchInput,
  pattern: number,
  candidates: readonly Candidate[],
  leastCorrelation: number,
): Group | null {
  const courses = candidates.map((candidate) => {
    const { index } = candidate.server;
    const channel = pattern < CHANNEL_COUNT ? pattern : deviations.strongest(index, step);
    return { candidate, channel, series: seriesOf(deviations, index, step, CHANNELS[channel]) };
  });
  let best: Group | null = null;
  for (const { candidate, channel, series } of courses.slice(0, MOST_REFERENCES)) {
    const alike = courses.filter(
      (other) =>
        other.candidate === candidate ||
        laggedCorrelation(series, other.series).correlation > leastCorrelation,
    );
    if (best !== null && alike.length <= best.members.length) continue;
    best = { reference: candidate.server, channel, members: alike.map((other) => other.candidate) };
    if (alike.length === candidates.length) break;
  }
  return best;
}
