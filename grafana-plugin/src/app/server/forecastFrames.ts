import {
  type DataFrame,
  dateTime,
  FieldType,
  LoadingState,
  type PanelData,
  type TimeRange,
} from '@grafana/data';
import type { ServerRisk } from '../../data/history';
import { type ArgusFrameMeta, FORECAST_FIELD } from '../../shared/frames';
import { LEVELS } from '../../shared/levels';

/** Which forecast metric a frame is of. */
export function metricOf(frame: DataFrame): string | undefined {
  const custom: unknown = frame.meta?.custom;
  if (typeof custom !== 'object' || custom === null || !('metric' in custom)) return undefined;
  return typeof custom.metric === 'string' ? custom.metric : undefined;
}

/** Names of the metrics that an answer has a forecast of. */
export function metricsIn(frames: readonly DataFrame[]): ReadonlySet<string> {
  return new Set(frames.flatMap((frame) => metricOf(frame) ?? []));
}

function thresholdOf(level: string): number {
  return LEVELS.find(({ name }) => name === level)?.from ?? 0;
}

/** A server's past score in the shape of a forecast frame without a forecast, for the forecast panel. */
export function riskData(server: string, risk: ServerRisk, timeRange: TimeRange): PanelData {
  const meta: ArgusFrameMeta = {
    argus: 'forecast',
    server,
    metric: 'risk_score',
    thresholds: { warning: thresholdOf('warning'), critical: thresholdOf('critical') },
  };
  const count = risk.timestamps.length;
  const labels = { server, metric: 'risk_score' };
  const empty = () => new Array<null>(count).fill(null);
  const config = { unit: 'short', min: 0, max: 100 };
  const number = (name: string, displayName: string, values: readonly (number | null)[]) => ({
    name,
    type: FieldType.number,
    labels,
    config: { ...config, displayName },
    values: [...values],
  });
  const frame: DataFrame = {
    name: server,
    refId: 'risk',
    length: count,
    meta: { custom: meta },
    fields: [
      {
        name: FORECAST_FIELD.time,
        type: FieldType.time,
        config: {},
        values: risk.timestamps.map((time) => dateTime(time).valueOf()),
      },
      number(FORECAST_FIELD.actual, 'Risk', risk.risk_score),
      number(FORECAST_FIELD.yhat, 'Forecast', empty()),
      number(FORECAST_FIELD.lower, 'P10', empty()),
      number(FORECAST_FIELD.upper, 'P90', empty()),
    ],
  };
  return { state: LoadingState.Done, series: [frame], timeRange };
}
