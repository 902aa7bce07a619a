import { METRIC } from '../../catalog/metrics.ts';

/** One window metric as a PromQL expression whose value at the end of a step is the mean over the step. */
export interface BackfillQuery {
  /** Position in METRICS. */
  readonly metric: number;
  readonly expression: string;
}

export interface QueryOptions {
  /** Labels that tell servers apart. */
  readonly by: readonly string[];
  /** Further label matchers, without braces; may be empty. */
  readonly selector: string;
}

export const QUERY_SOURCES = ['node_exporter', 'otel'] as const;
export type QuerySource = (typeof QUERY_SOURCES)[number];

const STEP = '5m';
const PSEUDO_FILESYSTEMS =
  'aufs|autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devfs|devpts|devtmpfs|efivarfs|erofs|fuse\\\\.lxcfs|fuse\\\\.snapfuse|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|overlayfs|proc|pstore|ramfs|rootfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs|udf';
const VIRTUAL_DEVICES = 'lo[0-9]*|ifb.*';
/** Spellings of one attribute in older and newer semantic conventions, and in the JavaScript host metrics. */
const STATE = ['state', 'cpu_mode', 'system_cpu_state'];
const MEMORY_STATE = ['state', 'system_memory_state'];
const PAGING_STATE = ['state', 'system_paging_state'];
const FILESYSTEM_STATE = ['state', 'system_filesystem_state'];
const DIRECTION = ['direction', 'network_io_direction'];
const CONNECTION_STATE = ['state', 'network_connection_state', 'system_network_state'];

/** Writes expressions for one set of labels and matchers. */
class Promql {
  readonly #by: string;
  readonly #selector: string;

  constructor({ by, selector }: QueryOptions) {
    this.#by = by.join(', ');
    this.#selector = selector.trim().replace(/,$/, '');
  }

  /** A selector over one step. */
  range(name: string, ...matchers: readonly string[]): string {
    const all = [...matchers, this.#selector].filter((matcher) => matcher !== '').join(',');
    return `${name}{${all}}[${STEP}]`;
  }

  rate(name: string, ...matchers: readonly string[]): string {
    return `rate(${this.range(name, ...matchers)})`;
  }

  level(name: string, ...matchers: readonly string[]): string {
    return `avg_over_time(${this.range(name, ...matchers)})`;
  }

  sum(expression: string): string {
    return `sum by (${this.#by}) (${expression})`;
  }

  max(expression: string): string {
    return `max by (${this.#by}) (${expression})`;
  }
}

const percent = (part: string, whole: string): string => `100 * ${part} / ${whole}`;

function nodeExporter(q: Promql): readonly BackfillQuery[] {
  const cpu = (modes: string): string => {
    const counted = q.sum(q.rate('node_cpu_seconds_total', `mode=~"${modes}"`));
    return percent(counted, q.sum(q.rate('node_cpu_seconds_total', 'mode!~"guest|guest_nice"')));
  };
  const unused = (free: string, total: string): string =>
    `100 * (1 - ${q.sum(q.level(free))} / (${q.sum(q.level(total))} > 0))`;
  const network = (name: string): string => `${q.sum(q.rate(name, `device!~"${VIRTUAL_DEVICES}"`))} / 1e6`;
  const mount = (name: string): string => q.level(name, `fstype!~"${PSEUDO_FILESYSTEMS}"`);
  const used = `(${mount('node_filesystem_size_bytes')} - ${mount('node_filesystem_free_bytes')})`;
  const connections = 'node_tcp_connection_states';
  const writable = `unless (${mount('node_filesystem_readonly')} > 0)`;
  return [
    { metric: METRIC.cpuUser, expression: cpu('user|nice') },
    { metric: METRIC.cpuSys, expression: cpu('system|irq|softirq|steal') },
    { metric: METRIC.cpuIowait, expression: cpu('iowait') },
    { metric: METRIC.cpuIdle, expression: cpu('idle') },
    {
      metric: METRIC.memUsed,
      expression: unused('node_memory_MemAvailable_bytes', 'node_memory_MemTotal_bytes'),
    },
    {
      metric: METRIC.swapUsed,
      expression: unused('node_memory_SwapFree_bytes', 'node_memory_SwapTotal_bytes'),
    },
    {
      metric: METRIC.diskUsage,
      // As df counts: used ÷ (used + available to users).
      expression: q.max(`100 * ${used} / (${used} + ${mount('node_filesystem_avail_bytes')}) ${writable}`),
    },
    { metric: METRIC.netIn, expression: network('node_network_receive_bytes_total') },
    { metric: METRIC.netOut, expression: network('node_network_transmit_bytes_total') },
    {
      metric: METRIC.frontCloseWait,
      // A state without connections has no series.
      expression: `${q.sum(q.level(connections, 'state="close_wait"'))} or 0 * ${q.sum(q.level(connections))}`,
    },
    { metric: METRIC.loadAverage, expression: q.max(q.level('node_load1')) },
    {
      metric: METRIC.uptimeDays,
      expression: `(time() - ${q.max(`last_over_time(${q.range('node_boot_time_seconds')})`)}) / 86400`,
    },
  ];
}

/** The same series under any of the label's spellings. */
function spelled(
  series: (matcher: string) => string,
  labels: readonly string[],
  operator: string,
  value: string,
): string {
  // Without the second matcher a negative one would also match series that lack the label.
  return labels.map((label) => series(`${label}${operator}"${value}",${label}!=""`)).join(' or ');
}

function otel(q: Promql): readonly BackfillQuery[] {
  const cpuTime = 'system_cpu_time_seconds_total';
  const cpu = (states: string): string => {
    const counted = spelled((matcher) => q.rate(cpuTime, matcher), STATE, '=~', states);
    const whole = spelled((matcher) => q.rate(cpuTime, matcher), STATE, '!~', 'guest|guest_nice');
    return percent(q.sum(counted), q.sum(whole));
  };
  const usedOf = (name: string, labels: readonly string[], others: string): string => {
    const used = spelled((matcher) => q.level(name, matcher), labels, '=', 'used');
    const whole = spelled((matcher) => q.level(name, matcher), labels, '!~', others);
    return percent(q.sum(used), `(${q.sum(whole)} > 0)`);
  };
  const network = (direction: string): string => {
    const series = (matcher: string): string =>
      q.rate('system_network_io_bytes_total', matcher, `device!~"${VIRTUAL_DEVICES}"`);
    return `${q.sum(spelled(series, DIRECTION, '=', direction))} / 1e6`;
  };
  const mount = (operator: string, states: string): string => {
    const series = (matcher: string): string =>
      q.level('system_filesystem_usage_bytes', matcher, 'mode!="ro"', `type!~"${PSEUDO_FILESYSTEMS}"`);
    return `sum without (${FILESYSTEM_STATE.join(', ')}) (${spelled(series, FILESYSTEM_STATE, operator, states)})`;
  };
  const connections = ['system_network_connections', 'system_network_connection_count'].map((name) =>
    spelled((matcher) => q.level(name, matcher), CONNECTION_STATE, '=~', '(?i)close_wait'),
  );
  return [
    { metric: METRIC.cpuUser, expression: cpu('user|nice') },
    { metric: METRIC.cpuSys, expression: cpu('system|kernel|interrupt|irq|softirq|steal') },
    { metric: METRIC.cpuIowait, expression: cpu('wait|iowait') },
    { metric: METRIC.cpuIdle, expression: cpu('idle') },
    { metric: METRIC.memUsed, expression: usedOf('system_memory_usage_bytes', MEMORY_STATE, 'shared') },
    { metric: METRIC.swapUsed, expression: usedOf('system_paging_usage_bytes', PAGING_STATE, 'shared') },
    {
      metric: METRIC.diskUsage,
      expression: q.max(`100 * ${mount('=', 'used')} / ${mount('=~', 'used|free')}`),
    },
    { metric: METRIC.netIn, expression: network('receive') },
    { metric: METRIC.netOut, expression: network('transmit') },
    { metric: METRIC.frontCloseWait, expression: q.sum(connections.join(' or ')) },
    { metric: METRIC.loadAverage, expression: q.max(q.level('system_cpu_load_average_1m')) },
    {
      metric: METRIC.uptimeDays,
      expression: `${q.max(`last_over_time(${q.range('system_uptime_seconds')})`)} / 86400`,
    },
  ];
}

/** What is asked of Prometheus for one way of naming host metrics. */
export function backfillQueries(source: QuerySource, options: QueryOptions): readonly BackfillQuery[] {
  const promql = new Promql(options);
  return source === 'otel' ? otel(promql) : nodeExporter(promql);
}
