/**
 * Which metrics are used, and how: the one table that the reader is compiled from. It covers the Collector's
 * hostmetrics receiver (older and newer attribute names), the OpenTelemetry SDKs' host and JVM metrics, node_exporter,
 * and gauges named like Argus' own fields.
 */
import { METRIC, METRICS } from '../../catalog/metrics.ts';
import {
  CONNECTIONS,
  CPU,
  NETWORK,
  NODE_MEMORY,
  NODE_MOUNT,
  NODE_SWAP,
  ONLY,
  RANK,
  SHARE,
  type SourceName,
} from './sources.ts';

/** What an attribute says about a point, whatever its key is called by this or that client. */
export const ROLES = [
  'state',
  'mode',
  'direction',
  'protocol',
  'side',
  'device',
  'filesystemType',
  'executable',
] as const;
export type Role = (typeof ROLES)[number];

export const ATTRIBUTE_ROLES: Readonly<Record<string, Role>> = {
  state: 'state',
  'cpu.mode': 'state',
  'system.cpu.state': 'state',
  'process.cpu.state': 'state',
  'system.memory.state': 'state',
  'system.paging.state': 'state',
  'system.filesystem.state': 'state',
  'system.network.state': 'state',
  'network.connection.state': 'state',
  mode: 'mode',
  'system.filesystem.mode': 'mode',
  direction: 'direction',
  'network.io.direction': 'direction',
  protocol: 'protocol',
  'network.transport': 'protocol',
  'argus.side': 'side',
  device: 'device',
  'system.device': 'device',
  'network.interface.name': 'device',
  type: 'filesystemType',
  fstype: 'filesystemType',
  'system.filesystem.type': 'filesystemType',
  'process.executable.name': 'executable',
};

/** Roles that a resource may state for all of its points. */
export const INHERITED_ROLES: readonly Role[] = ['side', 'executable'];

/** Points of such a part belong to nothing that is shown. */
export const IGNORED = -1;

/** Which part a point is, by one of its attributes (values in lower case). */
export interface PartRule {
  readonly role: Role;
  readonly parts: Readonly<Record<string, number>>;
  /** Part of a value that is not listed. */
  readonly otherwise: number;
  /** Part of a point without the attribute. */
  readonly absent: number;
}

/** Points are taken only with one of these values, or, where `absent` says so, without the attribute. */
export interface Filter {
  readonly role: Role;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly absent: boolean;
}

/** Where the values of a metric go. */
export type Target =
  /** One series is the metric itself. */
  | { readonly kind: 'metric'; readonly metric: number; readonly rank: number }
  /** The series of one moment are combined. */
  | { readonly kind: 'source'; readonly source: SourceName }
  /** One series a process; the newest values of all processes are added. */
  | { readonly kind: 'process'; readonly rank: number; readonly perCpuCount: boolean }
  /** The number of CPUs, which process CPU time is divided by. */
  | { readonly kind: 'cpuCount' };

export interface MetricRule {
  readonly name: string;
  readonly reading: 'level' | 'rate';
  readonly target: Target;
  readonly part: number | PartRule;
  readonly filters?: readonly Filter[];
  /** Part of a point that a filter leaves out; such points are ignored without it. */
  readonly leftOut?: PartRule;
  /** From the client's unit to the catalog's. */
  readonly scale?: number;
  /** Largest value that can be true, in the client's unit. */
  readonly max?: number;
  /** Turns the value (a moment) into the time that has passed since. */
  readonly isMoment?: boolean;
}

const PERCENT_PER_ONE = 100;
const MB_PER_BYTE = 1e-6;
const DAYS_PER_SECOND = 1 / 86_400;

const CPU_PARTS: PartRule['parts'] = {
  user: CPU.user,
  nice: CPU.user,
  system: CPU.system,
  kernel: CPU.system,
  interrupt: CPU.system,
  irq: CPU.system,
  softirq: CPU.system,
  steal: CPU.system,
  wait: CPU.iowait,
  iowait: CPU.iowait,
  idle: CPU.idle,
  // The kernel counts guests' time as user and nice already.
  guest: IGNORED,
  guest_nice: IGNORED,
};
const cpuBy = (role: Role): PartRule => ({ role, parts: CPU_PARTS, otherwise: CPU.other, absent: IGNORED });

/** Shared memory is part of what is used or cached. */
const USED_OF_ALL: PartRule = {
  role: 'state',
  parts: { used: SHARE.used, shared: IGNORED },
  otherwise: SHARE.rest,
  absent: IGNORED,
};
const USED_OF_USED_AND_FREE: PartRule = {
  role: 'state',
  parts: { used: SHARE.used, free: SHARE.rest },
  otherwise: IGNORED,
  absent: IGNORED,
};
const usedOnly = (absent: number): PartRule => ({
  role: 'state',
  parts: { used: ONLY },
  otherwise: IGNORED,
  absent,
});
const PROCESS_CPU: PartRule = {
  role: 'state',
  parts: { user: ONLY, system: ONLY, kernel: ONLY },
  otherwise: IGNORED,
  absent: ONLY,
};
const DIRECTION: PartRule = {
  role: 'direction',
  parts: { receive: NETWORK.in, transmit: NETWORK.out },
  otherwise: IGNORED,
  absent: IGNORED,
};
const SIDE: PartRule = {
  role: 'side',
  parts: { back: CONNECTIONS.back },
  otherwise: CONNECTIONS.front,
  absent: CONNECTIONS.front,
};
const OTHER_SIDE: PartRule = {
  role: 'side',
  parts: { back: CONNECTIONS.backOther },
  otherwise: CONNECTIONS.frontOther,
  absent: CONNECTIONS.frontOther,
};

/** Spellings that devices are reduced to before they are looked up; see valueOf in vocabulary.ts. */
const REAL_DEVICES: Filter = { role: 'device', except: ['lo', 'ifb'], absent: true };
const WRITABLE: Filter = { role: 'mode', except: ['ro'], absent: true };
/** File systems that hold no data of their own, or cannot fill up. */
const REAL_FILESYSTEMS: Filter = {
  role: 'filesystemType',
  except: [
    'aufs',
    'autofs',
    'binfmt_misc',
    'bpf',
    'cdfs',
    'cgroup',
    'cgroup2',
    'configfs',
    'debugfs',
    'devfs',
    'devpts',
    'devtmpfs',
    'efivarfs',
    'erofs',
    'fuse.lxcfs',
    'fuse.snapfuse',
    'fusectl',
    'hugetlbfs',
    'iso9660',
    'mqueue',
    'nsfs',
    'nullfs',
    'overlay',
    'overlayfs',
    'proc',
    'pstore',
    'ramfs',
    'rootfs',
    'rpc_pipefs',
    'securityfs',
    'selinuxfs',
    'squashfs',
    'sysfs',
    'tmpfs',
    'tracefs',
    'udf',
  ],
  absent: true,
};
const MOUNTS = [WRITABLE, REAL_FILESYSTEMS];
const TCP: Filter = { role: 'protocol', only: ['tcp', 'tcp4', 'tcp6'], absent: true };
const CLOSE_WAIT: Filter = { role: 'state', only: ['close_wait'], absent: false };
const JAVA: Filter = {
  role: 'executable',
  only: ['java', 'java.exe', 'javaw', 'javaw.exe'],
  absent: false,
};

const from = (source: SourceName): Target => ({ kind: 'source', source });
const to = (metric: number, rank: number): Target => ({ kind: 'metric', metric, rank });
const process = (rank: number, perCpuCount: boolean): Target => ({ kind: 'process', rank, perCpuCount });

const level = (
  name: string,
  target: Target,
  part: number | PartRule,
  rest: Partial<MetricRule> = {},
): MetricRule => ({
  name,
  reading: 'level',
  target,
  part,
  ...rest,
});
const rate = (
  name: string,
  target: Target,
  part: number | PartRule,
  rest: Partial<MetricRule> = {},
): MetricRule => ({
  ...level(name, target, part, rest),
  reading: 'rate',
});
const RATIO = { scale: PERCENT_PER_ONE, max: 1 } as const;

const OWN_FIELDS: readonly MetricRule[] = METRICS.map((metric, index) =>
  level(metric.name, to(index, RANK.exact), ONLY, { max: metric.max }),
);

const SEMANTIC_CONVENTIONS: readonly MetricRule[] = [
  rate('system.cpu.time', from('cpuTime'), cpuBy('state')),
  level('system.cpu.utilization', from('cpuUtilization'), cpuBy('state'), { max: 1 }),
  level('system.cpu.logical.count', { kind: 'cpuCount' }, ONLY),
  level('system.cpu.load_average.1m', to(METRIC.loadAverage, RANK.usage), ONLY),
  level('system.memory.usage', from('memory'), USED_OF_ALL),
  level('system.memory.utilization', to(METRIC.memUsed, RANK.utilization), usedOnly(ONLY), RATIO),
  level('system.paging.usage', from('paging'), USED_OF_ALL),
  level('system.paging.utilization', from('pagingUtilization'), usedOnly(ONLY), RATIO),
  level('system.filesystem.usage', from('filesystem'), USED_OF_USED_AND_FREE, { filters: MOUNTS }),
  level('system.filesystem.utilization', from('filesystemUtilization'), usedOnly(ONLY), {
    ...RATIO,
    filters: MOUNTS,
  }),
  rate('system.network.io', from('network'), DIRECTION, { scale: MB_PER_BYTE, filters: [REAL_DEVICES] }),
  level('system.network.connections', from('connections'), SIDE, { filters: [TCP, CLOSE_WAIT] }),
  level('system.network.connection.count', from('connections'), SIDE, { filters: [TCP, CLOSE_WAIT] }),
  level('system.uptime', to(METRIC.uptimeDays, RANK.usage), ONLY, { scale: DAYS_PER_SECOND }),
  rate('process.cpu.time', process(RANK.usage, true), PROCESS_CPU, {
    scale: PERCENT_PER_ONE,
    filters: [JAVA],
  }),
  level('process.cpu.utilization', process(RANK.utilization, false), PROCESS_CPU, {
    ...RATIO,
    filters: [JAVA],
  }),
  level('jvm.cpu.recent_utilization', process(RANK.runtime, false), ONLY, RATIO),
];

const nodeMemory = (name: string, part: number) => level(name, from('nodeMemory'), part);
const nodeMount = (name: string, part: number) =>
  level(name, from('nodeFilesystem'), part, { filters: [REAL_FILESYSTEMS] });
const nodeNetwork = (name: string, part: number) =>
  rate(name, from('nodeNetwork'), part, { scale: MB_PER_BYTE, filters: [REAL_DEVICES] });

const NODE_EXPORTER: readonly MetricRule[] = [
  rate('node_cpu_seconds_total', from('nodeCpu'), cpuBy('mode')),
  nodeMemory('node_memory_MemTotal_bytes', NODE_MEMORY.total),
  nodeMemory('node_memory_MemAvailable_bytes', NODE_MEMORY.available),
  nodeMemory('node_memory_MemFree_bytes', NODE_MEMORY.free),
  nodeMemory('node_memory_Buffers_bytes', NODE_MEMORY.reclaimable),
  nodeMemory('node_memory_Cached_bytes', NODE_MEMORY.reclaimable),
  nodeMemory('node_memory_SReclaimable_bytes', NODE_MEMORY.reclaimable),
  level('node_memory_SwapTotal_bytes', from('nodeSwap'), NODE_SWAP.total),
  level('node_memory_SwapFree_bytes', from('nodeSwap'), NODE_SWAP.free),
  nodeMount('node_filesystem_size_bytes', NODE_MOUNT.size),
  nodeMount('node_filesystem_free_bytes', NODE_MOUNT.free),
  nodeMount('node_filesystem_avail_bytes', NODE_MOUNT.available),
  nodeMount('node_filesystem_readonly', NODE_MOUNT.readOnly),
  nodeNetwork('node_network_receive_bytes_total', NETWORK.in),
  nodeNetwork('node_network_transmit_bytes_total', NETWORK.out),
  level('node_tcp_connection_states', from('nodeConnections'), SIDE, {
    filters: [CLOSE_WAIT],
    leftOut: OTHER_SIDE,
  }),
  level('node_load1', to(METRIC.loadAverage, RANK.nodeExporter), ONLY),
  level('node_boot_time_seconds', to(METRIC.uptimeDays, RANK.nodeExporter), ONLY, {
    isMoment: true,
    scale: DAYS_PER_SECOND,
  }),
];

export const HOST_METRICS: readonly MetricRule[] = [...SEMANTIC_CONVENTIONS, ...NODE_EXPORTER, ...OWN_FIELDS];
