/** Values over the times of a series; null where there is none. */
export type Values = ReadonlyArray<number | null>;

/** What a forecast chart draws of one metric of one server. All lists are as long as `times`. */
export interface ForecastSeries {
  /** Unique among the series of a panel. */
  readonly key: string;
  readonly server: string;
  readonly metric: string;
  readonly label: string;
  /** Milliseconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly actual: Values;
  readonly yhat: Values;
  readonly lower: Values;
  readonly upper: Values;
  /** What was forecast earlier for the same times. */
  readonly pastYhat: Values;
  readonly pastLower: Values;
  readonly pastUpper: Values;
  /** From here on it is forecast; undefined where nothing is. */
  readonly originMs: number | undefined;
  readonly thresholds: Thresholds | null;
  /** Whose forecast it is: `model`, or a baseline's name. */
  readonly forecaster: string | undefined;
  /** Forecast known at a few horizons only: they are marked and joined. */
  readonly sparse: boolean;
  /** Bounds the axis must keep, from the field's settings. */
  readonly min: number | null;
  readonly max: number | null;
  /** Whether the metric is a percentage: its axis is 0 to 100. */
  readonly percent: boolean;
  readonly format: (value: number) => string;
  /** Names of layers where they mean something of their own, as in a comparison. */
  readonly layerLabels?: Readonly<Partial<Record<LayerName, string>>>;
}

export interface Thresholds {
  readonly warning: number | null;
  readonly critical: number | null;
}

/** What can be seen and hidden in a chart, in the order of the legend. */
export const LAYERS = [
  { name: 'actual', label: 'Measured' },
  { name: 'yhat', label: 'Forecast (P50)' },
  { name: 'band', label: 'P10–P90' },
  { name: 'past', label: 'Earlier forecast' },
  { name: 'thresholds', label: 'Thresholds' },
] as const;

export type LayerName = (typeof LAYERS)[number]['name'];

export function layerLabel(
  layer: LayerName,
  series: Pick<ForecastSeries, 'layerLabels'> | undefined,
): string {
  return series?.layerLabels?.[layer] ?? LAYERS.find(({ name }) => name === layer)?.label ?? layer;
}

export function hasValue(values: Values): boolean {
  return values.some((value) => value !== null);
}

/** Layers that at least one of the series has something for. */
export function layersOf(all: readonly ForecastSeries[]): LayerName[] {
  const has: Record<LayerName, (series: ForecastSeries) => boolean> = {
    actual: ({ actual }) => hasValue(actual),
    yhat: ({ yhat }) => hasValue(yhat),
    band: ({ lower, upper }) => hasValue(lower) && hasValue(upper),
    past: ({ pastYhat }) => hasValue(pastYhat),
    thresholds: ({ thresholds }) => thresholds !== null,
  };
  return LAYERS.map(({ name }) => name).filter((name) => all.some(has[name]));
}

/** The time of the last value forecast; undefined where nothing is. */
export function forecastEnd(series: ForecastSeries): number | undefined {
  for (let i = series.times.length - 1; i >= 0; i -= 1) {
    if (series.yhat[i] !== null) return series.times[i];
  }
  return undefined;
}

const BASELINE_LABEL: Readonly<Record<string, string>> = {
  last_value: 'last value',
  seasonal: 'same time yesterday',
  blended_seasonal: 'same time yesterday, blended with now',
  linear_trend: 'linear trend',
};

/** "model", or which baseline: "baseline: same time yesterday". */
export function forecasterLabel(forecaster: string | undefined): string | undefined {
  if (forecaster === undefined || forecaster === '') return undefined;
  if (forecaster === 'model') return 'model';
  return `baseline: ${BASELINE_LABEL[forecaster] ?? forecaster.replaceAll('_', ' ')}`;
}
