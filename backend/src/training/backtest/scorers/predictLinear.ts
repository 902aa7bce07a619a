import { METRIC_COUNT } from '../../../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../../../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../../catalog/time.ts';
import { POINT_FORECASTS, TREND_STEPS } from '../../../forecast/baselines.ts';
import type { ScoreContext, Scorer } from './scorer.ts';
import { newestOf } from './threshold.ts';

const history = new Float64Array(TREND_STEPS);
const line = new Float64Array(HORIZON_STEPS);

/**
 * Prometheus' predict_linear: the trend of the last 4 hours, extended by 8. A target that passes its critical threshold
 * on the way counts 1 … 2, the sooner the more; one that does not counts its highest value as a share of the threshold.
 */
export const predictLinear: Scorer = {
  name: 'predict_linear',
  score(context: ScoreContext): number {
    let worst = 0;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const grade = gradeTrend(target, context);
      if (grade > worst) worst = grade;
    }
    return worst;
  },
};

function gradeTrend(target: number, { rules, window, windowOffset }: ScoreContext): number {
  const critical = rules.critical[target];
  if (Number.isNaN(critical)) return 0;
  const now = newestOf(target, window, windowOffset);
  if (now >= critical) return 2;
  for (let i = 0; i < TREND_STEPS; i++) {
    const row = windowOffset + (WINDOW_STEPS - TREND_STEPS + i) * METRIC_COUNT;
    history[i] = targetValue(TARGET_LIST[target], window, row);
  }
  if (!POINT_FORECASTS.linear_trend(history, TREND_STEPS - 1, line)) return 0;
  const passes = line.findIndex((value) => value >= critical);
  if (passes >= 0) return 1 + (HORIZON_STEPS - passes) / (HORIZON_STEPS + 1);
  // A line is highest at one of its ends.
  return Math.max(0, line[0], line[HORIZON_STEPS - 1]) / critical;
}
