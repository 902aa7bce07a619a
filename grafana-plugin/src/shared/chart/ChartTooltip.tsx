import type { TimeZone } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { FloatingCard } from '../FloatingCard';
import { formatOffset, formatTime } from '../format';
import { chartColors } from './chartConfig';
import { readingsAt, thresholdText } from './describe';
import { Swatch, type SwatchKind } from './Swatch';
import { type ForecastSeries, forecasterLabel, type LayerName } from './series';

export interface ChartTooltipProps {
  readonly series: ForecastSeries;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly timeZone: TimeZone;
  readonly hidden: ReadonlySet<LayerName>;
}

const SWATCH_OF: Readonly<Record<string, { swatch: SwatchKind; layer: LayerName }>> = {
  Measured: { swatch: 'actual', layer: 'actual' },
  'Forecast (P50)': { swatch: 'yhat', layer: 'yhat' },
  'P10–P90': { swatch: 'band', layer: 'band' },
  'Earlier forecast': { swatch: 'past', layer: 'past' },
  'Earlier P10–P90': { swatch: 'pastBand', layer: 'past' },
  'Warning from': { swatch: 'warning', layer: 'thresholds' },
  'Critical from': { swatch: 'critical', layer: 'thresholds' },
};

/** All values of a chart at the cursor's time, and whose forecast it is. */
export const ChartTooltip = ({ series, index, x, y, timeZone, hidden }: ChartTooltipProps) => {
  const colors = chartColors(useTheme2());
  const time = series.times[index];
  if (time === undefined) return null;
  const shown = [...readingsAt(series, index), ...thresholdText(series)].flatMap((reading) => {
    const look = SWATCH_OF[reading.name];
    return look === undefined || hidden.has(look.layer) ? [] : [{ ...reading, swatch: look.swatch }];
  });
  const forecaster = forecasterLabel(series.forecaster);
  const isAhead = series.yhat[index] !== null && forecaster !== undefined;
  return (
    <FloatingCard
      x={x}
      y={y}
      title={series.server === '' ? series.label : `${series.label} · ${series.server}`}
      subtitle={`${formatTime(time, timeZone)}${series.originMs === undefined ? '' : ` · ${formatOffset(time, series.originMs)}`}`}
      rows={shown.map(({ name, value, swatch }) => ({
        mark: <Swatch kind={swatch} colors={colors} />,
        name,
        value,
      }))}
      footer={isAhead ? `Forecast by ${forecaster}` : undefined}
    />
  );
};
