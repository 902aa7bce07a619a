import { METRIC_COUNT } from '../../../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../../../catalog/targets.ts';
import { WINDOW_STEPS } from '../../../catalog/time.ts';
import { STALE_STEPS } from '../origins.ts';
import type { ScoreContext, Scorer } from './scorer.ts';

/** How far a value is on its way: 1 at the warning threshold, 2 at the critical one, on along the same line past it. */
export function gradeOf(value: number, warning: number, critical: number): number {
  return value < warning ? value / warning : 1 + (value - warning) / (critical - warning);
}

/** Newest measured value of a target within the time in which a server is not stale; NaN without one. */
export function newestOf(target: number, window: Float32Array, offset: number): number {
  for (let age = 1; age <= STALE_STEPS; age++) {
    const row = offset + (WINDOW_STEPS - age) * METRIC_COUNT;
    const value = targetValue(TARGET_LIST[target], window, row);
    if (!Number.isNaN(value)) return value;
  }
  return Number.NaN;
}

/** The rule most people have: what is measured now against its thresholds; the worst target counts. */
export const threshold: Scorer = {
  name: 'threshold',
  score({ rules, window, windowOffset }: ScoreContext): number {
    let worst = 0;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const value = newestOf(target, window, windowOffset);
      const grade = gradeOf(value, rules.warning[target], rules.critical[target]);
      if (grade > worst) worst = grade;
    }
    return worst;
  },
};
