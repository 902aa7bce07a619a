import { stepOf, WINDOW_STEPS } from '../../catalog/time.ts';
import type { Dataset } from '../datasets/series.ts';
import { SPLIT_GAP_STEPS, type StepSpan } from '../datasets/windows.ts';
import { BacktestSpanError } from './errors.ts';
import { USEFUL } from './leads.ts';

export interface SpanOptions {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly validationFromMs?: number;
}

/** Steps in which failures are looked for, both ends inclusive. */
export interface BacktestSpans {
  readonly validation: StepSpan;
  readonly test: StepSpan;
}

/**
 * validation | 16 h | test. By default the validation takes the first half of the data and the test the rest.
 * @throws BacktestSpanError
 */
export function spansOf(data: Dataset, options: SpanOptions): BacktestSpans {
  const { fromMs, toMs, validationFromMs } = options;
  const last = Math.min(data.lastStep, toMs === undefined ? data.lastStep : stepOf(toMs) - 1);
  const start = Math.max(
    data.firstStep,
    validationFromMs === undefined ? data.firstStep : stepOf(validationFromMs),
  );
  const half = data.firstStep + Math.floor((last - data.firstStep + 1) / 2);
  const from = fromMs === undefined ? half + SPLIT_GAP_STEPS : stepOf(fromMs);
  const spans = {
    validation: { first: start, last: from - 1 - SPLIT_GAP_STEPS },
    test: { first: from, last },
  };
  const needed = USEFUL.last + 1;
  if (last - from + 1 < needed) {
    const steps = Math.max(0, last - from + 1);
    throw new BacktestSpanError(
      data.path,
      `${steps} steps of five minutes to test on where ${needed} are needed; choose an earlier --from or a later --to, or give more days`,
    );
  }
  const firstOrigin = Math.max(start - 1, data.firstStep + WINDOW_STEPS - 1);
  if (spans.validation.last - USEFUL.last < firstOrigin) {
    throw new BacktestSpanError(
      data.path,
      'nothing is left to choose the thresholds on before the test: a day of window, 8 hours and a gap of 16 hours have to fit; choose a later --from, or give more days',
    );
  }
  return spans;
}

/** Steps that may be origins: what comes after them within 8 hours lies in the span. */
export function originsIn(span: StepSpan, data: Dataset): StepSpan {
  return {
    first: Math.max(span.first - 1, data.firstStep + WINDOW_STEPS - 1),
    last: span.last - USEFUL.last,
  };
}
