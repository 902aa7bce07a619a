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
import { type Finding, findGroups, LEAST_CORRELATION, LEAST_MEMBERS } from './search.ts';
import { CHANNEL_COUNT, CHANNELS, PATTERN_COUNT, SIGNAL_COUNT, SIGNALS, signalValue } from './signals.ts';
import type { Cascade, ObservedServer } from './types.ts';

/** Beginnings are counted as chance once it is clear that they were none of a cascade. */
const COUNTED_AFTER_STEPS = FRESH_STEPS + 6;
/** A cascade is over once fewer than two members have deviated for this long. */
const QUIET_STEPS = 6;
/** What goes on for longer is how these servers are now. */
const LONGEST_STEPS = 288;
/** Steps after a start within which the members of an interrupted cascade have to be known again. */
const RESUMED_WITHIN_STEPS = 3;

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

  /** Opens a cascade for a finding, or lets the finding's servers join one that goes on. */
  #follow({ channel, members, reference }: Finding, step: number): void {
    const known = this.#running.find(({ joined }) => members.some(({ index }) => joined.has(index)));
    if (known !== undefined) {
      if (step > known.openUntilStep) return;
      known.channels.add(channel);
      for (const member of members) this.#join(known, member, channel, step);
      return;
    }
    const running = opened(step, members, channel, reference);
    for (const member of members) this.#join(running, member, channel, step);
    this.#running.push(running);
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
    const early = unfollowed(members.map(({ onsets }) => expectedOnset(onsets))).map((at) => members[at]);
    if (members.length - early.length >= LEAST_MEMBERS) {
      for (const { member } of early) running.joined.delete(member.server.index);
      members = members.filter((entry) => !early.includes(entry));
    }
    const { onsets, first, confidence } = orderOf(members.map((entry) => entry.onsets));
    members.forEach(({ member }, i) => {
      member.beganStep = firstStep + onsets[i];
    });
    const others = onsets.filter((_, i) => i !== first);
    running.leader = {
      server: members[first].member.server.name,
      leadSteps: Math.max(0, Math.min(...others) - onsets[first]),
      confidence,
    };
  }

  /** When each member began, as probabilities of the steps from `firstStep` on. */
  #onsetsOf(running: Running, firstStep: number, step: number): readonly MemberOnset[] {
    return [...running.joined.values()].map((member) => {
      const { index } = member.server;
      const deviating = CHANNELS.filter(
        (_, at) => at === member.channel || (running.channels.has(at) && this.#deviations.lasts(index, at)),
      );
      return { member, onsets: onsetProbabilities(this.#deviations, index, firstStep, step, deviating) };
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
