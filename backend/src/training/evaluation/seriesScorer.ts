import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_LIST, targetValue } from '../../catalog/targets.ts';
import { HORIZON_STEPS, STEPS_A_DAY } from '../../catalog/time.ts';
import type { ServerSeries } from '../datasets/series.ts';
import { listSamples, type StepSpan } from '../datasets/windows.ts';
import { type FittedRivals, fitRivals, RIVALS, rivalForecast } from './rivals.ts';
import { ScoreSums, seasonalNaiveError } from './scores.ts';

/** Origins of the validation part lie this far apart at most, so that there are errors enough for a tail. */
const VALIDATION_STRIDE = 12;

/** What is forecast when. */
export interface Plan {
  readonly test: StepSpan;
  readonly validation: StepSpan;
  readonly stride: number;
  readonly horizon: number;
}

/** Sums of one target over all series. */
export class TargetTotals {
  readonly model = new ScoreSums();
  readonly points = RIVALS.map(() => new ScoreSums());
  readonly quantiles = RIVALS.map(() => new ScoreSums());
  readonly chosenPoint = new ScoreSums();
  readonly chosenQuantiles = new ScoreSums();
}

/** Scores the model and the rivals on one target of one server. */
export class SeriesScorer {
  readonly #history: Float64Array;
  readonly #firstStep: number;
  readonly #horizon: number;
  readonly #max: number;
  readonly #scale: number;
  readonly #fitted: FittedRivals;
  readonly #model = new ScoreSums();
  readonly #points = RIVALS.map(() => new ScoreSums());
  readonly #quantiles = RIVALS.map(() => new ScoreSums());
  readonly #point = new Float64Array(HORIZON_STEPS);
  readonly #band = new Float64Array(QUANTILE_COUNT);

  constructor(series: ServerSeries, target: number, plan: Plan) {
    const definition = TARGET_LIST[target];
    this.#history = Float64Array.from({ length: series.steps }, (_, row) =>
      targetValue(definition, series.values, row * METRIC_COUNT),
    );
    this.#firstStep = series.firstStep;
    this.#horizon = plan.horizon;
    this.#max = definition.max;
    const origins = listSamples(series, plan.validation, VALIDATION_STRIDE, plan.horizon).map(
      ({ originStep }) => originStep - series.firstStep,
    );
    this.#fitted = fitRivals(this.#history, origins, plan.horizon, definition.max);
    this.#scale = seasonalNaiveError(this.#history, plan.test.first - series.firstStep, STEPS_A_DAY);
  }

  /** @returns the actual values by lead */
  score(originStep: number, quantiles: Float32Array, offset: number): Float64Array {
    const origin = originStep - this.#firstStep;
    const actual = this.#history.subarray(origin + 1, origin + 1 + this.#horizon);
    for (let lead = 0; lead < this.#horizon; lead++) {
      if (!Number.isNaN(actual[lead])) {
        this.#model.addQuantiles(actual[lead], quantiles, offset + lead * QUANTILE_COUNT);
      }
    }
    RIVALS.forEach((_, rival) => {
      this.#scoreRival(rival, origin, actual);
    });
    return actual;
  }

  #scoreRival(rival: number, origin: number, actual: Float64Array): void {
    if (!rivalForecast(RIVALS[rival], this.#history, origin, this.#max, this.#point)) return;
    const spread = this.#fitted.spreads[rival];
    for (let lead = 0; lead < this.#horizon; lead++) {
      if (Number.isNaN(actual[lead])) continue;
      this.#points[rival].addPoint(actual[lead], this.#point[lead]);
      for (let q = 0; q < QUANTILE_COUNT; q++) {
        const value = this.#point[lead] + spread[lead * QUANTILE_COUNT + q];
        this.#band[q] = Math.min(this.#max, Math.max(0, value));
      }
      this.#quantiles[rival].addQuantiles(actual[lead], this.#band, 0);
    }
  }

  addTo(totals: TargetTotals): void {
    totals.model.addSeries(this.#model, this.#scale);
    RIVALS.forEach((_, rival) => {
      totals.points[rival].addSeries(this.#points[rival], this.#scale);
      totals.quantiles[rival].addSeries(this.#quantiles[rival], this.#scale);
    });
    totals.chosenPoint.addSeries(this.#points[this.#fitted.chosen], this.#scale);
    totals.chosenQuantiles.addSeries(this.#quantiles[this.#fitted.chosen], this.#scale);
  }
}
