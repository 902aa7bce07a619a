import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../catalog/time.ts';
import { DataTooShortError } from '../errors.ts';
import {
  type Dataset,
  lastStepOf,
  MIN_CONTEXT_ROWS,
  measuredRows,
  NEEDED_STEPS,
  type ServerSeries,
} from './series.ts';

/** Steps whose values may be forecast: both ends inclusive. */
export interface StepSpan {
  readonly first: number;
  readonly last: number;
}

/** 16 hours between the last step trained on and the first validated on: twice the horizon. */
export const SPLIT_GAP_STEPS = 2 * HORIZON_STEPS;

/**
 * Splits a data set in time: training | gap | validation. The spans hold the steps that are forecast; windows reach
 * back from them, never forward.
 * @param validationShare share of the steps at the end that is held back
 * @throws DataTooShortError where either part would have no window
 */
export function splitByTime(
  data: Pick<Dataset, 'path' | 'firstStep' | 'lastStep'>,
  validationShare: number,
): { train: StepSpan; validation: StepSpan } {
  const steps = data.lastStep - data.firstStep + 1;
  const held = Math.max(HORIZON_STEPS, Math.round(steps * validationShare));
  const validation = { first: data.lastStep - held + 1, last: data.lastStep };
  const train = { first: data.firstStep, last: validation.first - 1 - SPLIT_GAP_STEPS };
  if (train.last - train.first + 1 < NEEDED_STEPS) {
    const needed = NEEDED_STEPS + SPLIT_GAP_STEPS + held;
    throw new DataTooShortError(
      data.path,
      `${steps} steps of five minutes where training needs ${needed} (a day of window, a horizon of 8 h, 16 h of gap and the part held back)`,
    );
  }
  return { train, validation };
}

/** A window to forecast from: it ends with `originStep`; horizon position h is step originStep + 1 + h. */
export interface Sample {
  readonly series: ServerSeries;
  readonly originStep: number;
}

/**
 * Origins of one server with a full window inside its series and `horizon` steps inside the span; empty where
 * `first` is past `last`.
 */
export function originRange(series: ServerSeries, span: StepSpan, horizon = HORIZON_STEPS): StepSpan {
  return {
    first: Math.max(series.firstStep + WINDOW_STEPS - 1, span.first - 1),
    last: Math.min(lastStepOf(series), span.last) - horizon,
  };
}

/** True where the window has enough measured rows near its end and something was measured in its horizon. */
export function isUsable({ series, originStep }: Sample): boolean {
  const end = originStep + 1 - series.firstStep;
  return (
    measuredRows(series, end - 2 * MIN_CONTEXT_ROWS, end) >= MIN_CONTEXT_ROWS &&
    measuredRows(series, end, end + HORIZON_STEPS) > 0
  );
}

/** Usable samples of one server, `stride` steps apart, aligned to the clock so that servers share origins. */
export function listSamples(
  series: ServerSeries,
  span: StepSpan,
  stride: number,
  horizon = HORIZON_STEPS,
): readonly Sample[] {
  const range = originRange(series, span, horizon);
  const samples: Sample[] = [];
  for (let origin = Math.ceil(range.first / stride) * stride; origin <= range.last; origin += stride) {
    const sample = { series, originStep: origin };
    if (isUsable(sample)) samples.push(sample);
  }
  return samples;
}

/** The same sample with a copy of nothing but the rows it needs, so that its series can go. */
export function detach({ series, originStep }: Sample): Sample {
  const firstStep = originStep - WINDOW_STEPS + 1;
  const from = (firstStep - series.firstStep) * METRIC_COUNT;
  const values = series.values.slice(from, from + NEEDED_STEPS * METRIC_COUNT);
  return { series: { ...series, firstStep, steps: values.length / METRIC_COUNT, values }, originStep };
}

/**
 * Copies what came after a sample's origin.
 * @param out [TARGET_COUNT][HORIZON_STEPS] in target units is written from `offset`, NaN where not measured
 */
export function copyActual({ series, originStep }: Sample, out: Float32Array, offset: number): void {
  const first = originStep + 1 - series.firstStep;
  for (let target = 0; target < TARGET_COUNT; target++) {
    for (let lead = 0; lead < HORIZON_STEPS; lead++) {
      const row = first + lead;
      out[offset + target * HORIZON_STEPS + lead] =
        row >= 0 && row < series.steps
          ? targetValue(TARGET_LIST[target], series.values, row * METRIC_COUNT)
          : Number.NaN;
    }
  }
}
