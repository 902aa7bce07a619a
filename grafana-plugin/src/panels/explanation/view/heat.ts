import type { ExplainedHeat } from '../../../data/explanation';
import { targetLabel } from '../../../shared/metrics';

export interface HeatRow {
  readonly metric: string;
  readonly label: string;
  /** Points of risk, signed, by hour. */
  readonly values: readonly number[];
}

/** What the network is given, beyond what it forecasts. */
const INPUT_LABEL: Readonly<Record<string, string>> = {
  cpu_user_pct: 'CPU user',
  cpu_sys_pct: 'CPU system',
  cpu_iowait_pct: 'CPU waiting for I/O',
  cpu_idle_pct: 'CPU idle',
  java_cpu_pct: 'Java CPU',
  uptime_days: 'Uptime',
};

export function inputLabel(metric: string): string {
  return INPUT_LABEL[metric] ?? targetLabel(metric);
}

/** Below this share of the strongest cell a metric is not worth a row. */
const FAINT = 0.04;

export interface HeatPicture {
  readonly rows: readonly HeatRow[];
  /** The strongest cell, in points of risk; more than 0. */
  readonly strongest: number;
  /** Metrics that change next to nothing. */
  readonly faint: readonly string[];
}

/** Rows worth showing, in the backend's order; undefined where there is nothing to see. */
export function heatPicture({ metrics, values, hours }: ExplainedHeat): HeatPicture | undefined {
  const all = metrics.map((metric, row): HeatRow => {
    const cells = hours.map((_, hour) => values[row]?.[hour] ?? 0);
    return { metric, label: inputLabel(metric), values: cells };
  });
  const strongest = Math.max(0, ...all.flatMap(({ values: cells }) => cells.map(Math.abs)));
  if (strongest === 0) return undefined;
  const isFaint = ({ values: cells }: HeatRow) => cells.every((cell) => Math.abs(cell) < strongest * FAINT);
  return {
    rows: all.filter((row) => !isFaint(row)),
    strongest,
    faint: all.filter(isFaint).map(({ label }) => label),
  };
}
