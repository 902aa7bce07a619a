import { METRICS } from '../catalog/metrics.ts';
import {
  type Clock,
  HOUR_MS,
  MINUTE_MS,
  STEP_MS,
  stepOf,
  stepStartMs,
  WINDOW_STEPS,
} from '../catalog/time.ts';
import { NewcomerLimit, type RefusalReason } from './admission.ts';
import type { FleetConfig } from './config.ts';
import { UnknownSlotError } from './errors.ts';
import { IdentityRules, type PlaceAttribute } from './identity.ts';
import { Listeners } from './listeners.ts';
import { type FleetLog, noLog } from './log.ts';
import { type NewServer, Roster, type ServerEntry } from './roster.ts';
import { nameProblem } from './serverName.ts';
import { type FleetStats, newFleetStats } from './stats.ts';
import {
  ADMISSION_REFUSED,
  CLOCK_SKEW_MS,
  type FleetIntake,
  type FleetView,
  type RecordOutcome,
  type Server,
  type ServerIdentity,
} from './types.ts';
import { MAX_STEPS_AHEAD, type PackedRows, StepWindow } from './window.ts';

const LARGEST_FLOAT32 = 3.4028234663852886e38;
const LOWEST = Float64Array.from(METRICS, (metric) => metric.min);
const HIGHEST = Float64Array.from(METRICS, (metric) => Math.min(metric.max, LARGEST_FLOAT32));

export interface FleetOptions {
  readonly clock: Clock;
  readonly config: FleetConfig;
  /** Told of listeners that throw and of a clock that was set back. */
  readonly onProblem?: (message: string, error?: unknown) => void;
  /** Told, once of each value, what servers say of themselves that is not known. */
  readonly onRefused?: (message: string) => void;
}

/**
 * The servers and their last 24 hours, in memory. Time moves by tick(); see StepTimer for who calls it.
 * @throws PlaceInvalidError, ProfilePatternInvalidError where the configuration is not usable
 */
export class Fleet implements FleetIntake, FleetView {
  readonly stats: FleetStats = newFleetStats();
  readonly roster = new Roster();
  readonly window = new StepWindow();
  readonly #clock: Clock;
  readonly #config: FleetConfig;
  readonly #identities: IdentityRules;
  readonly #newcomers: NewcomerLimit;
  readonly #report: (message: string, error?: unknown) => void;
  readonly #stepListeners: Listeners<number>;
  readonly #leaveListeners: Listeners<Server>;
  readonly #changedSteps = new Set<number>();
  #log: FleetLog = noLog;
  #closedStep: number;
  /** The clock as last read; refreshed by admit, commit and tick, so that record() need not read it. */
  #nowMs: number;
  #newestAllowedMs = 0;
  #oldestAllowedMs = 0;

  constructor({ clock, config, onProblem = () => {}, onRefused = () => {} }: FleetOptions) {
    this.#clock = clock;
    this.#config = config;
    this.#identities = new IdentityRules(config, onRefused);
    this.#newcomers = new NewcomerLimit(config.newServersPerMinute);
    this.#report = onProblem;
    this.#stepListeners = new Listeners((error) => onProblem('A listener failed when a step closed.', error));
    this.#leaveListeners = new Listeners((error) =>
      onProblem('A listener failed when a server left.', error),
    );
    this.#nowMs = clock.now();
    this.#closedStep = this.#dueStep();
    this.#setBounds();
  }

  get closedStep(): number {
    return this.#closedStep;
  }

  /** Attributes of servers left out since the start. */
  get attributesDropped(): number {
    return this.#identities.dropped;
  }

  /** Times a server sent a time zone or country that is not known, since the start. */
  get placesRefused(): Readonly<Record<PlaceAttribute, number>> {
    return this.#identities.placesRefused;
  }

  /** When the newest closed step ended, in ms since the epoch. */
  get closedStepEndMs(): number {
    return stepStartMs(this.#closedStep + 1);
  }

  /** Measured steps a server needs to be warm. */
  get warmupSteps(): number {
    return this.#config.warmupSteps;
  }

  get serverCount(): number {
    return this.roster.size;
  }

  /** From now on everything that has to survive a crash is told to `log`. */
  attachLog(log: FleetLog): void {
    this.#log = log;
  }

  // Writing side

  admit(name: string, identity: ServerIdentity): number {
    this.#readClock();
    const known = this.roster.byName(name) ?? this.roster.byName(name.trim());
    if (known === undefined) return this.#admitNewcomer(name.trim(), identity);
    if (this.#identities.apply(known, identity)) this.#log.serverChanged(known);
    return known.index;
  }

  record(server: number, metric: number, timeMs: number, value: number): RecordOutcome {
    // Written so that NaN fails both comparisons.
    if (!(value >= LOWEST[metric] && value <= HIGHEST[metric])) return 'out_of_range';
    if (timeMs > this.#newestAllowedMs && !this.#isAllowedNow(timeMs)) return 'too_new';
    if (!(timeMs >= this.#oldestAllowedMs)) return 'too_old';
    const entry = this.roster.bySlot(server);
    if (entry === undefined) throw new UnknownSlotError(server);
    const step = stepOf(timeMs);
    if (!this.window.add(server, step, metric, value)) return 'too_old';
    if (!entry.measured || timeMs > entry.lastSeenMs) {
      entry.lastSeenMs = timeMs;
      entry.measured = true;
    }
    entry.heardMs = this.#nowMs;
    this.stats.points++;
    if (step <= this.#closedStep) {
      this.stats.latePoints++;
      this.#rowChanged(server, step);
    }
    return 'accepted';
  }

  amend(server: number, metric: number, timeMs: number, recorded: number, value: number): void {
    if (!(value >= LOWEST[metric] && value <= HIGHEST[metric])) return;
    this.#requireSlot(server);
    const step = stepOf(timeMs);
    if (!this.window.replace(server, step, metric, recorded, value)) return;
    if (step <= this.#closedStep) this.#rowChanged(server, step);
  }

  commit(): void {
    this.#readClock();
    this.#log.commit();
  }

  // Reading side

  servers(): Iterable<Server> {
    return this.roster.values();
  }

  byName(name: string): Server | undefined {
    return this.roster.byName(name);
  }

  byIndex(index: number): Server | undefined {
    return this.roster.bySlot(index);
  }

  copyWindow(server: number, lastStep: number, out: Float32Array, offset: number): void {
    this.#requireSlot(server);
    this.window.copyWindow(server, lastStep, out, offset);
  }

  measuredSteps(server: number, lastStep: number): number {
    this.#requireSlot(server);
    return this.window.measuredSteps(server, lastStep);
  }

  isWarm(server: number, lastStep: number): boolean {
    return this.measuredSteps(server, lastStep) >= this.#config.warmupSteps;
  }

  isStale(server: number): boolean {
    const entry = this.#requireSlot(server);
    return this.#clock.now() - entry.lastSeenMs > this.#config.staleAfterMinutes * MINUTE_MS;
  }

  onStepClosed(listener: (step: number) => void): () => void {
    return this.#stepListeners.add(listener);
  }

  onServerLeft(listener: (server: Server) => void): () => void {
    return this.#leaveListeners.add(listener);
  }

  // Time

  /** When the next step closes, in ms since the epoch. */
  get nextClosingMs(): number {
    return stepStartMs(this.#closedStep + 2) + this.#config.graceSeconds * 1000;
  }

  /**
   * Closes every step that is due and lets silent servers leave. After a pause of several steps the listeners
   * are told the newest one only: a forecast from an older step would be out of date before it was made.
   */
  tick(): void {
    this.#readClock();
    this.#closeDue();
    this.#removeSilent();
  }

  /**
   * Puts a server back that was kept on disk. Its silence counts from now: nobody was listening in between.
   * @returns null where the fleet is full
   */
  restore(server: NewServer, id: number): ServerEntry | null {
    if (this.roster.size >= this.#config.maxServers) return null;
    const entry = this.roster.add({ ...server, heardMs: this.#clock.now() }, id);
    this.window.open(entry.index);
    this.#identities.derive(entry);
    return entry;
  }

  /** Replaces what a restored server said about itself by a newer record. */
  revise(entry: ServerEntry, newer: NewServer): void {
    entry.attributes = newer.attributes;
    entry.declaredProfile = newer.declaredProfile;
    entry.declaredTimeZone = newer.declaredTimeZone;
    entry.declaredCountry = newer.declaredCountry;
    entry.lastSeenMs = Math.max(entry.lastSeenMs, newer.lastSeenMs);
    entry.measured ||= newer.measured;
    this.#identities.derive(entry);
  }

  /** Puts rows back that were kept on disk. */
  restoreRows(entry: ServerEntry, packed: PackedRows): void {
    this.window.writeRows(entry.index, packed);
    // The exact time of the newest point is not in a row; the end of its step is as good for "stale or not".
    const seenMs = Math.min(stepStartMs(packed.firstStep + packed.rows) - 1, this.#nowMs);
    entry.lastSeenMs = Math.max(entry.lastSeenMs, seenMs);
    entry.measured = true;
  }

  /** Closed steps of which a row has changed since the last call: by late points, or filled from another store. */
  takeChangedSteps(): readonly number[] {
    const steps = [...this.#changedSteps];
    this.#changedSteps.clear();
    return steps;
  }

  /** Takes a server out. */
  forget(entry: ServerEntry): void {
    this.roster.remove(entry);
    this.window.clear(entry.index);
  }

  #remove(entry: ServerEntry): void {
    this.forget(entry);
    this.stats.left++;
    this.#log.serverLeft(entry);
    this.#leaveListeners.tell(entry);
  }

  /**
   * Sets the value of a closed step that was not measured, from another store's history. It is not journaled: the
   * next snapshot holds it, and until then it can be asked for again.
   * @returns false where there is a value, or this one cannot be
   */
  fill(server: number, metric: number, step: number, value: number): boolean {
    const entry = this.#requireSlot(server);
    const inWindow = step <= this.#closedStep && step > this.#closedStep - WINDOW_STEPS;
    if (!inWindow || !(value >= LOWEST[metric] && value <= HIGHEST[metric])) return false;
    if (this.window.isMeasured(server, step, metric)) return false;
    this.window.add(server, step, metric, value);
    this.#changedSteps.add(step);
    const endMs = stepStartMs(step + 1) - 1;
    entry.lastSeenMs = entry.measured ? Math.max(entry.lastSeenMs, endMs) : endMs;
    entry.measured = true;
    return true;
  }

  #rowChanged(server: number, step: number): void {
    this.#changedSteps.add(step);
    this.#log.rowChanged(server, step);
  }

  #admitNewcomer(name: string, identity: ServerIdentity): number {
    const refusal = this.#refusalOf(name);
    if (refusal !== null) {
      this.stats.refused[refusal]++;
      return ADMISSION_REFUSED;
    }
    const entry = this.roster.add(this.#identities.newcomer(name, this.#nowMs));
    this.window.open(entry.index);
    this.#identities.apply(entry, identity);
    this.#log.serverChanged(entry);
    return entry.index;
  }

  #refusalOf(name: string): RefusalReason | null {
    const problem = nameProblem(name);
    if (problem !== null) return problem;
    if (this.roster.size >= this.#config.maxServers) return 'fleet_full';
    return this.#newcomers.take(this.#nowMs) ? null : 'rate';
  }

  #requireSlot(server: number): ServerEntry {
    const entry = this.roster.bySlot(server);
    if (entry === undefined) throw new UnknownSlotError(server);
    return entry;
  }

  #readClock(): void {
    this.#nowMs = this.#clock.now();
    this.#newestAllowedMs = this.#withinRing(this.#nowMs + CLOCK_SKEW_MS);
  }

  /** Never further ahead than the ring has rows for, even while closings are overdue. */
  #withinRing(timeMs: number): number {
    return Math.min(timeMs, stepStartMs(this.#closedStep + MAX_STEPS_AHEAD + 1) - 1);
  }

  /** The slow path of record(): the clock may have moved on, and closings may be overdue. */
  #isAllowedNow(timeMs: number): boolean {
    this.#readClock();
    if (timeMs > this.#nowMs + CLOCK_SKEW_MS) return false;
    if (timeMs > this.#newestAllowedMs) this.#closeDue();
    return timeMs <= this.#newestAllowedMs;
  }

  #setBounds(): void {
    this.#newestAllowedMs = this.#withinRing(this.#nowMs + CLOCK_SKEW_MS);
    this.#oldestAllowedMs = stepStartMs(this.#closedStep - WINDOW_STEPS + 1);
  }

  #closeDue(): void {
    const due = this.#dueStep();
    if (due < this.#closedStep - 1) this.#clockWasSetBack(due);
    if (due > this.#closedStep) this.#closeUpTo(due);
  }

  #dueStep(): number {
    return stepOf(this.#nowMs - this.#config.graceSeconds * 1000) - 1;
  }

  #closeUpTo(due: number): void {
    const first = this.#closedStep + 1;
    if (due > first) this.#forgiveSilence();
    this.#closedStep = due;
    this.#setBounds();
    this.stats.stepsClosed += due - first + 1;
    this.#log.stepsClosed(Math.max(first, due - WINDOW_STEPS + 1), due);
    this.#stepListeners.tell(due);
  }

  /** Argus itself slept over a closing: that its servers were not heard meanwhile says nothing about them. */
  #forgiveSilence(): void {
    for (const entry of this.roster.values()) entry.heardMs = this.#nowMs;
  }

  /** Without this, every point would count as too old until the clock is back where it wrongly was. */
  #clockWasSetBack(due: number): void {
    this.#report(
      `The clock was set back by about ${Math.round(((this.#closedStep - due) * STEP_MS) / MINUTE_MS)} minutes; ` +
        'measurements with times after now are forgotten.',
    );
    this.#closedStep = due;
    this.#setBounds();
    for (const entry of this.roster.values()) {
      this.window.rewind(entry.index, due + MAX_STEPS_AHEAD);
      entry.lastSeenMs = Math.min(entry.lastSeenMs, this.#newestAllowedMs);
      entry.heardMs = this.#nowMs;
    }
  }

  #removeSilent(): void {
    const silentSince = this.#nowMs - this.#config.removeAfterHours * HOUR_MS;
    const emptySince = this.#nowMs - this.#config.staleAfterMinutes * MINUTE_MS;
    for (const entry of this.roster.values()) {
      // A name that never brought a measurement must not hold a slot for hours.
      const limit = entry.measured ? silentSince : emptySince;
      if (entry.heardMs < limit) this.#remove(entry);
    }
  }
}
