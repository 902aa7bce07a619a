import type { TimeZone } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { FloatingCard } from '../FloatingCard';
import { formatOffset, formatTime } from '../format';
import { chartColors } from './chartConfig';
import { readingsAt, thresholdReadings } from './describe';
import { Swatch } from './Swatch';
import { type ForecastSeries, forecasterLabel, type LayerName } from './series';

export interface ChartTooltipProps {
  readonly series: ForecastSeries;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly timeZone: TimeZone;
  readonly hidden: ReadonlySet<LayerName>;
}

/** All values of a chart at the cursor's time, and whose forecast it is. */
export const ChartTooltip = ({ series, index, x, y, timeZone, hidden }: ChartTooltipProps) => {
  const colors = chartColors(useTheme2());
  const time = series.times[index];
  if (time === undefined) return null;
  const shown = [...readingsAt(series, index), ...thresholdReadings(series)].filter(
    ({ layer }) => !hidden.has(layer),
  );
  const forecaster = forecasterLabel(series.forecaster);
  const isAhead = series.yhat[index] !== null && forecaster !== undefined;
  return (
    <FloatingCard
      x={x}
      y={y}
      title={series.server === '' ? series.label : `${series.label} · ${series.server}`}
      subtitle={`${formatTime(time, timeZone)}${series.originMs === undefined ? '' : ` · ${formatOffset(time, series.originMs)}`}`}
      rows={shown.map(({ name, value, kind }) => ({
        mark: <Swatch kind={kind} colors={colors} />,
        name,
        value,
      }))}
      footer={isAhead ? `Forecast by ${forecaster}` : undefined}
    />
  );
};
