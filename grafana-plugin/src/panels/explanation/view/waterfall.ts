import { type ExplainedGroup, type ExplainedShap, groupsByEffect } from '../../../data/explanation';
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

/** From the donors' mean risk over each group to the server's risk; empty where there is nothing to compare with. */
export function waterfallRows(shap: ExplainedShap): WaterfallRow[] {
  const { base_value, risk, groups } = shap;
  if (!isKnown(base_value) || groups.length === 0) return [];
  const { told, faint } = groupsByEffect(shap);
  const steps: Step[] = told.map((group) => ({ ...group, detail: comparison(group) }));
  if (faint !== undefined) {
    const { label, value, groups: parts } = faint;
    steps.push({ id: 'faint', label, value, detail: parts.map((part) => part.label).join('; ') });
  }
  let level = base_value;
  const rows = steps.map(({ id, label, value, detail }): WaterfallRow => {
    const from = level;
    level += value;
    const kind = value >= 0 ? 'raises' : 'lowers';
    return { id, label, kind, from, to: level, value: signed(value), detail };
  });
  const end = risk ?? level;
  return [endRow('base', 'Calmer times', base_value), ...rows, endRow('risk', 'Risk', end)];
}

type Step = Pick<WaterfallRow, 'id' | 'label' | 'detail'> & { readonly value: number };

function endRow(kind: 'base' | 'risk', label: string, score: number): WaterfallRow {
  return { id: kind, label, kind, from: 0, to: score, value: score.toFixed(1), detail: undefined };
}

export function signed(value: number): string {
  const size = Math.abs(value).toFixed(1);
  if (Number(size) === 0) return '0.0';
  return `${value > 0 ? '+' : '−'}${size}`;
}

function comparison({ server_mean, donors_mean, unit, standard_error }: ExplainedGroup): string | undefined {
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
