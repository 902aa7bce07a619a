/**
 * What the baselines said about a moment, worked out when it has come: the window still holds what they knew, so nothing
 * has to be kept of them but the seasonal value, whose step has just left it.
 */

import { P10, QUANTILES } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import { BASELINES, blend, ENOUGH_ERRORS, fitTrend, newestValue, type Series } from './baselines.ts';

/** Numbers of one baseline's forecast of one moment. */
export const BAND_FIELDS = 3;
/** [BASELINES][P10, P50, P90] */
export const HINDSIGHT_SIZE = BASELINES.length * BAND_FIELDS;
/** Steps between the earlier origins that errors are taken from. */
const ERROR_STRIDE = 4;
/** Without errors of its own in a window of one day, a seasonal rule takes those of the last value 8 hours on. */
const SEASONAL_ERROR_STEPS = 96;

const LAST_VALUE = BASELINES.indexOf('last_value');
const SEASONAL = BASELINES.indexOf('seasonal');
const BLENDED_SEASONAL = BASELINES.indexOf('blended_seasonal');
const LINEAR_TREND = BASELINES.indexOf('linear_trend');

/** Range of the errors a rule had made by an origin. */
interface Spread {
  readonly low: number;
  readonly high: number;
}

export class Hindsight {
  #series: Series = new Float64Array(0);
  readonly #errors = new Float64Array(WINDOW_STEPS);
  readonly #smallest = new Float64Array(WINDOW_STEPS);
  /** Level and slope of the lines fitted in this series, by origin; NaN where there is none. */
  readonly #lines = new Float64Array(2 * WINDOW_STEPS);
  readonly #isFitted = new Uint8Array(WINDOW_STEPS);

  /** Takes the series of one target, at most WINDOW_STEPS long, oldest value first. */
  take(series: Series): void {
    this.#series = series;
    this.#isFitted.fill(0);
  }

  /**
   * Writes the bands that forecastBaseline would have given at an origin, from the errors known then.
   * @param origin position in the series
   * @param steps horizon
   * @param yesterday what the seasonal rule said at the origin; NaN where it said nothing
   * @param max upper bound of the target
   * @param out [HINDSIGHT_SIZE] is written
   * @returns false, with nothing of meaning written, where too little had been measured by then for a fair comparison
   */
  bands(origin: number, steps: number, yesterday: number, max: number, out: Float64Array): boolean {
    const last = newestValue(this.#series, origin);
    if (Number.isNaN(last)) return false;
    const still = this.#stillSpread(origin, steps);
    if (still === undefined) return false;
    const write = (baseline: number, point: number, { low, high }: Spread): void => {
      const within = (value: number): number => Math.min(max, Math.max(0, value));
      out[baseline * BAND_FIELDS] = within(point + low);
      out[baseline * BAND_FIELDS + 1] = within(point);
      out[baseline * BAND_FIELDS + 2] = within(point + high);
    };
    write(LAST_VALUE, last, still);
    if (Number.isNaN(yesterday)) {
      write(SEASONAL, last, still);
      write(BLENDED_SEASONAL, last, still);
    } else {
      const spread = this.#stillSpread(origin, SEASONAL_ERROR_STEPS) ?? still;
      write(SEASONAL, yesterday, spread);
      write(BLENDED_SEASONAL, blend(last, yesterday, steps), spread);
    }
    const trend = this.#trend(origin, steps);
    if (Number.isNaN(trend)) write(LINEAR_TREND, last, still);
    else {
      const spread = this.#trendSpread(origin, steps);
      write(LINEAR_TREND, trend, spread ?? still);
    }
    return true;
  }

  /** Errors the last value had made by the origin. */
  #stillSpread(origin: number, steps: number): Spread | undefined {
    let count = 0;
    for (let from = origin - steps; from >= 0; from -= ERROR_STRIDE) {
      const error = this.#series[from + steps] - this.#series[from];
      if (!Number.isNaN(error)) this.#errors[count++] = error;
    }
    return this.#spread(count);
  }

  /** Errors the trend had made by the origin. */
  #trendSpread(origin: number, steps: number): Spread | undefined {
    let count = 0;
    for (let from = origin - steps; from >= 0; from -= ERROR_STRIDE) {
      const error = this.#series[from + steps] - this.#trend(from, steps);
      if (!Number.isNaN(error)) this.#errors[count++] = error;
    }
    return this.#spread(count);
  }

  /** @returns undefined where the errors are too few */
  #spread(count: number): Spread | undefined {
    if (count < ENOUGH_ERRORS) return undefined;
    return { low: Math.min(0, this.#tail(count, 1)), high: Math.max(0, -this.#tail(count, -1)) };
  }

  /** P10, interpolated, of the first errors times a sign. Only the smallest are sorted: that is what this costs. */
  #tail(count: number, sign: 1 | -1): number {
    const position = QUANTILES[P10] * (count - 1);
    const below = Math.floor(position);
    const smallest = this.#smallest.fill(Number.POSITIVE_INFINITY, 0, below + 2);
    for (let i = 0; i < count; i++) {
      const value = sign * this.#errors[i];
      if (value >= smallest[below + 1]) continue;
      let at = below + 1;
      for (; at > 0 && smallest[at - 1] > value; at--) smallest[at] = smallest[at - 1];
      smallest[at] = value;
    }
    return smallest[below] + (smallest[below + 1] - smallest[below]) * (position - below);
  }

  /** The line fitted at an origin, extended; NaN where none can be. */
  #trend(origin: number, steps: number): number {
    if (this.#isFitted[origin] === 0) {
      const line = this.#lines.subarray(2 * origin, 2 * origin + 2);
      if (!fitTrend(this.#series, origin, line)) line.fill(Number.NaN);
      this.#isFitted[origin] = 1;
    }
    return this.#lines[2 * origin] + this.#lines[2 * origin + 1] * steps;
  }
}
