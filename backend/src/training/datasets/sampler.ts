import { DataTooShortError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Dataset } from './series.ts';
import { isUsable, originRange, type Sample, type StepSpan } from './windows.ts';

/** A data set to train on: how often it is drawn, and the steps that may be forecast. */
export interface WeightedSource {
  readonly data: Pick<Dataset, 'path' | 'servers'>;
  readonly weight: number;
  readonly span: StepSpan;
}

/** Draws before a source is given up as holding hardly anything but gaps. */
const MAX_DRAWS = 200;

/** What windows are drawn from. */
export interface Drawable {
  /** @returns undefined where hardly anything but gaps was found */
  draw(random: Random): Sample | undefined;
}

/** All origins of one source, numbered through its servers. */
export class SourceOrigins implements Drawable {
  readonly weight: number;
  readonly count: number;
  readonly #source: WeightedSource;
  /** Number of origins before each server, ascending. */
  readonly #before: readonly number[];

  constructor(source: WeightedSource) {
    const before: number[] = [];
    let count = 0;
    for (const series of source.data.servers) {
      before.push(count);
      const range = originRange(series, source.span);
      count += Math.max(0, range.last - range.first + 1);
    }
    this.#source = source;
    this.#before = before;
    this.count = count;
    this.weight = source.weight;
  }

  get path(): string {
    return this.#source.data.path;
  }

  draw(random: Random): Sample | undefined {
    for (let i = 0; i < MAX_DRAWS && this.count > 0; i++) {
      const sample = this.#at(random.below(this.count));
      if (isUsable(sample)) return sample;
    }
    return undefined;
  }

  #at(position: number): Sample {
    const series = this.#source.data.servers[lastAtMost(this.#before, position)];
    const before = this.#before[lastAtMost(this.#before, position)];
    return { series, originStep: originRange(series, this.#source.span).first + position - before };
  }
}

/** Position of the last entry that is at most `value`, in an ascending list that starts with 0. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (ascending[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Draws training windows from several sources, each in proportion to its weight, uniformly over its origins. */
export class Sampler implements Drawable {
  readonly #sources: readonly SourceOrigins[];
  readonly #totalWeight: number;

  /** @throws DataTooShortError where a source has no window */
  constructor(sources: readonly WeightedSource[]) {
    this.#sources = sources.map((source) => new SourceOrigins(source));
    const empty = this.#sources.find(({ count }) => count === 0);
    if (empty !== undefined) {
      throw new DataTooShortError(empty.path, 'no server has a full day of window and 8 h after it');
    }
    this.#totalWeight = this.#sources.reduce((sum, source) => sum + source.weight, 0);
  }

  /** Origins over all sources. */
  get originCount(): number {
    return this.#sources.reduce((sum, source) => sum + source.count, 0);
  }

  /** @throws DataTooShortError where the source drawn from holds hardly anything but gaps */
  draw(random: Random): Sample {
    const source = this.#pick(random.uniform() * this.#totalWeight);
    const sample = source.draw(random);
    if (sample !== undefined) return sample;
    throw new DataTooShortError(source.path, `${MAX_DRAWS} windows drawn from it held next to nothing`);
  }

  /** The source in whose share of the total weight a number lies. */
  #pick(at: number): SourceOrigins {
    let rest = at;
    for (const source of this.#sources) {
      rest -= source.weight;
      if (rest < 0) return source;
    }
    return this.#sources[this.#sources.length - 1];
  }
}
