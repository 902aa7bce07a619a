/**
 * What the baselines said about a moment, worked out when it has come: the window still holds what they knew, so nothing
 * has to be kept of them but the seasonal value, whose step has just left it.
 */

import { P10, P90, QUANTILES } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import {
  BASELINES,
  blend,
  ENOUGH_ERRORS,
  fitTrend,
  newestValue,
  quantileOf,
  type Series,
} from './baselines.ts';

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

type Point = (origin: number) => number;

export class Hindsight {
  #series: Series = new Float64Array(0);
  readonly #errors = new Float64Array(WINDOW_STEPS);
  /** Lines that were fitted in this series, by origin. */
  readonly #lines: (Float64Array | null | undefined)[] = [];

  /** Takes the series of one target, at most WINDOW_STEPS long, oldest value first. */
  take(series: Series): void {
    this.#series = series;
    this.#lines.length = 0;
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
    const still = this.#spread(origin, steps, (from) => this.#series[from]);
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
      const spread = this.#spread(origin, SEASONAL_ERROR_STEPS, (from) => this.#series[from]) ?? still;
      write(SEASONAL, yesterday, spread);
      write(BLENDED_SEASONAL, blend(last, yesterday, steps), spread);
    }
    const line = this.#lineAt(origin);
    if (line === null) write(LINEAR_TREND, last, still);
    else {
      const spread = this.#spread(origin, steps, (from) => extended(this.#lineAt(from), steps));
      write(LINEAR_TREND, extended(line, steps), spread ?? still);
    }
    return true;
  }

  /** Quantiles of the errors a rule had made by the origin; undefined where they are too few. */
  #spread(origin: number, steps: number, point: Point): Spread | undefined {
    let count = 0;
    for (let from = origin - steps; from >= 0; from -= ERROR_STRIDE) {
      const error = this.#series[from + steps] - point(from);
      if (!Number.isNaN(error)) this.#errors[count++] = error;
    }
    if (count < ENOUGH_ERRORS) return undefined;
    const sorted = this.#errors.subarray(0, count).sort();
    return {
      low: Math.min(0, quantileOf(sorted, QUANTILES[P10])),
      high: Math.max(0, quantileOf(sorted, QUANTILES[P90])),
    };
  }

  #lineAt(origin: number): Float64Array | null {
    let line = this.#lines[origin];
    if (line === undefined) {
      const fitted = new Float64Array(2);
      line = fitTrend(this.#series, origin, fitted) ? fitted : null;
      this.#lines[origin] = line;
    }
    return line;
  }
}

function extended(line: Float64Array | null, steps: number): number {
  return line === null ? Number.NaN : line[0] + line[1] * steps;
}
