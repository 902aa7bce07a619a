/** Metrics that belong together, and the parts of the day an explanation tells apart. */
import { METRIC, METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { TARGET_LIST, targetIndex } from '../catalog/targets.ts';
import { CONTEXT_STEPS, STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';

export interface Family {
  readonly name: string;
  readonly label: string;
  /** Positions in METRICS. */
  readonly metrics: readonly number[];
  /** Positions in TARGETS: those that are read from its metrics. */
  readonly targets: readonly number[];
  /** Position in TARGETS of the value that is shown for it. */
  readonly shown: number;
}

function family(name: string, label: string, metrics: readonly number[], shown: string): Family {
  const targets = TARGET_LIST.flatMap((target, index) => (metrics.includes(target.metric) ? [index] : []));
  return { name, label, metrics, targets, shown: targetIndex(shown) };
}

/** Every metric belongs to one. Values of one family depend on each other: CPU shares sum to 100. */
export const FAMILIES: readonly Family[] = [
  family(
    'cpu',
    'CPU used',
    [METRIC.cpuUser, METRIC.cpuSys, METRIC.cpuIowait, METRIC.cpuIdle, METRIC.javaCpu],
    'cpu_used_pct',
  ),
  family('memory', 'Memory used', [METRIC.memUsed], 'mem_used_pct'),
  family('swap', 'Swap used', [METRIC.swapUsed], 'swap_used_pct'),
  family('disk', 'Disk used', [METRIC.diskUsage], 'disk_usage_pct'),
  family('network', 'Network', [METRIC.netIn, METRIC.netOut], 'net_in_mb_s'),
  family(
    'connections',
    'CLOSE_WAIT connections',
    [METRIC.backCloseWait, METRIC.frontCloseWait],
    'back_close_wait',
  ),
  family('load', 'Load and uptime', [METRIC.loadAverage, METRIC.uptimeDays], 'load_average'),
];

/** A stretch of the window, in rows: from `from`, up to but without `to`. */
export interface WindowPart {
  readonly part: 'hour' | 'recent' | 'context' | 'before' | 'day';
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

const CONTEXT_START = WINDOW_STEPS - CONTEXT_STEPS;
const HOUR_START = WINDOW_STEPS - STEPS_AN_HOUR;

export const WINDOW_PARTS = {
  hour: { part: 'hour', label: 'last hour', from: HOUR_START, to: WINDOW_STEPS },
  recent: { part: 'recent', label: '1 to 8 hours ago', from: CONTEXT_START, to: HOUR_START },
  context: { part: 'context', label: 'last 8 hours', from: CONTEXT_START, to: WINDOW_STEPS },
  before: { part: 'before', label: '8 to 24 hours ago', from: 0, to: CONTEXT_START },
  day: { part: 'day', label: 'last 24 hours', from: 0, to: WINDOW_STEPS },
} as const satisfies Readonly<Record<string, WindowPart>>;

/** Measured rows of a metric from row `from` to before row `to`. */
export function measuredRows(
  window: Float32Array,
  metric: number,
  from = 0,
  to = WINDOW_STEPS,
  offset = 0,
): number {
  let count = 0;
  for (let row = from; row < to; row++) {
    if (!Number.isNaN(window[offset + row * METRIC_COUNT + metric])) count++;
  }
  return count;
}

/** Positions in METRICS of those measured at least once in a window. */
export function measuredMetrics(window: Float32Array): readonly number[] {
  return METRICS.flatMap((_, metric) => (measuredRows(window, metric) > 0 ? [metric] : []));
}

/** Mean of a metric over rows; NaN where nothing was measured. */
export function meanOf(window: Float32Array, metric: number, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let row = from; row < to; row++) {
    const value = window[row * METRIC_COUNT + metric];
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}
