/** How the series of one measurement become window metrics. */
import { METRIC } from '../../catalog/metrics.ts';

/** Receives one combined value, in the catalog's unit. */
export type Emit = (metric: number, value: number) => void;

/** Sums (or maxima) of the series of one moment, by part; `seen` has a bit for every part that had a series. */
export interface Parts {
  readonly values: Float64Array;
  seen: number;
}

export const PART_COUNT = 5;

export const CPU = { user: 0, system: 1, iowait: 2, idle: 3, other: 4 } as const;
export const SHARE = { used: 0, rest: 1 } as const;
export const NODE_MEMORY = { total: 0, available: 1, free: 2, reclaimable: 3 } as const;
export const NODE_SWAP = { total: 0, free: 1 } as const;
export const NODE_MOUNT = { size: 0, free: 1, available: 2, readOnly: 3 } as const;
export const NETWORK = { in: 0, out: 1 } as const;
/** In CLOSE_WAIT, and in other states, on either side. */
export const CONNECTIONS = { front: 0, back: 1, frontOther: 2, backOther: 3 } as const;
/** Part of a source, or of a metric, that has one only. */
export const ONLY = 0;

export const has = (parts: Parts, part: number): boolean => (parts.seen & (1 << part)) !== 0;

/**
 * Shares of the sum over all states and CPUs. Seconds are never divided by time or by a number of CPUs: that holds for
 * series per CPU as for series summed over them. Without `idle` there is no whole to take a share of.
 */
function cpuShares(parts: Parts, emit: Emit): void {
  const { values } = parts;
  const total = values.reduce((sum, value) => sum + value, 0);
  if (!has(parts, CPU.idle) || !(total > 0)) return;
  const share = (part: number, metric: number) => {
    if (has(parts, part)) emit(metric, (100 * values[part]) / total);
  };
  share(CPU.user, METRIC.cpuUser);
  share(CPU.system, METRIC.cpuSys);
  share(CPU.iowait, METRIC.cpuIowait);
  share(CPU.idle, METRIC.cpuIdle);
}

/** used ÷ (used + rest) in percent; NaN where one of them, or the whole, is not there. */
function usedPercent({ values, seen }: Parts): number {
  const total = values[SHARE.used] + values[SHARE.rest];
  return seen === 0b11 && total > 0 ? (100 * values[SHARE.used]) / total : Number.NaN;
}

const usedShare = (metric: number) => (parts: Parts, emit: Emit) => {
  const percent = usedPercent(parts);
  if (!Number.isNaN(percent)) emit(metric, percent);
};

/** What is neither available nor, on kernels before 3.14, free, buffered, cached or reclaimable. */
function nodeMemory(parts: Parts, emit: Emit): void {
  const { values } = parts;
  const total = values[NODE_MEMORY.total];
  if (!has(parts, NODE_MEMORY.total) || !(total > 0)) return;
  if (!has(parts, NODE_MEMORY.available) && !has(parts, NODE_MEMORY.free)) return;
  const unused = has(parts, NODE_MEMORY.available)
    ? values[NODE_MEMORY.available]
    : values[NODE_MEMORY.free] + values[NODE_MEMORY.reclaimable];
  emit(METRIC.memUsed, clampPercent(100 * (1 - unused / total)));
}

/** A host without swap reports a total of 0: then swap is not measured. */
function nodeSwap(parts: Parts, emit: Emit): void {
  const { values } = parts;
  if (!has(parts, NODE_SWAP.free) || !(values[NODE_SWAP.total] > 0)) return;
  emit(METRIC.swapUsed, clampPercent(100 * (1 - values[NODE_SWAP.free] / values[NODE_SWAP.total])));
}

/** node_exporter sends no state without connections: where it sends others only, none is in CLOSE_WAIT. */
function nodeConnections(parts: Parts, emit: Emit): void {
  const { front, back, frontOther, backOther } = CONNECTIONS;
  if (has(parts, front) || has(parts, frontOther)) emit(METRIC.frontCloseWait, parts.values[front]);
  if (has(parts, back) || has(parts, backOther)) emit(METRIC.backCloseWait, parts.values[back]);
}

/** As `df` counts: used ÷ (used + available to users). */
function nodeMountPercent(parts: Parts): number {
  const { values } = parts;
  if (values[NODE_MOUNT.readOnly] > 0 || !(values[NODE_MOUNT.size] > 0)) return Number.NaN;
  const available = values[has(parts, NODE_MOUNT.available) ? NODE_MOUNT.available : NODE_MOUNT.free];
  const free = values[has(parts, NODE_MOUNT.free) ? NODE_MOUNT.free : NODE_MOUNT.available];
  if (!has(parts, NODE_MOUNT.available) && !has(parts, NODE_MOUNT.free)) return Number.NaN;
  const used = values[NODE_MOUNT.size] - free;
  return used + available > 0 ? clampPercent((100 * used) / (used + available)) : Number.NaN;
}

const eachPart = (metrics: readonly number[]) => (parts: Parts, emit: Emit) => {
  metrics.forEach((metric, part) => {
    if (has(parts, part)) emit(metric, parts.values[part]);
  });
};

const clampPercent = (value: number): number => Math.min(100, Math.max(0, value));

export interface Source {
  readonly name: string;
  /** Of two sources of one metric the lower rank is believed: exact fields, then usage, then utilization. */
  readonly rank: number;
  readonly fold: 'sum' | 'max';
  /**
   * True where a missing series falsifies the result (the states of a whole): such a moment is left out. Elsewhere a
   * series that stopped coming (a device, a mount) is simply gone.
   */
  readonly strict: boolean;
  /** Combines the series of one moment. */
  readonly combine?: (parts: Parts, emit: Emit) => void;
  /** Instead: percent of one mount; the fullest mount is the result. */
  readonly mountPercent?: (parts: Parts) => number;
}

export const RANK = { exact: 0, usage: 1, utilization: 2, nodeExporter: 3, runtime: 3 } as const;

export const SOURCES = {
  cpuTime: { name: 'cpuTime', rank: RANK.usage, fold: 'sum', strict: true, combine: cpuShares },
  cpuUtilization: {
    name: 'cpuUtilization',
    rank: RANK.utilization,
    fold: 'sum',
    strict: true,
    combine: cpuShares,
  },
  nodeCpu: { name: 'nodeCpu', rank: RANK.nodeExporter, fold: 'sum', strict: true, combine: cpuShares },
  memory: {
    name: 'memory',
    rank: RANK.usage,
    fold: 'sum',
    strict: true,
    combine: usedShare(METRIC.memUsed),
  },
  nodeMemory: {
    name: 'nodeMemory',
    rank: RANK.nodeExporter,
    fold: 'sum',
    strict: true,
    combine: nodeMemory,
  },
  paging: {
    name: 'paging',
    rank: RANK.usage,
    fold: 'sum',
    strict: true,
    combine: usedShare(METRIC.swapUsed),
  },
  pagingUtilization: {
    name: 'pagingUtilization',
    rank: RANK.utilization,
    fold: 'max',
    strict: false,
    combine: eachPart([METRIC.swapUsed]),
  },
  nodeSwap: { name: 'nodeSwap', rank: RANK.nodeExporter, fold: 'sum', strict: true, combine: nodeSwap },
  filesystem: {
    name: 'filesystem',
    rank: RANK.usage,
    fold: 'sum',
    strict: false,
    mountPercent: usedPercent,
  },
  filesystemUtilization: {
    name: 'filesystemUtilization',
    rank: RANK.utilization,
    fold: 'max',
    strict: false,
    combine: eachPart([METRIC.diskUsage]),
  },
  nodeFilesystem: {
    name: 'nodeFilesystem',
    rank: RANK.nodeExporter,
    fold: 'sum',
    strict: false,
    mountPercent: nodeMountPercent,
  },
  network: {
    name: 'network',
    rank: RANK.usage,
    fold: 'sum',
    strict: false,
    combine: eachPart([METRIC.netIn, METRIC.netOut]),
  },
  nodeNetwork: {
    name: 'nodeNetwork',
    rank: RANK.nodeExporter,
    fold: 'sum',
    strict: false,
    combine: eachPart([METRIC.netIn, METRIC.netOut]),
  },
  connections: {
    name: 'connections',
    rank: RANK.usage,
    fold: 'sum',
    strict: false,
    combine: eachPart([METRIC.frontCloseWait, METRIC.backCloseWait]),
  },
  nodeConnections: {
    name: 'nodeConnections',
    rank: RANK.nodeExporter,
    fold: 'sum',
    strict: false,
    combine: nodeConnections,
  },
} as const satisfies Record<string, Source>;

export type SourceName = keyof typeof SOURCES;

export const SOURCE_LIST: readonly Source[] = Object.values(SOURCES);

/** What the CPU use of the processes that are looked for (Java's) is shown as. */
export const METRIC_OF_PROCESSES = METRIC.javaCpu;
