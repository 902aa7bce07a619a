/** What lies before a forecast's origin: measured values, and what had been forecast for them. */
import type { PastForecasts } from '../../data/pastForecasts';
import type { ServerForecast } from '../../data/server';

export type Series = readonly (number | null)[];

export interface EarlierBand {
  readonly lower: Series;
  readonly median: Series;
  readonly upper: Series;
}

export interface PastSeries {
  readonly times: readonly number[];
  readonly actual: Series;
  readonly earlier: EarlierBand | undefined;
}

/** The 24 hours that came with a forecast; where the metric has none, all of them are null. */
function ofHistory({ history }: ServerForecast, metric: string): PastSeries | undefined {
  if (history === undefined) return undefined;
  const values = Object.hasOwn(history.targets, metric) ? history.targets[metric] : [];
  return {
    times: history.timestamps.map((time) => Date.parse(time)),
    actual: history.timestamps.map((_, i) => values?.[i] ?? null),
    earlier: undefined,
  };
}

function nulls(count: number): null[] {
  return Array.from({ length: count }, () => null);
}

function earlierOf(band: PastForecasts['series'][number]['forecasts'][number], count: number, more: number) {
  const extended = (values: Series) => [...values.slice(0, count), ...nulls(more)];
  return { lower: extended(band.p10), median: extended(band.p50), upper: extended(band.p90) };
}

/**
 * The past of one metric up to the forecast's origin: from the kept history where there is some; steps from before it
 * was kept, and the newest, which may not be kept yet, from what came with the forecast.
 */
export function pastSeries(
  forecast: ServerForecast,
  metric: string,
  kept: PastForecasts | undefined,
): PastSeries | undefined {
  const recent = ofHistory(forecast, metric);
  const series = kept?.series.find((one) => one.metric === metric);
  if (kept === undefined || series === undefined) return recent;
  const originMs = Date.parse(forecast.origin);
  const times = kept.timestamps.map((time) => Date.parse(time)).filter((time) => time < originMs);
  const newest = times.at(-1) ?? Number.NEGATIVE_INFINITY;
  const first = recent?.times.findIndex((time) => time > newest) ?? -1;
  const missing = first < 0 ? { times: [], actual: [] } : tail(recent, first);
  const recentAt = new Map(recent?.times.map((time, i) => [time, recent.actual[i] ?? null]));
  const [band] = series.forecasts;
  return {
    times: [...times, ...missing.times],
    actual: [...times.map((time, i) => series.actual[i] ?? recentAt.get(time) ?? null), ...missing.actual],
    earlier: band === undefined ? undefined : earlierOf(band, times.length, missing.times.length),
  };
}

function tail(past: PastSeries | undefined, first: number) {
  return { times: past?.times.slice(first) ?? [], actual: past?.actual.slice(first) ?? [] };
}
