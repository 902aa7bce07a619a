/** Puts together the series that were measured at the same moment, even where they come in several requests. */
import { METRIC } from '../../catalog/metrics.ts';
import { stepOf } from '../../catalog/time.ts';
import { has, PART_COUNT, type Parts, SOURCE_LIST, type Source } from './sources.ts';

const SOURCE_COUNT = SOURCE_LIST.length;
/** Open moments of one source of one server; over it the oldest is closed early. */
const MAX_OPEN_PER_SOURCE = 16;
/** Open moments in all; a request that brings more has what is open closed early. */
const MAX_OPEN = 100_000;
const MAX_EXPECTED = 65_535;

/** Which series belong together. */
export interface MomentKey {
  readonly server: number;
  readonly source: number;
  readonly timeMs: number;
}

/**
 * Receives a combined value, in the catalog's unit.
 * @param written what was delivered of the moment before more of its series came; undefined the first time
 * @returns whether the value was taken
 */
export type Deliver = (
  moment: MomentKey,
  metric: number,
  value: number,
  written: number | undefined,
) => boolean;

/** Receives the sum over the parts of a source at one time, before it is combined. */
export type DeliverTotal = (server: number, source: number, total: number) => void;

/** What is known so far of one source of one server at one time. */
interface Moment extends MomentKey {
  readonly parts: Parts;
  /** By fingerprint, for sources that look at every mount by itself. */
  readonly mounts: Map<number, Parts> | null;
  /** Series seen, those included that have no value yet. */
  count: number;
  /** True where a series' value was unusable: a whole cannot be formed from the others. */
  isSpoiled: boolean;
  isTouched: boolean;
  deadlineMs: number;
  /** Values by metric that were delivered while series were still awaited. */
  written: Map<number, number> | null;
}

const emptyParts = (): Parts => ({ values: new Float64Array(PART_COUNT), seen: 0 });

/**
 * A moment is closed, and its values delivered, as soon as a request ends with as many series in it as the moment
 * before had; otherwise it waits for the missing ones until `holdMs` have passed. How many series make a first moment
 * is not known: it waits for the next one.
 *
 * What is acknowledged of a step that is over has to be in the journal when the request ends, or a crash would lose it:
 * such a moment is delivered at once and amended when more of its series come. Only a strict source that lacks a series
 * it is known to have still waits: nobody could say what to write.
 */
export class Moments {
  readonly #deliver: Deliver;
  readonly #deliverTotal: DeliverTotal;
  readonly #holdMs: number;
  /** By server and source, then by time. */
  readonly #open = new Map<number, Map<number, Moment>>();
  readonly #touched: Moment[] = [];
  /** In the order of their deadlines. */
  readonly #held = new Set<Moment>();
  #latest: Moment | null = null;
  #openCount = 0;
  // By server and source:
  #expected = new Uint16Array(0);
  /** Series of the last incomplete moment of a strict source: twice the same number is a new normal. */
  #shortfall = new Uint16Array(0);
  #closedMs = new Float64Array(0);

  constructor(deliver: Deliver, deliverTotal: DeliverTotal, holdMs: number) {
    this.#deliver = deliver;
    this.#deliverTotal = deliverTotal;
    this.#holdMs = holdMs;
  }

  /** Adds a value to its part. */
  add(server: number, source: number, timeMs: number, part: number, value: number, mount: number): void {
    const moment = this.#touch(server, source, timeMs);
    if (moment === null) return;
    const parts = moment.mounts === null ? moment.parts : partsOf(moment.mounts, mount);
    const isMax = SOURCE_LIST[source].fold === 'max' && has(parts, part);
    parts.values[part] = isMax ? Math.max(parts.values[part], value) : parts.values[part] + value;
    parts.seen |= 1 << part;
  }

  /** Notes a series that is there but has no rate yet. */
  note(server: number, source: number, timeMs: number): void {
    this.#touch(server, source, timeMs);
  }

  /** Notes a series whose value cannot be used. */
  spoil(server: number, source: number, timeMs: number): void {
    const moment = this.#touch(server, source, timeMs);
    if (moment !== null && SOURCE_LIST[source].strict) moment.isSpoiled = true;
  }

  /** Closes what is complete at the end of a request, and what has waited long enough. */
  endRequest(nowMs: number): void {
    for (const moment of this.#touched) {
      if (!moment.isTouched) continue;
      this.#settle(moment, nowMs);
    }
    this.#touched.length = 0;
    this.#latest = null;
    this.closeOverdue(nowMs);
  }

  /** Closes the moments that have waited long enough. @returns true where there were any */
  closeOverdue(nowMs: number): boolean {
    let any = false;
    for (const moment of this.#held) {
      if (moment.deadlineMs > nowMs) break;
      this.#close(moment);
      any = true;
    }
    return any;
  }

  closeAll(): void {
    this.closeOverdue(Number.POSITIVE_INFINITY);
  }

  /** Drops everything about a server, whose slot may be given to another. */
  forget(server: number): void {
    for (let source = 0; source < SOURCE_COUNT; source++) {
      const key = server * SOURCE_COUNT + source;
      for (const moment of this.#open.get(key)?.values() ?? []) {
        this.#held.delete(moment);
        this.#openCount--;
      }
      this.#open.delete(key);
    }
    this.#latest = null;
    const from = server * SOURCE_COUNT;
    this.#expected.fill(0, from, from + SOURCE_COUNT);
    this.#shortfall.fill(0, from, from + SOURCE_COUNT);
    this.#closedMs.fill(0, from, from + SOURCE_COUNT);
  }

  /** The moment a series belongs to, with the series counted; null where it is closed already. */
  #touch(server: number, source: number, timeMs: number): Moment | null {
    const latest = this.#latest;
    if (latest !== null && latest.timeMs === timeMs && latest.server === server && latest.source === source) {
      latest.count++;
      return latest;
    }
    const key = server * SOURCE_COUNT + source;
    this.#makeRoom(key);
    if (this.#closedMs[key] === timeMs) {
      // Too late for this moment, but the next one has one series more.
      this.#expected[key] = Math.min(this.#expected[key] + 1, MAX_EXPECTED);
      return null;
    }
    const moment = this.#open.get(key)?.get(timeMs) ?? this.#begin(key, server, source, timeMs);
    if (!moment.isTouched) {
      moment.isTouched = true;
      this.#touched.push(moment);
    }
    moment.count++;
    this.#latest = moment;
    return moment;
  }

  #begin(key: number, server: number, source: number, timeMs: number): Moment {
    if (this.#openCount >= MAX_OPEN) this.#closeEarly();
    const moment: Moment = {
      server,
      source,
      timeMs,
      parts: emptyParts(),
      mounts: SOURCE_LIST[source].mountPercent === undefined ? null : new Map(),
      count: 0,
      isSpoiled: false,
      isTouched: false,
      deadlineMs: 0,
      written: null,
    };
    let open = this.#open.get(key);
    if (open === undefined) {
      open = new Map();
      this.#open.set(key, open);
    }
    open.set(timeMs, moment);
    this.#openCount++;
    return moment;
  }

  /** Closes what can be of the source and server of a touched moment; the rest is held. */
  #settle(touched: Moment, nowMs: number): void {
    const key = touched.server * SOURCE_COUNT + touched.source;
    const open = this.#inOrder(key);
    open.forEach((moment, position) => {
      moment.isTouched = false;
      const newer = open.length - 1 - position;
      const isFirst = this.#expected[key] === 0;
      const isComplete = isFirst ? newer > 0 : moment.count >= this.#expected[key];
      if (isComplete || newer >= MAX_OPEN_PER_SOURCE) this.#close(moment);
      else {
        const isOver = stepOf(moment.timeMs) < stepOf(nowMs);
        if (isOver && (isFirst || !SOURCE_LIST[moment.source].strict)) this.#writeAhead(moment);
        this.#hold(moment, nowMs);
      }
    });
  }

  #inOrder(key: number): readonly Moment[] {
    const open = [...(this.#open.get(key)?.values() ?? [])];
    return open.length < 2 ? open : open.sort((a, b) => a.timeMs - b.timeMs);
  }

  #closeEarly(): void {
    this.closeAll();
    for (const moment of this.#touched) if (moment.isTouched) this.#close(moment);
    this.#touched.length = 0;
    this.#latest = null;
  }

  #hold(moment: Moment, nowMs: number): void {
    if (this.#held.has(moment)) return;
    moment.deadlineMs = nowMs + this.#holdMs;
    this.#held.add(moment);
  }

  #close(moment: Moment): void {
    const key = moment.server * SOURCE_COUNT + moment.source;
    const open = this.#open.get(key);
    if (open?.get(moment.timeMs) !== moment) return;
    open.delete(moment.timeMs);
    if (open.size === 0) this.#open.delete(key);
    this.#openCount--;
    this.#held.delete(moment);
    const isWhole = this.#accountFor(key, moment);
    if (isWhole && !moment.isSpoiled) this.#combine(moment);
  }

  /** Learns from a closing moment how many series to expect. @returns whether its values can be used */
  #accountFor(key: number, moment: Moment): boolean {
    const isComplete = moment.count >= this.#expected[key];
    if (moment.timeMs < this.#closedMs[key]) return isComplete;
    this.#closedMs[key] = moment.timeMs;
    const isStrict = SOURCE_LIST[moment.source].strict;
    if (!isComplete && isStrict && this.#shortfall[key] !== moment.count) {
      this.#shortfall[key] = Math.min(moment.count, MAX_EXPECTED);
      return false;
    }
    this.#shortfall[key] = 0;
    this.#expected[key] = Math.min(moment.count, MAX_EXPECTED);
    return true;
  }

  #combine(moment: Moment): void {
    this.#deliverTotal(
      moment.server,
      moment.source,
      moment.parts.values.reduce((sum, value) => sum + value, 0),
    );
    this.#emit(moment, (metric, value) => {
      const written = moment.written?.get(metric);
      if (written !== value) this.#deliver(moment, metric, value, written);
    });
  }

  /** Delivers what is known of a moment that is still open. */
  #writeAhead(moment: Moment): void {
    if (moment.isSpoiled) return;
    moment.written ??= new Map();
    const { written } = moment;
    this.#emit(moment, (metric, value) => {
      if (written.get(metric) === value) return;
      if (this.#deliver(moment, metric, value, written.get(metric))) written.set(metric, value);
    });
  }

  #emit(moment: Moment, emit: (metric: number, value: number) => void): void {
    const definition: Source = SOURCE_LIST[moment.source];
    if (moment.mounts === null) definition.combine?.(moment.parts, emit);
    else if (definition.mountPercent !== undefined)
      fullestMount(moment.mounts, definition.mountPercent, emit);
  }

  #makeRoom(key: number): void {
    if (key < this.#expected.length) return;
    const length = Math.max(key + 1, this.#expected.length * 2, SOURCE_COUNT * 64);
    const expected = new Uint16Array(length);
    const shortfall = new Uint16Array(length);
    const closedMs = new Float64Array(length);
    expected.set(this.#expected);
    shortfall.set(this.#shortfall);
    closedMs.set(this.#closedMs);
    this.#expected = expected;
    this.#shortfall = shortfall;
    this.#closedMs = closedMs;
  }
}

function partsOf(mounts: Map<number, Parts>, mount: number): Parts {
  let parts = mounts.get(mount);
  if (parts === undefined) {
    parts = emptyParts();
    mounts.set(mount, parts);
  }
  return parts;
}

function fullestMount(
  mounts: ReadonlyMap<number, Parts>,
  percentOf: (parts: Parts) => number,
  emit: (metric: number, value: number) => void,
): void {
  let fullest = Number.NaN;
  for (const parts of mounts.values()) {
    const percent = percentOf(parts);
    if (!(fullest >= percent)) fullest = Number.isNaN(percent) ? fullest : percent;
  }
  if (!Number.isNaN(fullest)) emit(METRIC.diskUsage, fullest);
}
