/** A day of hosts as an OpenMetrics text: two watched by node_exporter, one of them idle, and one by OpenTelemetry. */

const SAMPLE_SECONDS = 60;
const DAY_SECONDS = 86_400;
/** Rates need samples before the first step. */
const LEAD_SECONDS = 900;

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  /** Label text to the value at a time; counters as their rate per second. */
  readonly series: readonly (readonly [string, number])[];
}

const NODE = 'instance="node1.example:9100",job="node"';
const IDLE = 'instance="idle.example:9100",job="node"';
const OTEL = 'host_name="otel1",instance="3f2c"';

const cpu = (host: string, label: string, shares: readonly (readonly [string, number])[]) =>
  ['0', '1'].flatMap((index) =>
    shares.map(([state, share]) => [`${host},cpu="${index}",${label}="${state}"`, share] as const),
  );

function families(endSeconds: number): readonly Family[] {
  const nodeMount = (size: number) =>
    [
      [`${NODE},device="/dev/a",mountpoint="/",fstype="ext4"`, size],
      [`${NODE},device="/dev/b",mountpoint="/iso",fstype="ext4"`, size],
      [`${NODE},device="tmpfs",mountpoint="/run",fstype="tmpfs"`, size],
    ] as const;
  const otelMount = (state: string, root: number) =>
    [
      [`${OTEL},device="/dev/a",mountpoint="/",type="xfs",mode="rw",state="${state}"`, root],
      [`${OTEL},device="/dev/b",mountpoint="/ro",type="xfs",mode="ro",state="${state}"`, 100],
    ] as const;
  return [
    {
      name: 'node_cpu_seconds',
      type: 'counter',
      series: cpu(NODE, 'mode', [
        ['user', 0.15],
        ['nice', 0.05],
        ['system', 0.08],
        ['softirq', 0.02],
        ['iowait', 0.05],
        ['idle', 0.65],
      ]),
    },
    { name: 'node_memory_MemTotal_bytes', type: 'gauge', series: [[NODE, 1000]] },
    { name: 'node_memory_MemAvailable_bytes', type: 'gauge', series: [[NODE, 400]] },
    { name: 'node_memory_SwapTotal_bytes', type: 'gauge', series: [[NODE, 0]] },
    { name: 'node_memory_SwapFree_bytes', type: 'gauge', series: [[NODE, 0]] },
    { name: 'node_filesystem_size_bytes', type: 'gauge', series: nodeMount(100) },
    {
      name: 'node_filesystem_free_bytes',
      type: 'gauge',
      series: nodeMount(0).map(([labels], i) => [labels, i === 0 ? 40 : 0]),
    },
    {
      name: 'node_filesystem_avail_bytes',
      type: 'gauge',
      series: nodeMount(0).map(([labels], i) => [labels, i === 0 ? 30 : 0]),
    },
    {
      name: 'node_filesystem_readonly',
      type: 'gauge',
      series: nodeMount(0).map(([labels], i) => [labels, i === 1 ? 1 : 0]),
    },
    {
      name: 'node_network_receive_bytes',
      type: 'counter',
      series: [
        [`${NODE},device="eth0"`, 2e6],
        [`${NODE},device="eth1"`, 1e6],
        [`${NODE},device="lo"`, 9e6],
      ],
    },
    { name: 'node_network_transmit_bytes', type: 'counter', series: [[`${NODE},device="eth0"`, 5e5]] },
    {
      name: 'node_tcp_connection_states',
      type: 'gauge',
      series: [
        [`${NODE},state="close_wait"`, 7],
        [`${NODE},state="established"`, 70],
        [`${IDLE},state="established"`, 2],
      ],
    },
    { name: 'node_load1', type: 'gauge', series: [[NODE, 1.5]] },
    { name: 'node_boot_time_seconds', type: 'gauge', series: [[NODE, endSeconds - 3 * DAY_SECONDS]] },
    {
      name: 'system_cpu_time_seconds',
      type: 'counter',
      series: cpu(OTEL, 'state', [
        ['user', 0.3],
        ['system', 0.1],
        ['wait', 0.1],
        ['idle', 0.5],
      ]),
    },
    {
      name: 'system_memory_usage_bytes',
      type: 'gauge',
      series: [
        [`${OTEL},state="used"`, 30],
        [`${OTEL},state="free"`, 20],
        [`${OTEL},state="cached"`, 50],
      ],
    },
    {
      name: 'system_paging_usage_bytes',
      type: 'gauge',
      series: [
        [`${OTEL},device="/swap",state="used"`, 1],
        [`${OTEL},device="/swap",state="free"`, 3],
      ],
    },
    {
      name: 'system_filesystem_usage_bytes',
      type: 'gauge',
      series: [...otelMount('used', 80), ...otelMount('free', 20)],
    },
    {
      name: 'system_network_io_bytes',
      type: 'counter',
      series: [
        [`${OTEL},device="eth0",direction="receive"`, 4e6],
        [`${OTEL},device="eth0",direction="transmit"`, 1e6],
        [`${OTEL},device="lo",direction="receive"`, 9e6],
      ],
    },
    {
      name: 'system_network_connections',
      type: 'gauge',
      series: [
        [`${OTEL},protocol="tcp",state="CLOSE_WAIT"`, 3],
        [`${OTEL},protocol="tcp",state="LISTEN"`, 30],
      ],
    },
    { name: 'system_cpu_load_average_1m', type: 'gauge', series: [[OTEL, 0.75]] },
    { name: 'system_uptime_seconds', type: 'gauge', series: [[OTEL, DAY_SECONDS]] },
  ];
}

/** @param endSeconds time of the last sample */
export function openMetricsDay(endSeconds: number): string {
  const lines: string[] = [];
  const start = endSeconds - DAY_SECONDS - LEAD_SECONDS;
  for (const { name, type, series } of families(endSeconds)) {
    lines.push(`# TYPE ${name} ${type}`);
    for (const [labels, value] of series) {
      for (let at = start; at <= endSeconds; at += SAMPLE_SECONDS) {
        const sample = type === 'counter' ? value * (at - start) : value;
        lines.push(`${name}${type === 'counter' ? '_total' : ''}{${labels}} ${sample} ${at}`);
      }
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
