import type { Counterfactual, Explanation } from '../../../data/explanation';
import type { WhatIfAnswer, WhatIfChange } from '../../../data/whatIf';
import type { ForecastSeries, Values } from '../../../shared/chart/series';
import { formatValue, isKnown } from '../../../shared/format';
import { targetLabel, targetUnit } from '../../../shared/metrics';

/** What the sliders stand at. A metric without a cap is as it is. */
export interface WhatIfInputs {
  /** Percent more, or less, work than measured. */
  readonly load: number;
  readonly caps: Readonly<Record<string, number>>;
}

export const AS_IT_IS: WhatIfInputs = { load: 0, caps: {} };
export const LOAD_RANGE = { min: -50, max: 100, step: 5 } as const;

/** The backend takes this many changes at once. */
const MAX_CHANGES = 10;

export function changesOf({ load, caps }: WhatIfInputs): WhatIfChange[] {
  const ofLoad: WhatIfChange[] = load === 0 ? [] : [{ kind: 'load', percent: load }];
  const ofCaps = Object.entries(caps).map(([metric, at]): WhatIfChange => ({ kind: 'cap', metric, at }));
  return [...ofLoad, ...ofCaps].slice(0, MAX_CHANGES);
}

/** A slider of a metric's cap; at its end there is none. */
export interface CapSlider {
  readonly metric: string;
  readonly label: string;
  readonly now: string | undefined;
  readonly max: number;
  readonly step: number;
  readonly format: (value: number) => string;
}

const PERCENT = 100;
const MOST_SLIDERS = 3;
const STEPS = 50;

/** Sliders for the metrics that weigh most in the risk, and for those of a scenario taken over. */
export function capSliders({ risk }: Explanation, { caps }: WhatIfInputs): CapSlider[] {
  const targets = risk?.targets ?? [];
  const worst = targets.slice(0, MOST_SLIDERS).map(({ metric }) => metric);
  const metrics = [...new Set([...worst, ...Object.keys(caps)])];
  return metrics.map((metric) => {
    const unit = targetUnit(metric);
    const target = targets.find((one) => one.metric === metric);
    const now = target?.now ?? undefined;
    const max =
      unit === 'percent'
        ? PERCENT
        : roundUp(Math.max(1, (now ?? 0) * 2, target?.critical ?? 0, caps[metric] ?? 0));
    return {
      metric,
      label: target?.label ?? targetLabel(metric),
      now: isKnown(now) ? formatValue(now, unit) : undefined,
      max,
      step: unit === 'percent' ? 1 : max / STEPS,
      format: (value) => formatValue(value, unit),
    };
  });
}

/** To two digits. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) - 1);
  return Math.ceil(value / power) * power;
}

/** A cap at a slider's end is no cap. */
export function withCap(inputs: WhatIfInputs, { metric, max }: CapSlider, at: number): WhatIfInputs {
  const { [metric]: _before, ...others } = inputs.caps;
  return { ...inputs, caps: at >= max ? others : { ...others, [metric]: at } };
}

/** The inputs that make a scenario. */
export function inputsOf({ changes }: Counterfactual): WhatIfInputs {
  const caps = changes.flatMap(({ metric, to }) => (to === null ? [] : [[metric, to] as const]));
  return { load: 0, caps: Object.fromEntries(caps) };
}

type Server = WhatIfAnswer['servers'][number];

/** Metrics of an answer, those that change most first. */
export function changedMetrics({ before, after }: Server): string[] {
  const change = (metric: string) => {
    const was = before.forecast[metric]?.p50 ?? [];
    const is = after.forecast[metric]?.p50 ?? [];
    const scale =
      targetUnit(metric) === 'percent'
        ? PERCENT
        : Math.max(1e-9, ...was.map((value) => Math.abs(value ?? 0)));
    return is.reduce<number>((sum, value, i) => sum + Math.abs((value ?? 0) - (was[i] ?? 0)), 0) / scale;
  };
  return Object.keys(after.forecast)
    .map((metric) => ({ metric, size: change(metric) }))
    .sort((a, b) => b.size - a.size)
    .map(({ metric }) => metric);
}

/** One metric before and after, as a chart. */
export function comparisonSeries(
  { origin, timestamps }: WhatIfAnswer,
  { server_name, before, after }: Server,
  metric: string,
  thresholds: ForecastSeries['thresholds'],
): ForecastSeries {
  const unit = targetUnit(metric);
  const none: Values = timestamps.map(() => null);
  const values = (list: readonly (number | null)[] | undefined): Values =>
    timestamps.map((_, i) => list?.[i] ?? null);
  return {
    key: metric,
    server: server_name,
    metric,
    label: after.forecast[metric]?.label ?? targetLabel(metric),
    times: timestamps.map((time) => Date.parse(time)),
    actual: none,
    yhat: values(after.forecast[metric]?.p50),
    lower: values(after.forecast[metric]?.p10),
    upper: values(after.forecast[metric]?.p90),
    pastYhat: values(before.forecast[metric]?.p50),
    pastLower: none,
    pastUpper: none,
    originMs: Date.parse(origin),
    thresholds,
    forecaster: undefined,
    sparse: false,
    min: null,
    max: null,
    percent: unit === 'percent',
    format: (value) => formatValue(value, unit),
    layerLabels: { yhat: 'With the change (P50)', band: 'With the change, P10–P90', past: 'As it is (P50)' },
  };
}
