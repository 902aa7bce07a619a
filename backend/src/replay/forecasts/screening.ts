/**
 * Which steps of the past the network is run for. A score moves slowly from step to step, but for one jump: where a
 * measured value passes its warning threshold. So the network runs every two hours, at every such jump, and then, halving the
 * time between two forecasts, wherever a score comes near a level at which an alert could open or end. Between forecasts
 * far from any level the score is taken as linear.
 */
import { LEVELS } from '../../catalog/levels.ts';
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../../catalog/targets.ts';
import { STEPS_AN_HOUR } from '../../catalog/time.ts';
import type { AlertLevelSettings } from '../../risk/alertLevel.ts';
import type { ServerRules } from '../../risk/rules.ts';
import type { ServerSeries } from '../../training/datasets/series.ts';

export const COARSE_STEPS = 2 * STEPS_AN_HOUR;
/** Points below the lowest score that matters from which on no step is left out. */
const NEAR_POINTS = 20;

/** From this score on every step is forecast: well below where an alert of these settings opens or ends. */
export function nearScore({ minimumLevel, hysteresisPoints }: AlertLevelSettings): number {
  return LEVELS[minimumLevel].from - hysteresisPoints - NEAR_POINTS;
}

/** Bit t: the measured value of target t is at or past its warning threshold. */
function pastWarning(series: ServerSeries, step: number, rules: ServerRules): number {
  const row = (step - series.firstStep) * METRIC_COUNT;
  let bits = 0;
  for (let target = 0; target < TARGET_COUNT; target++) {
    const value = targetValue(TARGET_LIST[target], series.values, row);
    if (value >= rules.warning[target]) bits |= 1 << target;
  }
  return bits;
}

/**
 * Positions of origins to begin with: one in two hours, the ends of every stretch without gap, and those at which a measured
 * value passes a warning threshold of any of the rules, and the next.
 * @param origins ascending
 */
export function firstPositions(
  series: ServerSeries,
  origins: Int32Array,
  all: readonly ServerRules[],
): readonly number[] {
  const chosen = new Set<number>();
  const before = all.map(() => 0);
  for (let i = 0; i < origins.length; i++) {
    const isStart = i === 0 || origins[i] - origins[i - 1] > 1;
    const isEnd = i === origins.length - 1 || origins[i + 1] - origins[i] > 1;
    if (isStart || isEnd || origins[i] % COARSE_STEPS === 0) chosen.add(i);
    all.forEach((rules, r) => {
      const past = pastWarning(series, origins[i], rules);
      if ((past & ~before[r]) !== 0) {
        chosen.add(i);
        if (!isEnd) chosen.add(i + 1);
      }
      before[r] = past;
    });
  }
  return [...chosen].sort((a, b) => a - b);
}

/** A stretch between two forecast origins. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export function gapsBetween(positions: readonly number[]): readonly Gap[] {
  return positions.slice(1).map((to, i) => ({ from: positions[i], to }));
}

export function middleOf({ from, to }: Gap): number {
  return (from + to) >> 1;
}

/** Fills the scores between forecast origins by straight lines; NaN is what was not forecast. */
export function interpolate(scores: Float64Array): void {
  let last = 0;
  for (let i = 1; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) continue;
    const slope = (scores[i] - scores[last]) / (i - last);
    for (let between = last + 1; between < i; between++) {
      scores[between] = scores[last] + slope * (between - last);
    }
    last = i;
  }
}
