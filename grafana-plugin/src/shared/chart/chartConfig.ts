import type { GrafanaTheme2, TimeZone } from '@grafana/data';
import {
  AxisPlacement,
  GraphDrawStyle,
  ScaleDirection,
  ScaleOrientation,
  VisibilityMode,
} from '@grafana/schema';
import { UPlotConfigBuilder } from '@grafana/ui';
import type uPlot from 'uplot';
import { faded, markColor } from '../colors';
import type { ForecastSeries, LayerName, Thresholds } from './series';

export interface ChartColors {
  readonly actual: string;
  readonly yhat: string;
  readonly band: string;
  readonly past: string;
  readonly pastBand: string;
  readonly warning: string;
  readonly critical: string;
  readonly now: string;
  readonly future: string;
}

export function chartColors(theme: GrafanaTheme2): ChartColors {
  const forecast = markColor(theme, 'blue');
  const past = markColor(theme, 'purple');
  return {
    actual: theme.colors.text.primary,
    yhat: forecast,
    band: faded(forecast, 0.28),
    past,
    pastBand: faded(past, 0.16),
    warning: markColor(theme, 'orange'),
    critical: markColor(theme, 'red'),
    now: theme.colors.text.secondary,
    future: faded(forecast, 0.05),
  };
}

/** Dashes by layer, so that lines differ without their colours too. */
export const DASH = { past: [2, 4], warning: [4, 4], critical: [10, 4] } as const;

export interface ChartSettings {
  readonly series: ForecastSeries;
  readonly theme: GrafanaTheme2;
  readonly timeZone: TimeZone;
  readonly hidden: ReadonlySet<LayerName>;
  readonly fit: boolean;
  /** Cursors of charts with the same key move together. */
  readonly syncKey: string;
  readonly showAxes: boolean;
  /** Room of the value axis, so that charts above each other begin at the same place. */
  readonly axisWidth: number;
  readonly getRange: () => readonly [number, number];
}

export const X = 'x';
const Y = 'y';

/** Order of the data handed to the chart; bands name their edges by this position. */
const COLUMN = { pastLower: 1, pastUpper: 2, lower: 3, upper: 4, past: 5, yhat: 6, actual: 7 } as const;

const CURSOR_POINT_PIXELS = 7;

export function chartData(series: ForecastSeries): uPlot.AlignedData {
  const { times, pastLower, pastUpper, lower, upper, pastYhat, yhat, actual } = series;
  return [times, pastLower, pastUpper, lower, upper, pastYhat, yhat, actual].map((values) => [
    ...values,
  ]) as uPlot.AlignedData;
}

/** What uPlot draws: lines, bands, thresholds, and where the past ends. */
export function chartConfig(settings: ChartSettings): UPlotConfigBuilder {
  const builder = new UPlotConfigBuilder(settings.timeZone);
  addScales(builder, settings);
  addAxes(builder, settings);
  addLines(builder, settings);
  builder.addHook('drawAxes', (u) => drawBehind(u, settings));
  builder.addHook('draw', (u) => drawLabels(u, settings));
  builder.setCursor({
    drag: { x: true, y: false, setScale: false },
    sync: { key: settings.syncKey, scales: [X, null] },
    focus: { prox: -1 },
    points: { size: (_u, column) => (column >= COLUMN.past ? CURSOR_POINT_PIXELS : 0) },
  });
  builder.setPadding([settings.showAxes ? 14 : 4, 8, 0, settings.showAxes ? 0 : 4]);
  return builder;
}

function addScales(builder: UPlotConfigBuilder, { getRange, series, hidden, fit }: ChartSettings): void {
  builder.addScale({
    scaleKey: X,
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [...getRange()] as [number, number],
  });
  const thresholds = hidden.has('thresholds') ? null : series.thresholds;
  builder.addScale({
    scaleKey: Y,
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Up,
    range: (_u, low, high) => valueRange({ ...series, thresholds }, low, high, fit),
  });
}

/**
 * Bounds of the value axis. Percentages are shown whole and other metrics from zero, so that charts side by side can be
 * compared; a threshold is taken in where the values come near it. `fit`: as close as the values allow.
 */
export function valueRange(
  series: Pick<ForecastSeries, 'percent' | 'min' | 'max' | 'thresholds'>,
  low: number | null,
  high: number | null,
  fit: boolean,
): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high))
    return [series.min ?? 0, series.max ?? (series.percent ? 100 : 1)];
  if (fit) return fitted(low, high);
  if (series.percent) return [Math.min(series.min ?? 0, low), Math.max(series.max ?? 100, high)];
  const near = nearThresholds(series.thresholds, high);
  const top = Math.max(high, ...near) * 1.08;
  const bottom = low < 0 ? low * 1.08 : 0;
  return [series.min ?? bottom, series.max ?? (top > bottom ? top : bottom + 1)];
}

function fitted(low: number, high: number): [number, number] {
  const room = Math.max((high - low) * 0.1, Math.abs(high) * 0.005, 1e-6);
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** Thresholds that values have come at least half the way to. */
function nearThresholds(thresholds: Thresholds | null, high: number): number[] {
  return [thresholds?.warning, thresholds?.critical].filter(
    (value): value is number => typeof value === 'number' && value <= high * 2,
  );
}

function addAxes(
  builder: UPlotConfigBuilder,
  { theme, timeZone, showAxes, axisWidth, series }: ChartSettings,
): void {
  const color = theme.colors.text.secondary;
  builder.addAxis({
    scaleKey: X,
    isTime: true,
    placement: AxisPlacement.Bottom,
    theme,
    timeZone,
    color,
    show: showAxes,
  });
  builder.addAxis({
    scaleKey: Y,
    placement: AxisPlacement.Left,
    theme,
    color,
    show: showAxes,
    size: axisWidth,
    values: (_u, splits) => splits.map((value) => (value === null ? '' : series.format(value))),
  });
}

function addLines(builder: UPlotConfigBuilder, { series, theme, hidden }: ChartSettings): void {
  const colors = chartColors(theme);
  const line = (layer: LayerName, color: string, width: number, dash?: readonly number[]) =>
    builder.addSeries({
      scaleKey: Y,
      theme,
      drawStyle: GraphDrawStyle.Line,
      lineColor: color,
      lineWidth: width,
      lineStyle: dash === undefined ? undefined : { fill: 'dash', dash: [...dash] },
      showPoints: series.sparse && layer === 'yhat' ? VisibilityMode.Always : VisibilityMode.Never,
      pointSize: 6,
      spanNulls: series.sparse,
      show: !hidden.has(layer),
      pxAlign: false,
    });
  line('past', colors.pastBand, 0);
  line('past', colors.pastBand, 0);
  line('band', colors.band, 0);
  line('band', colors.band, 0);
  line('past', colors.past, 2, DASH.past);
  line('yhat', colors.yhat, 2);
  line('actual', colors.actual, 1.5);
  builder.addBand({ series: [COLUMN.pastUpper, COLUMN.pastLower], fill: colors.pastBand });
  builder.addBand({ series: [COLUMN.upper, COLUMN.lower], fill: colors.band });
}

/** Behind the lines: the future's tint, the thresholds, the present. */
function drawBehind(u: uPlot, settings: ChartSettings): void {
  const { series, theme, hidden } = settings;
  const colors = chartColors(theme);
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  u.ctx.clip();
  if (series.originMs !== undefined) {
    const x = u.valToPos(series.originMs, X, true);
    const right = u.bbox.left + u.bbox.width;
    u.ctx.fillStyle = colors.future;
    u.ctx.fillRect(x, u.bbox.top, Math.max(0, right - x), u.bbox.height);
    stroke(u, colors.now, [], [x, u.bbox.top, x, u.bbox.top + u.bbox.height]);
  }
  if (!hidden.has('thresholds')) {
    across(u, series.thresholds?.warning, colors.warning, DASH.warning);
    across(u, series.thresholds?.critical, colors.critical, DASH.critical);
  }
  u.ctx.restore();
}

function across(u: uPlot, value: number | null | undefined, color: string, dash: readonly number[]): void {
  if (value === null || value === undefined) return;
  const y = u.valToPos(value, Y, true);
  stroke(u, color, dash, [u.bbox.left, y, u.bbox.left + u.bbox.width, y]);
}

type Segment = readonly [fromX: number, fromY: number, toX: number, toY: number];

function stroke(u: uPlot, color: string, dash: readonly number[], [fromX, fromY, toX, toY]: Segment): void {
  const ratio = globalThis.devicePixelRatio;
  u.ctx.strokeStyle = color;
  u.ctx.lineWidth = ratio;
  u.ctx.setLineDash(dash.map((length) => length * ratio));
  u.ctx.beginPath();
  u.ctx.moveTo(fromX, fromY);
  u.ctx.lineTo(toX, toY);
  u.ctx.stroke();
}

const LABEL_PIXELS = 10;
/** Below this a chart has no room for words. */
const MIN_LABELLED_HEIGHT = 80;

/** Words at the lines: none of them is told by its colour alone. */
function drawLabels(u: uPlot, { series, theme, hidden }: ChartSettings): void {
  const ratio = globalThis.devicePixelRatio;
  if (u.bbox.height < MIN_LABELLED_HEIGHT * ratio) return;
  const colors = chartColors(theme);
  u.ctx.save();
  u.ctx.font = `${LABEL_PIXELS * ratio}px ${theme.typography.fontFamily}`;
  u.ctx.textBaseline = 'bottom';
  if (series.originMs !== undefined) labelNow(u, series.originMs, colors.now, ratio);
  if (!hidden.has('thresholds')) {
    labelThreshold(u, series.thresholds, 'warning', theme, ratio);
    labelThreshold(u, series.thresholds, 'critical', theme, ratio);
  }
  u.ctx.restore();
}

/** Above the plot, where no line crosses it. */
function labelNow(u: uPlot, originMs: number, color: string, ratio: number): void {
  const x = u.valToPos(originMs, X, true);
  if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
  u.ctx.fillStyle = color;
  u.ctx.textAlign = 'center';
  u.ctx.fillText('now', x, u.bbox.top - ratio);
}

/** Critical above its line and warning below, so that they keep apart where the lines are close. */
function labelThreshold(
  u: uPlot,
  thresholds: Thresholds | null,
  word: 'warning' | 'critical',
  theme: GrafanaTheme2,
  ratio: number,
): void {
  const value = thresholds?.[word];
  if (value === null || value === undefined) return;
  const y = u.valToPos(value, Y, true);
  if (y < u.bbox.top || y > u.bbox.top + u.bbox.height) return;
  u.ctx.fillStyle = chartColors(theme)[word];
  u.ctx.textAlign = 'left';
  u.ctx.textBaseline = word === 'critical' ? 'bottom' : 'top';
  u.ctx.fillText(word, u.bbox.left + 3 * ratio, y + (word === 'critical' ? 0 : 2 * ratio));
}
