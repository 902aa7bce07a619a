/** The alerts that scores would have opened. */
import { HEALTHY } from '../../catalog/levels.ts';
import { type AlertLevelSettings, createTrack, followScore } from '../../risk/alertLevel.ts';
import { STALE_STEPS } from '../../training/backtest/origins.ts';

/** One alert of one server, from opening to resolution. */
export interface ReplayedAlert {
  /** Step of the cycle that opened it; it is known when the step has ended. */
  readonly openedStep: number;
  /** Step of the cycle that resolved it; null where it is open at the end. */
  readonly resolvedStep: number | null;
  /** Positions in LEVELS. */
  readonly level: number;
  readonly peakLevel: number;
  readonly peakScore: number;
}

/**
 * Replays the alert life cycle of docs/risk.md, a cycle a step. A server that was stale in between starts anew, its alert
 * resolved.
 * @param origins steps of the cycles, ascending
 * @param scores by origin
 */
export function alertsOf(
  origins: Int32Array,
  scores: Float64Array,
  settings: AlertLevelSettings,
): readonly ReplayedAlert[] {
  const found: ReplayedAlert[] = [];
  let track = createTrack(HEALTHY, Number.NEGATIVE_INFINITY);
  let open: ReplayedAlert | null = null;
  const resolve = (step: number): void => {
    if (open !== null) found.push({ ...open, resolvedStep: step });
    open = null;
  };
  for (let i = 0; i < origins.length; i++) {
    const step = origins[i];
    if (i > 0 && step - origins[i - 1] > STALE_STEPS) {
      resolve(origins[i - 1] + STALE_STEPS);
      track = createTrack(HEALTHY, Number.NEGATIVE_INFINITY);
    }
    const level = followScore(track, step, scores[i], settings);
    if (level === HEALTHY) resolve(step);
    else open = grown(open, step, level, scores[i]);
  }
  return open === null ? found : [...found, open];
}

function grown(open: ReplayedAlert | null, step: number, level: number, score: number): ReplayedAlert {
  if (open === null) {
    return { openedStep: step, resolvedStep: null, level, peakLevel: level, peakScore: score };
  }
  return {
    ...open,
    peakLevel: Math.max(open.peakLevel, level),
    peakScore: Math.max(open.peakScore, score),
  };
}
