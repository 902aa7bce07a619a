/** What really came: measured values that stayed past their critical threshold. */
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../../catalog/targets.ts';
import type { ServerRules } from '../../risk/rules.ts';
import { QUIET_STEPS } from '../../training/backtest/alerts.ts';
import type { ServerSeries } from '../../training/datasets/series.ts';

/** Measured steps in a row past the critical threshold that make a breach: 15 minutes. */
export const BREACH_STEPS = 3;

export interface ReplayEvent {
  /** First step of it. */
  readonly step: number;
  /** Last step of it. */
  readonly lastStep: number;
  /** Position in TARGETS; null for a failure that the data's truth tells of. */
  readonly target: number | null;
  /** The threshold that was passed; null for a failure. */
  readonly threshold: number | null;
  /** Kind of failure; null for a breach. */
  readonly failure: string | null;
}

/** Breaches of one server, by time. What comes within 6 hours after one of the same metric began is the same breach. */
export function breachesOf(series: ServerSeries, rules: ServerRules): readonly ReplayEvent[] {
  const found: ReplayEvent[] = [];
  for (let target = 0; target < TARGET_COUNT; target++) {
    const threshold = rules.critical[target];
    if (!Number.isNaN(threshold)) found.push(...breachesOfTarget(series, target, threshold));
  }
  return found.sort((a, b) => a.step - b.step);
}

function breachesOfTarget(series: ServerSeries, target: number, threshold: number): readonly ReplayEvent[] {
  const found: ReplayEvent[] = [];
  for (const run of runsPast(series, target, threshold)) {
    const last = found.at(-1);
    if (last !== undefined && run.first - last.step < QUIET_STEPS) {
      found[found.length - 1] = { ...last, lastStep: run.last };
    } else found.push({ step: run.first, lastStep: run.last, target, threshold, failure: null });
  }
  return found;
}

function* runsPast(series: ServerSeries, target: number, threshold: number) {
  let length = 0;
  for (let row = 0; row <= series.steps; row++) {
    const isPast =
      row < series.steps && targetValue(TARGET_LIST[target], series.values, row * METRIC_COUNT) >= threshold;
    if (isPast) length++;
    else {
      const end = series.firstStep + row - 1;
      if (length >= BREACH_STEPS) yield { first: end - length + 1, last: end };
      length = 0;
    }
  }
}
