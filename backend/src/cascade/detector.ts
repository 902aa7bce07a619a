/** Finds servers that deviate together, step by step, and follows them until they no longer do. */
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import { commonPartOf, countTraits } from './common.ts';
import { laggedCorrelation, seriesOf } from './correlation.ts';
import { Deviations, FRESH_STEPS, KEPT_STEPS, LEVEL_COUNT } from './deviations.ts';
import { Habits, LEARNING_DELAY_STEPS } from './habits.ts';
import { expectedOnset, onsetProbabilities, orderOf, SEARCHED_STEPS, unfollowed } from './onset.ts';
import { BeginningRates } from './rates.ts';
import { cascadeAt, type Joined, opened, type Running, resumed, serversOf } from './running.ts';
import { type Finding, findGroups, LEAST_CORRELATION, LEAST_MEMBERS, remainderOf } from './search.ts';
import { CHANNEL_COUNT, CHANNELS, PATTERN_COUNT, SIGNAL_COUNT, SIGNALS, signalValue } from './signals.ts';
import { poissonTail } from './tails.ts';
import type { Cascade, CommonPart, ObservedServer } from './types.ts';

/** Beginnings are counted as chance once it is clear that they were none of a cascade. */
const COUNTED_AFTER_STEPS = FRESH_STEPS + 6;
/** A cascade is over once fewer than two members have deviated for this long. */
const QUIET_STEPS = 6;
/** What goes on for longer is how these servers are now. */
const LONGEST_STEPS = 288;
/** Steps after a start within which the members of an interrupted cascade have to be known again. */
const RESUMED_WITHIN_STEPS = 3;

/** So many strangers are no part of a cascade unless they are rarer by chance than this. */
const MOST_P_VALUE_OF_STRANGERS = 1e-3;

interface MemberOnset {
  readonly member: Joined;
  readonly onsets: Float64Array;
}

/** A cascade of an earlier run, until its servers are known again. */
interface Interrupted {
  readonly cascade: Cascade;
  readonly stepsLeft: number;
}

/** What a step brought. */
export interface StepResult {
  /** Cascades that go on, in the order they were found. */
  readonly active: readonly Cascade[];
  readonly ended: readonly Cascade[];
}

export class CascadeDetector {
  readonly #habits = new Habits();
  readonly #deviations = new Deviations();
  readonly #rates = new BeginningRates();
  readonly #servers = new Map<number, ObservedServer>();
  readonly #running: Running[] = [];
  /** Servers that might be in a group, and the step until which their beginnings are not counted as chance. */
  readonly #suspectUntil = new Map<number, number>();
  /** Members, and the step until which nothing is learned of them. */
  readonly #unlearnedUntil = new Map<number, number>();
  #interrupted: readonly Interrupted[] = [];
  #step = -1;

  /** Servers whose habits are known: those that are compared. */
  get known(): number {
    let known = 0;
    for (const slot of this.#servers.keys()) if (this.#habits.isKnown(slot)) known++;
    return known;
  }

  /** Whether anything was taken of a server. */
  has(server: ObservedServer): boolean {
    return this.#servers.get(server.index)?.name === server.name;
  }

  /** Whether a server's habits are known. */
  knows(server: ObservedServer): boolean {
    return this.has(server) && this.#habits.isKnown(server.index);
  }

  /**
   * Learns a server's habits from its last day at once, as after a start.
   * @param lastStep step of the window's newest row
   * @param window [WINDOW_STEPS][METRIC_COUNT], oldest row first
   */
  learnDay(server: ObservedServer, lastStep: number, window: Float32Array): void {
    this.#welcome(server);
    for (let row = 0; row + LEARNING_DELAY_STEPS < WINDOW_STEPS; row++) {
      const step = lastStep - WINDOW_STEPS + 1 + row;
      const now = (row + LEARNING_DELAY_STEPS) * METRIC_COUNT;
      this.#habits.learn(server.index, step, window, row * METRIC_COUNT, window, now);
    }
  }

  /** Goes on with cascades that an earlier run followed, as soon as their servers are known. */
  resume(cascades: readonly Cascade[]): void {
    this.#interrupted = cascades.map((cascade) => ({ cascade, stepsLeft: RESUMED_WITHIN_STEPS }));
  }

  /** Forgets a server; its slot may be used by another. */
  forget(slot: number): void {
    this.#servers.delete(slot);
    this.#suspectUntil.delete(slot);
    this.#unlearnedUntil.delete(slot);
    this.#habits.close(slot);
    for (const running of this.#running) running.joined.delete(slot);
  }

  /**
   * Takes a server's newest measurements.
   * @param rows a row of METRIC_COUNT values, NaN where not measured, from `offset`
   * @param earlier the row of LEARNING_DELAY_STEPS before, from `earlierOffset`
   */
  take(
    server: ObservedServer,
    step: number,
    rows: Float32Array,
    offset: number,
    earlier: Float32Array,
    earlierOffset: number,
  ): void {
    const slot = server.index;
    const known = this.#servers.get(slot);
    if (known?.name !== server.name) this.#welcome(server);
    else if (known !== server) this.#servers.set(slot, server);
    for (let skipped = Math.max(this.#step + 1, step - KEPT_STEPS); skipped <= step; skipped++) {
      this.#deviations.clearStep(slot, skipped);
    }
    if (this.#habits.isKnown(slot)) {
      for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
        const value = signalValue(SIGNALS[signal], rows, offset);
        this.#deviations.put(slot, step, signal, this.#habits.deviation(slot, signal, step, value));
      }
      this.#deviations.follow(slot, step);
    }
    // The row learned now is two hours old: what a member showed is passed over that long after the end.
    if (this.#isMember(slot)) this.#unlearnedUntil.set(slot, step + LEARNING_DELAY_STEPS);
    else if ((this.#unlearnedUntil.get(slot) ?? 0) < step) {
      this.#unlearnedUntil.delete(slot);
      this.#habits.learn(slot, step - LEARNING_DELAY_STEPS, earlier, earlierOffset, rows, offset);
    }
  }

  /** Looks for cascades once every server's measurements of a step have been taken. */
  finish(step: number): StepResult {
    this.#step = step;
    const watched = [...this.#servers.values()].filter(({ index }) => this.#habits.isKnown(index));
    if (step % STEPS_AN_HOUR === 0) this.#habits.refreshLeastSpread(watched.map(({ index }) => index));
    const { groups, suspects } = findGroups({
      step,
      watched,
      deviations: this.#deviations,
      rates: this.#rates,
    });
    const given = this.#takeUp(step);
    for (const finding of groups) this.#follow(finding, step);
    for (const slot of suspects) this.#suspectUntil.set(slot, step + COUNTED_AFTER_STEPS);
    const counts = this.#running.length === 0 ? new Map<string, number>() : countTraits(watched);
    for (const running of this.#running) this.#update(running, watched, counts, step);
    this.#count(watched, step);
    const all = this.#running.map((running) => ({
      running,
      view: cascadeAt(running, step, this.#deviations),
    }));
    const isOver = ({ running }: (typeof all)[number]) => this.#isOver(running, step);
    const ended = all.filter(isOver);
    for (const { running } of ended) this.#running.splice(this.#running.indexOf(running), 1);
    return {
      active: all.filter((entry) => !ended.includes(entry)).map(({ view }) => view),
      ended: [...given, ...ended.map(({ view }) => view)],
    };
  }

  /** Follows interrupted cascades again. @returns those whose servers did not come back */
  #takeUp(step: number): readonly Cascade[] {
    if (this.#interrupted.length === 0) return [];
    const byName = new Map([...this.#servers.values()].map((server) => [server.name, server]));
    const lost: Cascade[] = [];
    const waiting: Interrupted[] = [];
    for (const { cascade, stepsLeft } of this.#interrupted) {
      const present = cascade.members.filter(({ server }) => byName.has(server));
      if (present.length >= LEAST_MEMBERS) this.#running.push(resumed(cascade, byName, step));
      else if (stepsLeft > 1) waiting.push({ cascade, stepsLeft: stepsLeft - 1 });
      else lost.push(cascade);
    }
    this.#interrupted = waiting;
    return lost;
  }

  #welcome(server: ObservedServer): void {
    this.forget(server.index);
    this.#servers.set(server.index, server);
    this.#habits.open(server.index);
    this.#deviations.open(server.index);
  }

  #isMember(slot: number): boolean {
    return this.#running.some(({ joined }) => joined.has(slot));
  }

  /** Counts what began on its own. */
  #count(watched: readonly ObservedServer[], step: number): void {
    this.#rates.watched(step, watched.length);
    for (const [slot, until] of this.#suspectUntil) if (until < step) this.#suspectUntil.delete(slot);
    for (const { index } of watched) {
      if (this.#isMember(index) || this.#suspectUntil.has(index)) continue;
      for (let pattern = 0; pattern < PATTERN_COUNT; pattern++) {
        for (let level = 0; level < LEVEL_COUNT; level++) {
          if (this.#deviations.ageOf(index, pattern, level) !== COUNTED_AFTER_STEPS) continue;
          this.#rates.began(step - COUNTED_AFTER_STEPS, pattern, level);
        }
      }
    }
  }

  /** Lets the finding's servers join cascades that go on, and opens one for what is left if that is no chance. */
  #follow(finding: Finding, step: number): void {
    for (const running of this.#running) {
      const isKnown = finding.members.some(({ index }) => running.joined.has(index));
      if (!isKnown || step > running.openUntilStep) continue;
      if (isOwnGroup(finding, running)) for (const { index } of finding.members) running.joined.delete(index);
      else this.#extend(running, finding, step);
    }
    const rest = remainderOf(finding, (slot) => this.#isMember(slot));
    if (rest === null) return;
    const running = opened(step, rest);
    for (const member of rest.members) this.#join(running, member, rest.channel, step);
    this.#running.push(running);
  }

  /** Servers that share what the members do join; all of the finding do if it is the clearer of the two. */
  #extend(running: Running, { members, channel, byChance }: Finding, step: number): void {
    const isClearer = byChance < running.byChance;
    const joining = members.filter((server) => isClearer || mayShare(running.common, server));
    if (isClearer) running.byChance = byChance;
    running.channels.add(channel);
    for (const member of joining) {
      if (!this.#isMember(member.index)) this.#join(running, member, channel, step);
    }
  }

  #join(running: Running, server: ObservedServer, channel: number, step: number): void {
    if (running.joined.has(server.index)) return;
    running.joined.set(server.index, {
      server,
      z: 0,
      correlation: 1,
      channel,
      beganStep: step,
      lastDeviating: step,
    });
  }

  #update(
    running: Running,
    watched: readonly ObservedServer[],
    counts: ReadonlyMap<string, number>,
    step: number,
  ): void {
    if (step <= running.openUntilStep && running.joined.size > 1) {
      running.common = commonPartOf(serversOf(running), counts, watched.length);
      this.#dropStrangers(running, watched.length, step);
      this.#letOthersJoin(running, watched, step);
      this.#findLeader(running, step);
    }
    let deviating = 0;
    for (const member of running.joined.values()) {
      this.#measure(running, member, step);
      if (member.lastDeviating === step) deviating++;
    }
    if (deviating >= 2) running.lastTogether = step;
  }

  /** Members without the attribute that the others share leave, if as many begin in that time by chance. */
  #dropStrangers(running: Running, watched: number, step: number): void {
    const strangers = [...running.joined].filter(([, { server }]) => !mayShare(running.common, server));
    if (strangers.length === 0 || running.joined.size - strangers.length < LEAST_MEMBERS) return;
    const byChance = watched * this.#rates.expected(step, running.channel, 0) * FRESH_STEPS;
    if (poissonTail(strangers.length, byChance) <= MOST_P_VALUE_OF_STRANGERS) return;
    for (const [slot] of strangers) running.joined.delete(slot);
  }

  /** Servers that began at that time, follow the same course and share what most members do. */
  #letOthersJoin(running: Running, watched: readonly ObservedServer[], step: number): void {
    const { kind, key, value } = running.common;
    if (kind !== 'attribute' || key === null) return;
    for (const server of watched) {
      if (running.joined.has(server.index) || server.attributes.get(key) !== value) continue;
      for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
        const isFresh = this.#deviations.ageOf(server.index, channel, 0) < FRESH_STEPS;
        if (!isFresh || !this.#deviations.lasts(server.index, channel)) continue;
        if (!this.#isAlike(running, server, channel, step)) continue;
        running.channels.add(channel);
        this.#join(running, server, channel, step);
        break;
      }
    }
  }

  #isAlike(running: Running, server: ObservedServer, channel: number, step: number): boolean {
    const other = seriesOf(this.#deviations, server.index, step, CHANNELS[channel]);
    const members = [...running.joined.values()];
    const alike = members.filter((member) => {
      const own = seriesOf(this.#deviations, member.server.index, step, CHANNELS[member.channel]);
      return laggedCorrelation(own, other).correlation > LEAST_CORRELATION;
    });
    return alike.length > members.length / 2;
  }

  #findLeader(running: Running, step: number): void {
    const firstStep = step - SEARCHED_STEPS + 1;
    let members = this.#onsetsOf(running, firstStep, step);
    const isShared = running.common.kind === 'attribute';
    const early = isShared
      ? []
      : unfollowed(members.map(({ onsets }) => expectedOnset(onsets))).map((at) => members[at]);
    if (members.length - early.length >= LEAST_MEMBERS) {
      for (const { member } of early) running.joined.delete(member.server.index);
      members = members.filter((entry) => !early.includes(entry));
    }
    for (const { member, onsets } of members)
      member.beganStep = firstStep + Math.round(expectedOnset(onsets));
    const comparable = this.#comparable(running, members);
    const { onsets, first, confidence } = orderOf(comparable.map((entry) => entry.onsets));
    const others = onsets.filter((_, i) => i !== first);
    running.leader = {
      server: comparable[first].member.server.name,
      leadSteps: Math.max(0, Math.min(...others) - onsets[first]),
      confidence,
    };
  }

  /** Members that deviate in the channel most do: only in the same metric do times say who was first. */
  #comparable(running: Running, members: readonly MemberOnset[]): readonly MemberOnset[] {
    const main = mainChannel(running);
    const showing = members.filter(({ member }) => member.channel === main);
    return showing.length >= 2 ? showing : members;
  }

  /** When each member began, as probabilities of the steps from `firstStep` on. */
  #onsetsOf(running: Running, firstStep: number, step: number): readonly MemberOnset[] {
    return [...running.joined.values()].map((member) => {
      const { index } = member.server;
      const channel = CHANNELS[member.channel];
      return { member, onsets: onsetProbabilities(this.#deviations, index, firstStep, step, [channel]) };
    });
  }

  #measure(running: Running, member: Joined, step: number): void {
    const slot = member.server.index;
    for (const channel of running.channels) {
      const { signal, sign } = CHANNELS[channel];
      const z = this.#deviations.at(slot, step, signal) * sign;
      if (z > member.z) {
        member.z = z;
        member.channel = channel;
      }
      if (this.#deviations.lasts(slot, channel)) member.lastDeviating = step;
    }
    if (step > running.openUntilStep) return;
    const reference = seriesOf(this.#deviations, running.reference, step, CHANNELS[running.channel]);
    const own = seriesOf(this.#deviations, slot, step, CHANNELS[member.channel]);
    const { correlation } = laggedCorrelation(reference, own);
    member.correlation = correlation;
  }

  #isOver(running: Running, step: number): boolean {
    const isQuiet = step - running.lastTogether >= QUIET_STEPS;
    return isQuiet || running.joined.size < 2 || step - running.detectedStep > LONGEST_STEPS;
  }
}

/** Whether a server has the attribute that a cascade has in common; true where that is none. */
function mayShare({ kind, key, value }: CommonPart, server: ObservedServer): boolean {
  return kind !== 'attribute' || key === null || server.attributes.get(key) === value;
}

/** The channel in which most members deviate most. */
function mainChannel({ joined }: Running): number {
  const counts = new Uint32Array(CHANNEL_COUNT);
  for (const { channel } of joined.values()) counts[channel]++;
  return counts.indexOf(Math.max(...counts));
}

/** Whether neighbours were taken for part of a group that is less clear and not of their kind. */
function isOwnGroup({ areNeighbours, byChance, members }: Finding, { common, ...running }: Running): boolean {
  if (!areNeighbours || byChance >= running.byChance) return false;
  const shared = members.filter((server) => common.kind === 'attribute' && mayShare(common, server));
  return shared.length < members.length && members.length < running.joined.size;
}
