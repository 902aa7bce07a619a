/** What a point of a counter says about the time since the point before it. */
import { KIND, type PointBatch } from './pointBatch.ts';
import type { SeriesStore } from './seriesStore.ts';

/** Clients that compute the start from an uptime get another one by a second or so every time. */
const START_JITTER_MS = 2_000;
const MS_PER_SECOND = 1000;

/** The point says nothing new: its time is not after the newest point of its series. */
export const NOT_NEWER = Number.NEGATIVE_INFINITY;

/**
 * Rate per second up to a point, and the series brought up to date.
 *
 * Cumulative sums (OTLP data model, "Resets and gaps"): a first point contributes nothing, whatever its start says,
 * since SDKs report totals since boot under a start of their own. A value below the one before is a reset: where the
 * new start is known to lie after the point before, the value is what was counted since. A later start without a lower
 * value is a restarted agent, and a start equal to the time is an unknown one.
 * @returns NaN where there is no rate yet, NOT_NEWER where the point is late
 */
export function rateOf(
  store: SeriesStore,
  series: number,
  points: PointBatch,
  row: number,
  maxGapMs: number,
): number {
  return points.kind[row] === KIND.delta
    ? deltaRate(store, series, points, row, maxGapMs)
    : cumulativeRate(store, series, points, row, maxGapMs);
}

function cumulativeRate(
  store: SeriesStore,
  series: number,
  points: PointBatch,
  row: number,
  maxGapMs: number,
): number {
  const timeMs = points.timeMs[row];
  const value = points.value[row];
  const startMs = points.startMs[row] < timeMs ? points.startMs[row] : 0;
  if (store.isNew) {
    store.update(series, startMs, timeMs, value);
    return Number.NaN;
  }
  const beforeMs = store.timeMs(series);
  if (timeMs <= beforeMs) return NOT_NEWER;
  const before = store.value(series);
  const beforeStartMs = store.startMs(series);
  store.update(series, startMs, timeMs, value);
  if (value < before) {
    const isSince = startMs >= beforeMs && startMs < timeMs;
    return isSince ? perSecond(value, startMs, timeMs, maxGapMs) : Number.NaN;
  }
  const isRestarted = startMs > 0 && beforeStartMs > 0 && startMs > beforeStartMs + START_JITTER_MS;
  return isRestarted ? Number.NaN : perSecond(value - before, beforeMs, timeMs, maxGapMs);
}

function deltaRate(
  store: SeriesStore,
  series: number,
  points: PointBatch,
  row: number,
  maxGapMs: number,
): number {
  const startMs = points.startMs[row];
  const timeMs = points.timeMs[row];
  const value = points.value[row];
  const beforeMs = store.isNew ? 0 : store.timeMs(series);
  if (timeMs === beforeMs) return NOT_NEWER;
  if (timeMs > beforeMs) store.update(series, startMs, timeMs, value);
  const hasStart = startMs > 0 && startMs < timeMs;
  const fromMs = hasStart ? startMs : beforeMs;
  return fromMs > 0 && fromMs < timeMs ? perSecond(value, fromMs, timeMs, maxGapMs) : Number.NaN;
}

function perSecond(increase: number, fromMs: number, toMs: number, maxGapMs: number): number {
  return toMs - fromMs > maxGapMs ? Number.NaN : (increase * MS_PER_SECOND) / (toMs - fromMs);
}
