import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { profileOf } from '../../catalog/profiles.ts';
import type { ServerSeries } from '../datasets/series.ts';
import type { StepSpan } from '../datasets/windows.ts';
import type { ChunkServer } from './chunkReader.ts';

interface HeldServer {
  readonly name: string;
  /** [capacity][METRIC_COUNT]; row 0 is the buffer's first step. */
  readonly values: Float32Array;
  /** Newest step with a row. */
  lastStep: number;
  profile: number;
}

/**
 * The stretch of time that windows are cut from: its end is the newest chunk's, and what is older than windows need is
 * gone. What it holds follows from the chunks of that stretch alone, so that it can be rebuilt by reading them again.
 */
export class SlidingBuffer {
  readonly #capacity: number;
  readonly #servers = new Map<string, HeldServer>();
  #firstStep = 0;
  #steps = 0;

  /** @param capacity most steps it will ever hold */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Steps held. */
  get steps(): number {
    return this.#steps;
  }

  /** Bytes its rows take, used or not. */
  get bytes(): number {
    return this.#servers.size * this.#capacity * METRIC_COUNT * Float32Array.BYTES_PER_ELEMENT;
  }

  /**
   * Forgets what is before `keepFrom` and servers without a row since, and adds a chunk behind the rest.
   * @param span the chunk's steps; its servers' values start with its first
   */
  append(servers: readonly ChunkServer[], span: StepSpan, keepFrom: number): void {
    const steps = span.last - keepFrom + 1;
    if (steps > this.#capacity) throw new RangeError(`${steps} steps where ${this.#capacity} are held.`);
    this.#slideTo(keepFrom);
    this.#steps = steps;
    for (const server of servers) {
      const held = this.#held(server.name);
      held.values.set(server.values, (span.first - keepFrom) * METRIC_COUNT);
      held.lastStep = span.last;
      held.profile = profileOf(server.name, server.profile, []);
    }
  }

  #slideTo(firstStep: number): void {
    const gone = (firstStep - this.#firstStep) * METRIC_COUNT;
    const used = this.#steps * METRIC_COUNT;
    this.#firstStep = firstStep;
    for (const [name, { values, lastStep }] of this.#servers) {
      if (lastStep < firstStep) this.#servers.delete(name);
      else {
        values.copyWithin(0, gone, used);
        values.fill(Number.NaN, used - gone);
      }
    }
  }

  #held(name: string): HeldServer {
    const known = this.#servers.get(name);
    if (known !== undefined) return known;
    const values = new Float32Array(this.#capacity * METRIC_COUNT).fill(Number.NaN);
    const held = { name, values, lastStep: this.#firstStep, profile: 0 };
    this.#servers.set(name, held);
    return held;
  }

  /** Forgets everything. */
  clear(): void {
    this.#servers.clear();
    this.#steps = 0;
  }

  /** Every server over the whole stretch, by name; valid until the next chunk. */
  series(
    placeOf: (name: string) => Pick<ServerSeries, 'timeZone' | 'country' | 'holidays'>,
  ): readonly ServerSeries[] {
    const [firstStep, steps] = [this.#firstStep, this.#steps];
    return [...this.#servers.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, values, profile }) => ({
        name,
        profile,
        ...placeOf(name),
        firstStep,
        steps,
        values: values.subarray(0, steps * METRIC_COUNT),
      }));
  }
}
