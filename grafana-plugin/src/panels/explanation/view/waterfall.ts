import type { Explanation } from '../../../data/explanation';
import { isKnown, NOT_KNOWN } from '../../../shared/format';

/** One line of a waterfall; `from` and `to` are scores. */
export interface WaterfallRow {
  readonly id: string;
  readonly label: string;
  readonly kind: 'base' | 'raises' | 'lowers' | 'risk';
  readonly from: number;
  readonly to: number;
  /** "+52.1" or, at the ends, "12.3". */
  readonly value: string;
  readonly detail: string | undefined;
}

type Shap = NonNullable<Explanation['shap']>;

/** From the donors' mean risk over each group to the server's risk; empty where there is nothing to compare with. */
export function waterfallRows(shap: Shap): WaterfallRow[] {
  const { base_value, risk, groups } = shap;
  if (!isKnown(base_value) || groups.length === 0) return [];
  let level = base_value;
  const steps = groups.map((group): WaterfallRow => {
    const from = level;
    level += group.value;
    return {
      id: group.id,
      label: group.label,
      kind: group.value >= 0 ? 'raises' : 'lowers',
      from,
      to: level,
      value: signed(group.value),
      detail: comparison(group),
    };
  });
  const end = risk ?? level;
  return [
    {
      id: 'base',
      label: 'Calmer times',
      kind: 'base',
      from: 0,
      to: base_value,
      value: base_value.toFixed(1),
      detail: undefined,
    },
    ...gathered(steps),
    { id: 'risk', label: 'Risk', kind: 'risk', from: 0, to: end, value: end.toFixed(1), detail: undefined },
  ];
}

/** Steps that would read "0.0". */
const FAINT_POINTS = 0.05;

/** Several steps too small to read become one line at their end; their sum stays in the picture. */
function gathered(steps: readonly WaterfallRow[]): readonly WaterfallRow[] {
  const isFaint = ({ from, to }: WaterfallRow) => Math.abs(to - from) < FAINT_POINTS;
  const faint = steps.filter(isFaint);
  const firstFaint = steps.findIndex(isFaint);
  const isTail = firstFaint !== -1 && steps.slice(firstFaint).every(isFaint);
  if (faint.length < 2 || !isTail) return steps;
  const from = faint[0]?.from ?? 0;
  const to = faint.at(-1)?.to ?? from;
  const rest: WaterfallRow = {
    id: 'faint',
    label: `${faint.length} more, next to nothing each`,
    kind: to >= from ? 'raises' : 'lowers',
    from,
    to,
    value: signed(to - from),
    detail: faint.map(({ label }) => label).join('; '),
  };
  return [...steps.slice(0, firstFaint), rest];
}

export function signed(value: number): string {
  const size = Math.abs(value).toFixed(1);
  if (Number(size) === 0) return '0.0';
  return `${value > 0 ? '+' : '−'}${size}`;
}

function comparison({
  server_mean,
  donors_mean,
  unit,
  standard_error,
}: Shap['groups'][number]): string | undefined {
  const ofUnit = unit === null || unit === undefined || unit === '' ? '' : ` ${unit}`;
  const shown = (value: number) => `${Number(value.toPrecision(3))}${ofUnit}`;
  const means =
    isKnown(server_mean) && isKnown(donors_mean)
      ? [`${shown(server_mean)} here, ${shown(donors_mean)} in calmer times`]
      : [];
  const error = isKnown(standard_error) ? [`standard error ${standard_error.toFixed(1)}`] : [];
  const parts = [...means, ...error];
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** Points the picture spans at least, so that a calm server's do not look like much. */
const LEAST_RANGE = 10;

/** First and last score of the picture: rows may pass 0 and 100 on the way. */
export function waterfallRange(rows: readonly WaterfallRow[]): readonly [number, number] {
  const ends = rows.flatMap(({ from, to }) => [from, to]);
  return [Math.min(0, ...ends), Math.max(LEAST_RANGE, ...ends)];
}

export function donorsText(method: string | undefined): string {
  const how =
    method === 'sampled' ? 'estimated by sampling' : method === 'exact' ? 'computed exactly' : NOT_KNOWN;
  return how === NOT_KNOWN ? '' : `Shapley values, ${how}.`;
}
