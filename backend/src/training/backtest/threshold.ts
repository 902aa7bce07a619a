import { judgeAlerts, raiseAlerts } from './alerts.ts';
import { rankByScore } from './averagePrecision.ts';
import { type OriginTable, serverDays } from './origins.ts';
import type { Failures } from './truth.ts';

/** False alerts that people put up with, per server and day: one server of twenty calls in vain once a day. */
export const MOST_FALSE_PER_SERVER_DAY = 0.05;
/** Thresholds tried: scores at ranks that are evenly spaced in the logarithm, so that the few highest are all tried. */
const CANDIDATES = 512;

/**
 * The threshold with the highest event recall at no more than MOST_FALSE_PER_SERVER_DAY on this span. Among equals the
 * one with the fewest false alerts, then the highest.
 * @returns Infinity, which raises no alert, where no threshold catches a failure within that limit
 */
export function chooseThreshold(table: OriginTable, scores: Float32Array, failures: Failures): number {
  const most = MOST_FALSE_PER_SERVER_DAY * serverDays(table);
  let best = { threshold: Number.POSITIVE_INFINITY, caught: 0, wrong: 0 };
  for (const threshold of candidatesOf(scores)) {
    const judged = judgeAlerts(table, raiseAlerts(table, scores, threshold), failures);
    const wrong = judged.alerts - judged.trueAlerts;
    const caught = judged.failures.filter(({ leadSteps }) => leadSteps > 0).length;
    if (wrong > most) continue;
    if (caught > best.caught || (caught === best.caught && wrong < best.wrong)) {
      best = { threshold, caught, wrong };
    }
  }
  return best.threshold;
}

/** Distinct scores, falling. */
function candidatesOf(scores: Float32Array): readonly number[] {
  const ranking = rankByScore(scores);
  const found = new Set<number>();
  for (let i = 0; i <= CANDIDATES; i++) {
    const rank = Math.min(ranking.length, Math.round(ranking.length ** (i / CANDIDATES))) - 1;
    if (rank >= 0) found.add(scores[ranking[rank]]);
  }
  return [...found];
}
