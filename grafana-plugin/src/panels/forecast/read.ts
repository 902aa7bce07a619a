import { type PanelData, rangeUtil, type TimeRange } from '@grafana/data';
import { type ReadContext, seriesFromArgus } from '../../shared/chart/fromFrames';
import { seriesFromPrometheus } from '../../shared/chart/fromPrometheus';
import { type ForecastSeries, forecastEnd, type Thresholds } from '../../shared/chart/series';
import type { ForecastOptions } from './options';

/** Everything in the data that can be drawn: forecasts of our data source first, then Prometheus's. */
export function readSeries(
  data: Pick<PanelData, 'series'>,
  options: ForecastOptions,
  context: ReadContext,
): ForecastSeries[] {
  const own = thresholdsFrom(options);
  const argus = seriesFromArgus(data.series, context).map((series) => ({
    ...series,
    thresholds: series.thresholds ?? own,
  }));
  const prometheus = seriesFromPrometheus(data.series, {
    ...context,
    thresholds: own,
    pastLead: options.pastLead,
  });
  return [...argus, ...prometheus];
}

function thresholdsFrom({ warning, critical }: ForecastOptions): Thresholds | null {
  if (typeof warning !== 'number' && typeof critical !== 'number') return null;
  return { warning: warning ?? null, critical: critical ?? null };
}

/** A dashboard's end this near to the forecast's origin means "now", also where the range was given as two dates. */
const NEAR_ORIGIN_MS = 10 * 60_000;

/**
 * First and last moment of the axis. A range that ends now goes on to the end of the longest forecast; one that was
 * chosen by hand, as by zooming into a chart, stays as it is.
 */
export function axisRange(
  range: TimeRange,
  all: readonly ForecastSeries[],
  extend: boolean,
): { from: number; to: number } {
  const from = range.from.valueOf();
  const to = range.to.valueOf();
  const end = all.reduce((latest, series) => Math.max(latest, forecastEnd(series) ?? 0), 0);
  const endsNow =
    rangeUtil.isRelativeTime(range.raw.to) ||
    all.some(({ originMs }) => originMs !== undefined && Math.abs(to - originMs) <= NEAR_ORIGIN_MS);
  return { from, to: extend && endsNow ? Math.max(to, end) : to };
}
