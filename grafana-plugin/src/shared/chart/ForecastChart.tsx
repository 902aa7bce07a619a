import { css, cx } from '@emotion/css';
import type { EventBus, GrafanaTheme2, TimeZone } from '@grafana/data';
import { EventBusPlugin, UPlotChart, useStyles2, useTheme2 } from '@grafana/ui';
import { type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { TEST_ID } from '../../panels/testIds';
import { ChartTooltip } from './ChartTooltip';
import { chartConfig, chartData, X } from './chartConfig';
import { describeAt, describeSeries } from './describe';
import type { ForecastSeries, LayerName } from './series';

export interface ForecastChartProps {
  readonly series: ForecastSeries;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly timeZone: TimeZone;
  /** First and last moment of the axis, in ms. */
  readonly from: number;
  readonly to: number;
  readonly hidden?: ReadonlySet<LayerName>;
  /** The value axis as close as the values allow. */
  readonly fit?: boolean;
  readonly syncKey?: string;
  /** Room of the value axis in CSS pixels; the same for charts that stand above each other. */
  readonly axisWidth?: number;
  /** Where the dashboard's panels share their crosshair; absent where they do not. */
  readonly eventBus?: EventBus;
  /** Called with the part of the axis that was dragged over. */
  readonly onZoom?: (range: { from: number; to: number }) => void;
}

/** Smaller than this, a chart is drawn without its axes. */
const MIN_AXES_WIDTH = 180;
const MIN_AXES_HEIGHT = 90;
const PERCENT_AXIS_WIDTH = 46;
const AXIS_WIDTH = 66;
/** Dragging over less is a click. */
const MIN_DRAG_PIXELS = 5;
const NOTHING_HIDDEN: ReadonlySet<LayerName> = new Set();
/** Steps of five minutes an arrow key with Shift, or Page up and down, goes. */
const LONG_STRIDE = 12;

interface Cursor {
  readonly index: number;
  /** Where the cursor is in the window, in CSS pixels. */
  readonly x: number;
  readonly y: number;
}

/**
 * Measured values, forecast and band of one metric on one axis. Reachable by keyboard: arrow keys go from value to value
 * and a screen reader hears each.
 */
export const ForecastChart = (props: ForecastChartProps) => {
  const {
    series,
    width,
    height,
    timeZone,
    from,
    to,
    hidden = NOTHING_HIDDEN,
    fit = false,
    eventBus,
    onZoom,
  } = props;
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const ownKey = useId();
  const syncKey = props.syncKey ?? ownKey;
  const plot = useRef<uPlot | null>(null);
  const active = useRef(false);
  const range = useRef<readonly [number, number]>([from, to]);
  range.current = [from, to];
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const axisWidth = props.axisWidth ?? axisWidthOf([series]);
  const showAxes = width >= MIN_AXES_WIDTH && height >= MIN_AXES_HEIGHT;

  const data = useMemo(() => chartData(series), [series]);
  const config = useMemo(() => {
    const getRange = () => range.current;
    const builder = chartConfig({
      series,
      theme,
      timeZone,
      hidden,
      fit,
      syncKey,
      showAxes,
      axisWidth,
      getRange,
    });
    builder.addHook('setCursor', (u) => {
      if (active.current) setCursor(cursorOf(u));
    });
    builder.addHook('setSelect', (u) => zoomTo(u, zoom.current));
    return builder;
  }, [series, theme, timeZone, hidden, fit, syncKey, showAxes, axisWidth]);

  useEffect(() => {
    plot.current?.setScale(X, { min: from, max: to });
  }, [from, to]);

  const leave = useCallback(() => {
    active.current = false;
    setCursor(null);
  }, []);
  const enter = useCallback(() => {
    active.current = true;
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const u = plot.current;
    if (u === null) return;
    if (event.key === 'Escape') return setCursor(null);
    const next = nextIndex(event, cursor?.index, series);
    if (next === undefined) return;
    event.preventDefault();
    active.current = true;
    moveCursor(u, next, series);
  };

  const announced = cursor === null ? '' : describeAt(series, cursor.index, timeZone);
  return (
    <div
      className={cx(styles.chart, onZoom !== undefined && styles.zoomable)}
      role="application"
      aria-roledescription="chart"
      aria-label={describeSeries(series, timeZone)}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move through the values
      tabIndex={0}
      data-testid={TEST_ID.chart}
      onKeyDown={onKeyDown}
      onMouseEnter={enter}
      onMouseLeave={leave}
      onBlur={leave}
    >
      <UPlotChart
        data={data}
        config={config}
        width={width}
        height={height}
        plotRef={(u) => {
          plot.current = u;
        }}
      >
        {eventBus !== undefined && <EventBusPlugin config={config} eventBus={eventBus} />}
      </UPlotChart>
      <div className="sr-only" aria-live="polite">
        {announced}
      </div>
      {cursor !== null && (
        <ChartTooltip
          series={series}
          index={cursor.index}
          x={cursor.x}
          y={cursor.y}
          timeZone={timeZone}
          hidden={hidden}
        />
      )}
    </div>
  );
};

/** Room that the values of all the series need beside their axes. */
export function axisWidthOf(all: readonly ForecastSeries[]): number {
  return all.every(({ percent }) => percent) ? PERCENT_AXIS_WIDTH : AXIS_WIDTH;
}

function cursorOf(u: uPlot): Cursor | null {
  const { idx, left = -1, top = -1 } = u.cursor;
  if (idx === null || idx === undefined || left < 0) return null;
  const box = u.over.getBoundingClientRect();
  return { index: idx, x: box.left + left, y: box.top + Math.max(0, top) };
}

function zoomTo(u: uPlot, onZoom: ForecastChartProps['onZoom']): void {
  const { left, width } = u.select;
  if (width <= 0) return;
  if (width >= MIN_DRAG_PIXELS)
    onZoom?.({ from: Math.round(u.posToVal(left, X)), to: Math.round(u.posToVal(left + width, X)) });
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

/** Where a key takes the cursor: steps, strides, the ends; it begins at the present. */
function nextIndex(
  { key, shiftKey }: KeyboardEvent,
  index: number | undefined,
  { times, originMs }: ForecastSeries,
): number | undefined {
  const last = times.length - 1;
  if (last < 0) return undefined;
  const stride = shiftKey ? LONG_STRIDE : 1;
  const present = times.findIndex((time) => time >= (originMs ?? Number.POSITIVE_INFINITY));
  const here = index ?? (present === -1 ? last : present);
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: here - stride,
    ArrowRight: here + stride,
    PageUp: here - LONG_STRIDE,
    PageDown: here + LONG_STRIDE,
    Home: 0,
    End: last,
  };
  const target = targets[key];
  if (target === undefined) return undefined;
  return Math.min(last, Math.max(0, index === undefined && key.startsWith('Arrow') ? here : target));
}

function moveCursor(u: uPlot, index: number, { times, yhat, actual }: ForecastSeries): void {
  const value = yhat[index] ?? actual[index] ?? 0;
  const left = u.valToPos(times[index] ?? 0, X);
  const top = u.valToPos(value, 'y');
  u.setCursor({ left, top: Number.isFinite(top) ? Math.max(0, top) : 0 });
}

const getStyles = (theme: GrafanaTheme2) => ({
  chart: css({
    position: 'relative',
    borderRadius: theme.shape.radius.default,
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}`, outlineOffset: 1 },
    '.u-over': { cursor: 'crosshair' },
  }),
  zoomable: css({ '.u-select': { background: theme.colors.action.selected } }),
});
