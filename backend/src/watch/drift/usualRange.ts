/** What a statistic is in quiet hours: its mean and how far it varies, so that chance is not taken for change. */

/** A week of hours: older ones count less. */
const HOURS = 168;
/** Hours without which the range is not known. */
const ENOUGH_HOURS = 24;
/**
 * Standard deviations beyond the mean that quiet hours do not reach. Three are usual on control charts (Shewhart, 1931);
 * five, because eight groups are watched every hour of the year and errors have a longer tail than a normal distribution.
 */
const SIGMAS = 5;
/** Numbers of one statistic. */
export const RANGE_SIZE = 3;
const COUNT = 0;
const MEAN = 1;
const VARIANCE = 2;

/** Ranges of `count` statistics. */
export class UsualRanges {
  readonly #numbers: Float64Array;

  constructor(count: number) {
    this.#numbers = new Float64Array(count * RANGE_SIZE);
  }

  /** Adds the value of a quiet hour. */
  add(statistic: number, value: number): void {
    const range = this.#of(statistic);
    const count = Math.min(HOURS, range[COUNT] + 1);
    const error = value - range[MEAN];
    range[COUNT] = count;
    range[MEAN] += error / count;
    range[VARIANCE] += (error * (value - range[MEAN]) - range[VARIANCE]) / count;
  }

  isKnown(statistic: number): boolean {
    return this.#of(statistic)[COUNT] >= ENOUGH_HOURS;
  }

  meanOf(statistic: number): number {
    return this.#of(statistic)[MEAN];
  }

  /** How far above the mean a value has to lie: the threshold, or where quiet hours vary by more, beyond that. */
  limitOf(statistic: number, threshold: number): number {
    return Math.max(threshold, SIGMAS * Math.sqrt(Math.max(0, this.#of(statistic)[VARIANCE])));
  }

  #of(statistic: number): Float64Array {
    return this.#numbers.subarray(statistic * RANGE_SIZE, (statistic + 1) * RANGE_SIZE);
  }

  get numbers(): Float64Array {
    return this.#numbers;
  }

  restore(numbers: Float64Array): void {
    this.#numbers.set(numbers);
  }
}
