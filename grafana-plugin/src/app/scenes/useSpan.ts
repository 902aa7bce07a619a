import { type SceneObject, sceneGraph } from '@grafana/scenes';
import { useMemo } from 'react';
import type { TimeSpan } from '../../data/history';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function toMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

/** The past part of the page's time range, in whole minutes so that equal questions are asked once. */
export function usePastSpan(model: SceneObject): TimeSpan {
  const { value } = sceneGraph.getTimeRange(model).useState();
  const [fromMs, toMs] = [toMinute(value.from.valueOf()), value.to.valueOf()];
  return useMemo(() => {
    const now = Date.now();
    const end = toMinute(Math.min(toMs, now));
    return { fromMs: Math.min(fromMs, end - MINUTE_MS), toMs: end };
  }, [fromMs, toMs]);
}

/** The days up to now; moves on with the page's refreshes. */
export function useLastDays(model: SceneObject, days: number): TimeSpan {
  const range = sceneGraph.getTimeRange(model);
  range.useState();
  const now = toMinute(Date.now());
  return useMemo(() => ({ fromMs: now - days * DAY_MS, toMs: now }), [now, days]);
}
