import { P10, P50, P90, QUANTILE_COUNT } from '../../catalog/targets.ts';
import { pinballSum, pointPinballSum } from '../pinball.ts';

/** Share of values a P10–P90 band leaves out: what its Winkler score is computed for. */
const BAND_MISS = 0.2;

/** Figures of one forecaster on one target. */
export interface Scores {
  /** Forecast values that were scored. */
  readonly count: number;
  /** Mean absolute error of the median, target units. */
  readonly mae: number;
  /** Mean over series of MAE / in-sample seasonal-naive error (Hyndman and Koehler, 2006); null where none has one. */
  readonly mase: number | null;
  /** Weighted quantile loss: 2 · Σ pinball / Σ |actual|, mean over .1 … .9; null where every actual value is 0. */
  readonly wql: number | null;
  /** Mean pinball loss over .1 … .9, target units. */
  readonly pinball: number;
  /** Share of actual values within P10 … P90; null for a point forecast. */
  readonly coverage80: number | null;
  /** Mean Winkler score of P10 … P90 (Winkler, 1972); null for a point forecast. */
  readonly winkler: number | null;
}

/** Width of a band plus 2/α times what an actual value lies outside it. */
export function winklerScore(actual: number, low: number, high: number): number {
  const outside = Math.max(0, low - actual, actual - high);
  return high - low + (2 / BAND_MISS) * outside;
}

/** Sums of one forecaster over one series or many. */
export class ScoreSums {
  #count = 0;
  #absoluteError = 0;
  #absoluteActual = 0;
  #pinball = 0;
  #covered = 0;
  #winkler = 0;
  #points = 0;
  #scaledErrors = 0;
  #scaledSeries = 0;

  /** Adds one value forecast by nine quantiles from `offset`. */
  addQuantiles(actual: number, quantiles: Float32Array | Float64Array, offset: number): void {
    const low = quantiles[offset + P10];
    const high = quantiles[offset + P90];
    this.#count++;
    this.#absoluteError += Math.abs(actual - quantiles[offset + P50]);
    this.#absoluteActual += Math.abs(actual);
    this.#pinball += pinballSum(actual, quantiles, offset);
    if (actual >= low && actual <= high) this.#covered++;
    this.#winkler += winklerScore(actual, low, high);
  }

  /** Adds one value forecast by a single number. */
  addPoint(actual: number, forecast: number): void {
    this.#count++;
    this.#points++;
    this.#absoluteError += Math.abs(actual - forecast);
    this.#absoluteActual += Math.abs(actual);
    this.#pinball += pointPinballSum(actual, forecast);
  }

  /**
   * Adds the sums of one series.
   * @param scale its in-sample seasonal-naive error; a series without one does not count in MASE
   */
  addSeries(series: ScoreSums, scale: number): void {
    this.#count += series.#count;
    this.#points += series.#points;
    this.#absoluteError += series.#absoluteError;
    this.#absoluteActual += series.#absoluteActual;
    this.#pinball += series.#pinball;
    this.#covered += series.#covered;
    this.#winkler += series.#winkler;
    if (series.#count > 0 && scale > 0) {
      this.#scaledErrors += series.#absoluteError / series.#count / scale;
      this.#scaledSeries++;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Mean pinball loss. */
  get pinball(): number {
    return this.#pinball / (this.#count * QUANTILE_COUNT);
  }

  /** The figures. All are NaN or null where nothing was added. */
  get scores(): Scores {
    const count = this.#count;
    const hasBand = this.#points === 0;
    return {
      count,
      mae: this.#absoluteError / count,
      mase: this.#scaledSeries > 0 ? this.#scaledErrors / this.#scaledSeries : null,
      wql: this.#absoluteActual > 0 ? (2 * this.#pinball) / QUANTILE_COUNT / this.#absoluteActual : null,
      pinball: this.pinball,
      coverage80: hasBand ? this.#covered / count : null,
      winkler: hasBand ? this.#winkler / count : null,
    };
  }
}

/** Mean |y(t) − y(t − season)| of a series up to before row `end`; 0 where no pair was measured. */
export function seasonalNaiveError(values: Float64Array, end: number, season: number): number {
  let sum = 0;
  let pairs = 0;
  for (let row = season; row < end; row++) {
    const difference = Math.abs(values[row] - values[row - season]);
    if (Number.isNaN(difference)) continue;
    sum += difference;
    pairs++;
  }
  return pairs > 0 ? sum / pairs : 0;
}
