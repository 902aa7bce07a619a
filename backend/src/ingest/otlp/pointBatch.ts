import type { ResourceIdentity } from './resources.ts';

/** What a point's value means. */
export const KIND = {
  /** The value itself: a gauge or a non-monotonic sum. */
  level: 0,
  /** A sum since its start. */
  cumulative: 1,
  /** A sum since the point before. */
  delta: 2,
  /** The client says that there is no value at this moment. */
  noRecordedValue: 3,
  /** Neither asDouble nor asInt. */
  empty: 4,
} as const;

/** A stretch of points of one resource. */
export interface ResourceSpan {
  readonly identity: ResourceIdentity;
  readonly firstPoint: number;
  /** Points of metrics, states and devices that are not used. */
  unmapped: number;
}

const FIRST_CAPACITY = 8192;
/** A batch grown beyond this by one large request gives the memory back. */
const KEPT_CAPACITY = 131_072;

/**
 * The points of one request that are used, in columns: a request is decoded completely before the first point counts,
 * so that a malformed one changes nothing.
 */
export class PointBatch {
  readonly spans: ResourceSpan[] = [];
  length = 0;
  rule = new Uint16Array(0);
  part = new Int8Array(0);
  kind = new Uint8Array(0);
  startMs = new Float64Array(0);
  timeMs = new Float64Array(0);
  value = new Float64Array(0);
  /** Fingerprint of the series within its server. */
  series1 = new Int32Array(0);
  series2 = new Int32Array(0);
  /** Fingerprint of the mount it belongs to. */
  mount = new Int32Array(0);

  constructor() {
    this.#resize(FIRST_CAPACITY);
  }

  /** Makes room for one more point and returns its row. */
  next(): number {
    if (this.length === this.rule.length) this.#resize(this.length * 2);
    return this.length++;
  }

  clear(): void {
    this.spans.length = 0;
    this.length = 0;
    if (this.rule.length > KEPT_CAPACITY) this.#resize(FIRST_CAPACITY);
  }

  /** Row after the last one of a span. */
  endOf(spanIndex: number): number {
    const following = this.spans[spanIndex + 1];
    return following === undefined ? this.length : following.firstPoint;
  }

  #resize(capacity: number): void {
    const keep = Math.min(this.length, capacity);
    this.rule = resized(new Uint16Array(capacity), this.rule, keep);
    this.part = resized(new Int8Array(capacity), this.part, keep);
    this.kind = resized(new Uint8Array(capacity), this.kind, keep);
    this.startMs = resized(new Float64Array(capacity), this.startMs, keep);
    this.timeMs = resized(new Float64Array(capacity), this.timeMs, keep);
    this.value = resized(new Float64Array(capacity), this.value, keep);
    this.series1 = resized(new Int32Array(capacity), this.series1, keep);
    this.series2 = resized(new Int32Array(capacity), this.series2, keep);
    this.mount = resized(new Int32Array(capacity), this.mount, keep);
  }
}

type Column = Uint16Array | Int8Array | Uint8Array | Float64Array | Int32Array;

function resized<T extends Column>(target: T, old: T, keep: number): T {
  target.set(old.subarray(0, keep));
  return target;
}
