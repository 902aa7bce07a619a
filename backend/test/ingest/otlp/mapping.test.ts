import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS } from '../../../src/catalog/metrics.ts';
import { collectorHost } from './collectorShape.ts';
import type { Attributes, MetricMessage, Point, ResourceMessage } from './messages.ts';
import { Bench, MINUTE, NOW } from './support.ts';

const BOOT = NOW - 24 * 60 * MINUTE;
const T1 = NOW - 2 * MINUTE;
const T2 = NOW - MINUTE;
const GIB = 2 ** 30;

type Series = readonly (readonly [value: number, attributes?: Attributes])[];

const metric = (name: string, kind: 'gauge' | 'sum', timeMs: number, series: Series): MetricMessage => ({
  name,
  kind,
  isMonotonic: false,
  points: series.map(
    ([value, attributes]): Point => ({
      timeMs,
      startMs: BOOT,
      value,
      ...(attributes === undefined ? {} : { attributes }),
    }),
  ),
});
const host = (...metrics: readonly MetricMessage[]): ResourceMessage => ({
  resource: { 'host.name': 'h' },
  metrics,
});
const gauges = (name: string, series: Series): ResourceMessage => host(metric(name, 'gauge', T2, series));

/** What comes out of requests that are sent one after the other. */
function measured(...requests: readonly ResourceMessage[]): Readonly<Record<string, number>> {
  const bench = new Bench();
  for (const request of requests) assert.equal(bench.send(request), null);
  bench.settle();
  return bench.intake.latest('h');
}

/** Two moments of counters, the first at 1000 each. */
function counters(name: string, increases: Series): Readonly<Record<string, number>> {
  const before = increases.map(([, attributes]) => [1000, attributes ?? {}] as const);
  const after = increases.map(([increase, attributes]) => [1000 + increase, attributes ?? {}] as const);
  return measured(host(metric(name, 'sum', T1, before)), host(metric(name, 'sum', T2, after)));
}

function close(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(
      Math.abs(actual[name] - value) < 1e-9 * Math.max(1, value),
      `${name}: ${actual[name]} is not ${value}`,
    );
  }
}

test('a Collector gives all metrics of a host but those it does not have', () => {
  const shape = { name: 'h', cpus: 4, devices: 2, mounts: 3 };
  const bench = new Bench();
  for (const timeMs of [T1, T2]) assert.equal(bench.send(...collectorHost(shape, BOOT, timeMs)), null);
  bench.settle();
  close(bench.intake.latest('h'), {
    cpu_user_pct: 32.5,
    cpu_sys_pct: 12.5,
    cpu_iowait_pct: 5,
    cpu_idle_pct: 50,
    mem_used_pct: 37.5,
    disk_usage_pct: 22,
    net_in_mb_s: 4,
    net_out_mb_s: 2,
    front_close_wait: 7,
    load_average: 1.5,
    uptime_days: (24 * 60 - 1) / (24 * 60),
  });
});

const CPU_SHARES = { cpu_user_pct: 30, cpu_sys_pct: 20, cpu_iowait_pct: 10, cpu_idle_pct: 40 };

test('CPU time is a share of all states under each client’s attribute names, with CPUs and without', () => {
  for (const key of ['state', 'cpu.mode', 'system.cpu.state']) {
    const states = (extra: Attributes): Series => [
      [20, { [key]: 'user', ...extra }],
      [10, { [key]: 'nice', ...extra }],
      [8, { [key]: 'system', ...extra }],
      [5, { [key]: 'interrupt', ...extra }],
      [4, { [key]: 'softirq', ...extra }],
      [3, { [key]: 'steal', ...extra }],
      [10, { [key]: key === 'state' ? 'wait' : 'iowait', ...extra }],
      [40, { [key]: 'idle', ...extra }],
    ];
    close(counters('system.cpu.time', states({})), CPU_SHARES);
    close(counters('system.cpu.time', [...states({ cpu: 'cpu0' }), ...states({ cpu: 'cpu1' })]), CPU_SHARES);
  }
});

test('node_exporter CPU seconds are the same shares', () => {
  const modes: Series = [
    [30, { cpu: '0', mode: 'user' }],
    [15, { cpu: '0', mode: 'system' }],
    [3, { cpu: '0', mode: 'irq' }],
    [2, { cpu: '0', mode: 'steal' }],
    [10, { cpu: '0', mode: 'iowait' }],
    [40, { cpu: '0', mode: 'idle' }],
  ];
  close(counters('node_cpu_seconds_total', modes), CPU_SHARES);
});

test('a state that no rule knows is part of the whole', () => {
  const result = counters('system.cpu.time', [
    [50, { state: 'idle' }],
    [25, { state: 'user' }],
    [25, { state: 'quantum' }],
  ]);
  close(result, { cpu_idle_pct: 50, cpu_user_pct: 25 });
});

test('without iowait there is no iowait, and without idle there are no shares', () => {
  const noWait = counters('system.cpu.time', [
    [90, { state: 'idle' }],
    [10, { state: 'user' }],
  ]);
  close(noWait, { cpu_idle_pct: 90, cpu_user_pct: 10 });
  close(counters('system.cpu.time', [[10, { state: 'user' }]]), {});
});

test('CPU utilization is averaged over CPUs', () => {
  const result = measured(
    gauges('system.cpu.utilization', [
      [0.2, { cpu: 'cpu0', state: 'user' }],
      [0.8, { cpu: 'cpu0', state: 'idle' }],
      [0.6, { cpu: 'cpu1', state: 'user' }],
      [0.4, { cpu: 'cpu1', state: 'idle' }],
    ]),
  );
  close(result, { cpu_user_pct: 40, cpu_idle_pct: 60 });
});

test('CPU time is believed rather than utilization where a client sends both', () => {
  const cpu = (timeMs: number, seconds: number) =>
    host(
      metric('system.cpu.utilization', 'gauge', timeMs, [
        [0.9, { state: 'user' }],
        [0.1, { state: 'idle' }],
      ]),
      metric('system.cpu.time', 'sum', timeMs, [
        [seconds, { state: 'user' }],
        [seconds * 3, { state: 'idle' }],
      ]),
    );
  const bench = new Bench();
  for (let minute = 5; minute >= 1; minute--) bench.send(cpu(NOW - minute * MINUTE, 1000 - minute * 60));
  bench.settle();
  assert.deepEqual(bench.intake.values('h', 'cpu_user_pct').slice(-3), [25, 25, 25]);
});

test('memory is what is used of all states; shared memory is not counted twice', () => {
  const states: Series = [
    [4 * GIB, { state: 'used' }],
    [3 * GIB, { state: 'free' }],
    [1 * GIB, { state: 'buffered' }],
    [2 * GIB, { state: 'cached' }],
    [9 * GIB, { state: 'shared' }],
  ];
  close(measured(gauges('system.memory.usage', states)), { mem_used_pct: 40 });
  const renamed = states.map(
    ([value, attributes]) => [value, { 'system.memory.state': attributes?.state ?? '' }] as const,
  );
  close(measured(gauges('system.memory.usage', renamed)), { mem_used_pct: 40 });
});

test('memory utilization is taken of the used state only', () => {
  const result = measured(
    gauges('system.memory.utilization', [
      [0.7, { state: 'free' }],
      [0.3, { state: 'used' }],
    ]),
  );
  close(result, { mem_used_pct: 30 });
});

test('node_exporter memory is what is not available, on old kernels what is not free, buffered or cached', () => {
  const node = (values: Readonly<Record<string, number>>) =>
    measured(
      host(
        ...Object.entries(values).map(([name, value]) =>
          metric(`node_memory_${name}_bytes`, 'gauge', T2, [[value]]),
        ),
      ),
    );
  close(node({ MemTotal: 100, MemAvailable: 60, MemFree: 10, Buffers: 5, Cached: 30 }), { mem_used_pct: 40 });
  close(node({ MemTotal: 100, MemFree: 10, Buffers: 5, Cached: 30, SReclaimable: 5 }), { mem_used_pct: 50 });
  close(node({ SwapTotal: 200, SwapFree: 50 }), { swap_used_pct: 75 });
  close(node({ SwapTotal: 0, SwapFree: 0 }), {});
});

test('swap is summed over devices, and not measured where there is none', () => {
  const usage = measured(
    gauges('system.paging.usage', [
      [10, { device: '/dev/sda2', state: 'used' }],
      [30, { device: '/dev/sda2', state: 'free' }],
      [20, { device: '/dev/sdb2', state: 'used' }],
      [40, { device: '/dev/sdb2', state: 'free' }],
    ]),
  );
  close(usage, { swap_used_pct: 30 });
  const none = gauges('system.paging.usage', [
    [0, { state: 'used' }],
    [0, { state: 'free' }],
  ]);
  close(measured(none), {});
  close(
    measured(
      gauges('system.paging.utilization', [
        [0.25, { state: 'used' }],
        [0.75, { state: 'free' }],
      ]),
    ),
    {
      swap_used_pct: 25,
    },
  );
});

test('the fullest writable mount counts; read-only and memory file systems do not', () => {
  const mount = (mountpoint: string, type: string, mode: string, used: number, free: number): Series => [
    [used, { device: 'd', mountpoint, type, mode, state: 'used' }],
    [free, { device: 'd', mountpoint, type, mode, state: 'free' }],
    [50, { device: 'd', mountpoint, type, mode, state: 'reserved' }],
  ];
  const result = measured(
    gauges('system.filesystem.usage', [
      ...mount('/', 'ext4', 'rw', 30, 70),
      ...mount('/data', 'xfs', 'rw', 90, 110),
      ...mount('/run', 'tmpfs', 'rw', 99, 1),
      ...mount('/snap/core', 'squashfs', 'ro', 100, 0),
      ...mount('/mnt/cd', 'ext4', 'ro', 100, 0),
      ...mount('/var/lib/docker/x', 'overlay', 'rw', 95, 5),
    ]),
  );
  close(result, { disk_usage_pct: 45 });
});

test('filesystem utilization gives the fullest mount too', () => {
  const result = measured(
    gauges('system.filesystem.utilization', [
      [0.3, { mountpoint: '/', type: 'ext4', mode: 'rw' }],
      [0.6, { mountpoint: '/data', type: 'ext4', mode: 'rw' }],
      [0.9, { mountpoint: '/run', type: 'tmpfs', mode: 'rw' }],
    ]),
  );
  close(result, { disk_usage_pct: 60 });
});

test('node_exporter file systems count as df does, read-only ones not', () => {
  const root = { device: '/dev/sda1', fstype: 'ext4', mountpoint: '/' };
  const image = { device: '/dev/sdb1', fstype: 'ext4', mountpoint: '/image' };
  const tmp = { device: 'tmpfs', fstype: 'tmpfs', mountpoint: '/run' };
  const all = (rootValue: number, imageValue: number, tmpValue: number): Series => [
    [rootValue, root],
    [imageValue, image],
    [tmpValue, tmp],
  ];
  const result = measured(
    host(
      metric('node_filesystem_size_bytes', 'gauge', T2, all(100, 100, 100)),
      metric('node_filesystem_free_bytes', 'gauge', T2, all(40, 1, 0)),
      metric('node_filesystem_avail_bytes', 'gauge', T2, all(20, 1, 0)),
      metric('node_filesystem_readonly', 'gauge', T2, all(0, 1, 0)),
    ),
  );
  close(result, { disk_usage_pct: 75 });
});

test('network rates are summed over devices without loopback and ifb', () => {
  const series: Series = [
    [60e6, { device: 'eth0', direction: 'receive' }],
    [120e6, { device: 'eth1', direction: 'receive' }],
    [30e6, { device: 'eth0', direction: 'transmit' }],
    [600e6, { device: 'lo', direction: 'receive' }],
    [600e6, { device: 'lo0', direction: 'transmit' }],
    [600e6, { device: 'ifb0', direction: 'receive' }],
  ];
  close(counters('system.network.io', series), { net_in_mb_s: 3, net_out_mb_s: 0.5 });
  const renamed = series.map(
    ([value, attributes]) =>
      [
        value,
        { 'system.device': attributes?.device ?? '', 'network.io.direction': attributes?.direction ?? '' },
      ] as const,
  );
  close(counters('system.network.io', renamed), { net_in_mb_s: 3, net_out_mb_s: 0.5 });
});

test('node_exporter network counters are the same', () => {
  close(
    counters('node_network_receive_bytes_total', [
      [60e6, { device: 'eth0' }],
      [9e6, { device: 'lo' }],
    ]),
    {
      net_in_mb_s: 1,
    },
  );
  close(counters('node_network_transmit_bytes_total', [[30e6, { device: 'eth0' }]]), { net_out_mb_s: 0.5 });
});

test('CLOSE_WAIT of TCP is counted, in front unless the point or its resource says back', () => {
  const series: Series = [
    [7, { protocol: 'tcp', state: 'CLOSE_WAIT' }],
    [100, { protocol: 'tcp', state: 'ESTABLISHED' }],
    [5, { protocol: 'udp', state: 'CLOSE_WAIT' }],
    [3, { protocol: 'tcp', state: 'CLOSE_WAIT', 'argus.side': 'back' }],
  ];
  close(measured(gauges('system.network.connections', series)), { front_close_wait: 7, back_close_wait: 3 });
  close(
    measured(
      gauges('system.network.connection.count', [
        [4, { 'network.transport': 'tcp', 'network.connection.state': 'close_wait' }],
      ]),
    ),
    { front_close_wait: 4 },
  );
  close(measured(gauges('node_tcp_connection_states', [[6, { state: 'close_wait' }]])), {
    front_close_wait: 6,
  });
  close(
    measured({
      resource: { 'host.name': 'h', 'argus.side': 'back' },
      metrics: [metric('node_tcp_connection_states', 'gauge', T2, [[6, { state: 'close_wait' }]])],
    }),
    { back_close_wait: 6 },
  );
});

test('a node_exporter that names other states only has no connection in CLOSE_WAIT', () => {
  const states: Series = [
    [40, { state: 'established' }],
    [9, { state: 'listen' }],
  ];
  close(measured(gauges('node_tcp_connection_states', states)), { front_close_wait: 0 });
  close(measured(gauges('node_tcp_connection_states', [...states, [6, { state: 'close_wait' }]])), {
    front_close_wait: 6,
  });
  close(
    measured({
      resource: { 'host.name': 'h', 'argus.side': 'back' },
      metrics: [metric('node_tcp_connection_states', 'gauge', T2, states)],
    }),
    { back_close_wait: 0 },
  );
});

test('uptime comes in days from seconds or from the time of boot', () => {
  close(measured(gauges('system.uptime', [[43_200]])), { uptime_days: 0.5 });
  close(measured(gauges('node_boot_time_seconds', [[T2 / 1000 - 86_400]])), { uptime_days: 1 });
});

test('gauges named like our own fields are taken as they are', () => {
  const own = METRICS.map(({ name }, index) => metric(name, 'gauge', T2, [[index]]));
  close(measured(host(...own)), Object.fromEntries(METRICS.map(({ name }, index) => [name, index])));
});

test('Java CPU is summed over JVMs that report at times of their own', () => {
  const bench = new Bench();
  const jvm = (pid: bigint, timeMs: number, value: number): ResourceMessage => ({
    resource: { 'host.name': 'h', 'process.pid': pid },
    metrics: [metric('jvm.cpu.recent_utilization', 'gauge', timeMs, [[value]])],
  });
  bench.send(jvm(1n, T1, 0.2));
  bench.send(jvm(2n, T1 + 20_000, 0.1));
  bench.send(jvm(1n, T1 + 60_000, 0.3));
  const values = bench.intake.values('h', 'java_cpu_pct').map((value) => Math.round(value));
  assert.deepEqual(values, [20, 30, 40]);
});

test('process CPU time of java is a share of all CPUs, of other programs nothing', () => {
  const bench = new Bench();
  const moment = (timeMs: number, seconds: number): readonly ResourceMessage[] => [
    host(
      metric('system.cpu.time', 'sum', timeMs, [
        [seconds, { state: 'user' }],
        [seconds * 3, { state: 'idle' }],
      ]),
    ),
    ...['java', 'postgres'].map((executable, index) => ({
      resource: { 'host.name': 'h', 'process.executable.name': executable, 'process.pid': BigInt(index) },
      metrics: [
        metric('process.cpu.time', 'sum', timeMs + index, [
          [seconds / 2, { state: 'user' }],
          [seconds / 2, { state: 'system' }],
          [seconds, { state: 'wait' }],
        ]),
      ],
    })),
  ];
  for (const [timeMs, seconds] of [
    [T1, 1000],
    [T2, 1060],
    [NOW, 1120],
  ]) {
    bench.send(...moment(timeMs, seconds));
  }
  bench.settle();
  // Four CPUs, one of them kept busy by java.
  assert.equal(bench.intake.latest('h').java_cpu_pct, 25);
});

test('process utilization of java is added up and never above 100', () => {
  const java = (pid: bigint, value: number): ResourceMessage => ({
    resource: { 'host.name': 'h', 'process.pid': pid, 'process.executable.name': 'java' },
    metrics: [
      metric('process.cpu.utilization', 'gauge', T2, [
        [value, { state: 'user' }],
        [0.1, { state: 'system' }],
      ]),
    ],
  });
  const bench = new Bench();
  bench.send(java(1n, 0.3), java(2n, 0.2));
  assert.equal(Math.round(bench.intake.latest('h').java_cpu_pct), 70);
  const crowded = new Bench();
  crowded.send(java(1n, 0.8), java(2n, 0.7));
  assert.equal(crowded.intake.latest('h').java_cpu_pct, 100);
});

test('metrics of no use are accepted and counted', async () => {
  const bench = new Bench();
  assert.equal(bench.send(gauges('system.disk.io', [[1], [2]])), null);
  const page = await bench.registry.metrics();
  assert.match(page, /argus_ingest_points_total 2\n/);
  assert.match(page, /argus_ingest_points_unmapped_total 2\n/);
});
