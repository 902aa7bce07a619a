import { css } from '@emotion/css';
import { DashboardCursorSync, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { usePanelContext, useStyles2, useTheme2 } from '@grafana/ui';
import { useCallback, useId, useMemo, useState } from 'react';
import { ChartLegend, toggled } from '../../shared/chart/ChartLegend';
import { axisWidthOf, ForecastChart } from '../../shared/chart/ForecastChart';
import { gridLayout } from '../../shared/chart/gridLayout';
import {
  type ForecastSeries,
  forecasterLabel,
  hasValue,
  type LayerName,
  layersOf,
} from '../../shared/chart/series';
import { PanelMessage } from '../../shared/PanelMessage';
import { QueryStandIn } from '../../shared/QueryStandIn';
import { ServerLink } from '../../shared/ServerLink';
import { TEST_ID } from '../testIds';
import { FORECAST_DEFAULTS, type ForecastOptions } from './options';
import { axisRange, readSeries } from './read';

const GAP = 8;
const TITLE_HEIGHT = 22;
const LEGEND_HEIGHT = 28;
const NOTE_HEIGHT = 22;
/** Smaller panels show the chart alone. */
const MIN_LEGEND_WIDTH = 220;
const MIN_LEGEND_HEIGHT = 150;

/** Measured values and forecasts, a chart for each metric of each server. */
export const ForecastPanel = (props: PanelProps<ForecastOptions>) => {
  const { data, width, height, timeRange, timeZone, onChangeTimeRange } = props;
  const options = useMemo(() => ({ ...FORECAST_DEFAULTS, ...props.options }), [props.options]);
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const ownKey = useId();
  const { sync, eventsScope } = usePanelContext();
  const isShared = (sync?.() ?? DashboardCursorSync.Off) !== DashboardCursorSync.Off;
  // Grafana's own charts move their cursors together under this key.
  const syncKey = isShared ? eventsScope : ownKey;
  const [hidden, setHidden] = useState<ReadonlySet<LayerName>>(new Set());
  const all = useMemo(() => readSeries(data, options, { theme, timeZone }), [data, options, theme, timeZone]);
  const shown = useMemo(() => all.slice(0, Math.max(1, options.maxCharts)), [all, options.maxCharts]);
  const range = axisRange(timeRange, shown, options.extend);
  const zoom = useCallback((to: { from: number; to: number }) => onChangeTimeRange(to), [onChangeTimeRange]);

  if (all.length === 0) return <Nothing data={data} />;
  const withLegend = options.legend && width >= MIN_LEGEND_WIDTH && height >= MIN_LEGEND_HEIGHT;
  const left = all.length - shown.length;
  const room = height - (withLegend ? LEGEND_HEIGHT : 0) - (left > 0 ? NOTE_HEIGHT : 0);
  const grid = gridLayout(shown.length, width, room, GAP);
  const withTitles = options.titles && grid.cellHeight >= TITLE_HEIGHT * 3;
  return (
    <div className={styles.panel} style={{ width, height }} data-testid={TEST_ID.forecastPanel}>
      <div
        className={styles.grid}
        style={{
          height: room,
          gridTemplateColumns: `repeat(${grid.columns}, ${grid.cellWidth}px)`,
          overflowY: grid.scrolls ? 'auto' : 'hidden',
        }}
      >
        {shown.map((series) => (
          <figure key={series.key} className={styles.figure}>
            {withTitles && <ChartTitle series={series} />}
            <ForecastChart
              series={series}
              width={grid.cellWidth}
              height={grid.cellHeight - (withTitles ? TITLE_HEIGHT : 0)}
              timeZone={timeZone}
              from={range.from}
              to={range.to}
              hidden={hidden}
              fit={options.fit}
              syncKey={syncKey}
              axisWidth={axisWidthOf(shown)}
              eventBus={isShared ? props.eventBus : undefined}
              onZoom={zoom}
            />
          </figure>
        ))}
      </div>
      {left > 0 && (
        <div className={styles.note}>
          {left} more {left === 1 ? 'chart is' : 'charts are'} not shown. Choose fewer servers or metrics in
          the query, or raise “Charts at most”.
        </div>
      )}
      {withLegend && (
        <ChartLegend
          layers={layersOf(shown)}
          hidden={hidden}
          onToggle={(layer) => setHidden((before) => toggled(before, layer))}
        />
      )}
    </div>
  );
};

const ChartTitle = ({ series }: { series: ForecastSeries }) => {
  const styles = useStyles2(getStyles);
  const forecaster = forecasterLabel(series.forecaster);
  return (
    <figcaption className={styles.title}>
      <span className={styles.metric}>{series.label}</span>
      {series.server !== '' && <ServerLink server={series.server} className={styles.server} />}
      <span className={styles.aside}>
        {hasValue(series.yhat) ? forecaster !== 'model' && forecaster : 'no forecast'}
      </span>
    </figcaption>
  );
};

const Nothing = ({ data }: Pick<PanelProps, 'data'>) => (
  <QueryStandIn data={data} what="The forecast" pending={<PanelMessage title="Loading the forecast…" />}>
    <NothingToDraw data={data} />
  </QueryStandIn>
);

const NothingToDraw = ({ data }: Pick<PanelProps, 'data'>) => {
  if (data.series.some(({ length }) => length > 0))
    return (
      <PanelMessage title="No forecast in this data" icon="chart-line">
        This panel draws forecast queries of the Argus data source, and series of argus_forecast from
        Prometheus.
      </PanelMessage>
    );
  return (
    <PanelMessage title="No forecast yet" icon="chart-line">
      A server is forecast once it has been measured for three hours. Check that the query names servers and
      metrics that exist.
    </PanelMessage>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ display: 'flex', flexDirection: 'column' }),
  grid: css({ display: 'grid', gap: GAP, alignContent: 'start', overflowX: 'hidden' }),
  figure: css({ margin: 0, minWidth: 0 }),
  title: css({
    ...theme.typography.bodySmall,
    height: TITLE_HEIGHT,
    display: 'flex',
    alignItems: 'baseline',
    gap: theme.spacing(1),
    whiteSpace: 'nowrap',
    overflow: 'hidden',
  }),
  metric: css({ fontWeight: theme.typography.fontWeightMedium }),
  server: css({
    color: theme.colors.text.link,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    '&:hover': { textDecoration: 'underline' },
  }),
  aside: css({
    marginLeft: 'auto',
    color: theme.colors.text.secondary,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  }),
  note: css({
    ...theme.typography.bodySmall,
    height: NOTE_HEIGHT,
    color: theme.colors.text.secondary,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  }),
});
