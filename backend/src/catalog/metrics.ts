/** The 14 metrics of a server, in the order of every window row. */

export type MetricUnit = '%' | 'MB/s' | 'connections' | 'load' | 'days';

export interface MetricDefinition {
  readonly name: string;
  readonly label: string;
  readonly unit: MetricUnit;
  /** Smallest value that can be true; a measurement below it is refused. */
  readonly min: number;
  /** Largest value that can be true; Infinity where there is no natural bound. */
  readonly max: number;
}

const percent = (name: string, label: string): MetricDefinition => ({
  name,
  label,
  unit: '%',
  min: 0,
  max: 100,
});
const atLeastZero = (name: string, label: string, unit: MetricUnit): MetricDefinition => ({
  name,
  label,
  unit,
  min: 0,
  max: Number.POSITIVE_INFINITY,
});

export const METRICS = [
  percent('cpu_user_pct', 'CPU user'),
  percent('cpu_sys_pct', 'CPU system'),
  percent('cpu_iowait_pct', 'CPU I/O wait'),
  percent('cpu_idle_pct', 'CPU idle'),
  percent('java_cpu_pct', 'Java CPU'),
  percent('mem_used_pct', 'Memory used'),
  percent('swap_used_pct', 'Swap used'),
  percent('disk_usage_pct', 'Disk used'),
  atLeastZero('net_in_mb_s', 'Network in', 'MB/s'),
  atLeastZero('net_out_mb_s', 'Network out', 'MB/s'),
  atLeastZero('back_close_wait', 'Back-end CLOSE_WAIT', 'connections'),
  atLeastZero('front_close_wait', 'Front-end CLOSE_WAIT', 'connections'),
  atLeastZero('load_average', 'Load average', 'load'),
  atLeastZero('uptime_days', 'Uptime', 'days'),
] as const satisfies readonly MetricDefinition[];

export const METRIC_COUNT = METRICS.length;

const indexByName: ReadonlyMap<string, number> = new Map(
  METRICS.map((metric, index) => [metric.name, index]),
);

/** Index of a metric in a window row, or -1 for a name that is not one of the 14. */
export function metricIndex(name: string): number {
  return indexByName.get(name) ?? -1;
}

/** Window row positions by name, for code that reads one metric directly. */
export const METRIC = {
  cpuUser: 0,
  cpuSys: 1,
  cpuIowait: 2,
  cpuIdle: 3,
  javaCpu: 4,
  memUsed: 5,
  swapUsed: 6,
  diskUsage: 7,
  netIn: 8,
  netOut: 9,
  backCloseWait: 10,
  frontCloseWait: 11,
  loadAverage: 12,
  uptimeDays: 13,
} as const;
