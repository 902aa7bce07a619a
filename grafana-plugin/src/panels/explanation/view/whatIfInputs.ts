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
  /** Metrics whose cap holds for what was measured alone, as in a scenario; the others' holds for the hours ahead as well. */
  readonly held: readonly string[];
}

export const AS_IT_IS: WhatIfInputs = { load: 0, caps: {}, held: [] };
export const LOAD_RANGE = { min: -50, max: 100, step: 5 } as const;

/** The backend takes this many changes at once. */
const MAX_CHANGES = 10;

export function changesOf({ load, caps, held }: WhatIfInputs): WhatIfChange[] {
  const ofLoad: WhatIfChange[] = load === 0 ? [] : [{ kind: 'load', percent: load }];
  const ofCaps = Object.entries(caps).map(
    ([metric, at]): WhatIfChange => ({ kind: held.includes(metric) ? 'held' : 'cap', metric, at }),
  );
  return [...ofLoad, ...ofCaps].slice(0, MAX_CHANGES);
}

/** A slider of a metric's cap; at its end there is none. */
export interface CapSlider {
  readonly metric: string;
  readonly label: string;
  /** What it is now, and how far back the cap holds where it does not hold ahead. */
  readonly hint: string | undefined;
  readonly max: number;
  readonly step: number;
  readonly format: (value: number) => string;
}

const PERCENT = 100;
const MOST_SLIDERS = 3;
const STEPS = 50;

/** Sliders for the metrics that weigh most in the risk, and for those of a scenario taken over. */
export function capSliders({ risk }: Explanation, { caps, held }: WhatIfInputs): CapSlider[] {
  const targets = risk?.targets ?? [];
  const worst = targets.slice(0, MOST_SLIDERS).map(({ metric }) => metric);
  const metrics = [...new Set([...worst, ...Object.keys(caps)])];
  return metrics.map((metric) => {
    const unit = targetUnit(metric);
    const target = targets.find((one) => one.metric === metric);
    const now = target?.now ?? undefined;
    const hints = [
      ...(isKnown(now) ? [`now ${formatValue(now, unit)}`] : []),
      ...(held.includes(metric) ? ['in the past 8 hours'] : []),
    ];
    const max =
      unit === 'percent'
        ? PERCENT
        : roundUp(Math.max(1, (now ?? 0) * 2, target?.critical ?? 0, caps[metric] ?? 0));
    return {
      metric,
      label: target?.label ?? targetLabel(metric),
      hint: hints.length === 0 ? undefined : hints.join('; '),
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
  if (at < max) return { ...inputs, caps: { ...inputs.caps, [metric]: at } };
  const { [metric]: _before, ...caps } = inputs.caps;
  return { ...inputs, caps, held: inputs.held.filter((name) => name !== metric) };
}

interface Bound {
  readonly kind: string;
  readonly metric: string;
  readonly at: number;
}

/** What a scenario is asked as. A backend that does not say so has no bounds but those that hold ahead as well. */
function boundsOf({ what_if, changes }: Counterfactual): Bound[] {
  const told = what_if.flatMap(({ kind, metric, at }) =>
    typeof metric === 'string' && typeof at === 'number' ? [{ kind, metric, at }] : [],
  );
  if (told.length > 0) return told;
  return changes.flatMap(({ metric, to }) => (to === null ? [] : [{ kind: 'cap', metric, at: to }]));
}

/** The inputs that make a scenario. */
export function inputsOf(scenario: Counterfactual): WhatIfInputs {
  const bounds = boundsOf(scenario);
  return {
    load: 0,
    caps: Object.fromEntries(bounds.map(({ metric, at }) => [metric, at])),
    held: bounds.filter(({ kind }) => kind === 'held').map(({ metric }) => metric),
  };
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
