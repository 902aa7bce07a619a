/** What is watched for servers that deviate together: quantities, and the directions in which each may leave its habits. */
import { METRIC } from '../catalog/metrics.ts';

export interface Signal {
  /** Name of the metric or target in answers. */
  readonly name: string;
  /** Inside a sentence. */
  readonly label: string;
  /** Row position of the metric it is read from. */
  readonly metric: number;
  /** 100 minus the metric: busy CPU from idle. */
  readonly complement: boolean;
  /** Smallest change worth noticing, in the metric's unit: the least spread a server is credited with. */
  readonly leastSpread: number;
  /** Whether a fall counts too. Only for what users' demand drives: memory that is freed is no trouble. */
  readonly mayFall: boolean;
  /** Whether jobs drive it, which may skip a day: its habits are forgotten slowly, however far they lie. */
  readonly followsJobs: boolean;
}

const signal = (
  name: string,
  label: string,
  metric: number,
  leastSpread: number,
  options: Partial<Pick<Signal, 'complement' | 'mayFall' | 'followsJobs'>> = {},
): Signal => ({
  name,
  label,
  metric,
  leastSpread,
  complement: false,
  mayFall: false,
  followsJobs: true,
  ...options,
});

export const SIGNALS: readonly Signal[] = [
  signal('cpu_used_pct', 'CPU used', METRIC.cpuIdle, 1, { complement: true, mayFall: true }),
  signal('cpu_sys_pct', 'CPU system', METRIC.cpuSys, 0.5),
  signal('cpu_iowait_pct', 'CPU I/O wait', METRIC.cpuIowait, 0.5),
  signal('mem_used_pct', 'memory used', METRIC.memUsed, 0.5),
  signal('swap_used_pct', 'swap used', METRIC.swapUsed, 0.5),
  signal('disk_usage_pct', 'disk used', METRIC.diskUsage, 0.5),
  signal('net_in_mb_s', 'network in', METRIC.netIn, 0.05, { mayFall: true }),
  signal('net_out_mb_s', 'network out', METRIC.netOut, 0.05, { mayFall: true }),
  signal('back_close_wait', 'back-end CLOSE_WAIT', METRIC.backCloseWait, 2, { followsJobs: false }),
  signal('front_close_wait', 'front-end CLOSE_WAIT', METRIC.frontCloseWait, 2, { followsJobs: false }),
  signal('load_average', 'load average', METRIC.loadAverage, 0.1),
];
export const SIGNAL_COUNT = SIGNALS.length;

/** A signal and the direction it leaves its habits in. */
export interface Channel {
  /** Position in SIGNALS. */
  readonly signal: number;
  readonly direction: 'up' | 'down';
  readonly sign: 1 | -1;
}

export const CHANNELS: readonly Channel[] = SIGNALS.flatMap(({ mayFall }, signal): readonly Channel[] => {
  const up: Channel = { signal, direction: 'up', sign: 1 };
  return mayFall ? [up, { signal, direction: 'down', sign: -1 }] : [up];
});
export const CHANNEL_COUNT = CHANNELS.length;

/** Beside each channel alone: servers that deviate in at least so many channels at once, whichever they are. */
export const BREADTHS = [1, 2, 3, 4] as const;
/** What a beginning is counted by: the channels, then the breadths. */
export const PATTERN_COUNT = CHANNEL_COUNT + BREADTHS.length;

/** Value of a signal in a row of METRIC_COUNT values from `offset`; NaN where it was not measured. */
export function signalValue({ metric, complement }: Signal, rows: Float32Array, offset: number): number {
  const value = rows[offset + metric];
  return complement ? 100 - value : value;
}
