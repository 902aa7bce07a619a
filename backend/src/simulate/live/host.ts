/** Reports this very machine with the OpenTelemetry SDK, so that people see their own computer in the list. */

import { statfs } from 'node:fs/promises';
import { hostname, loadavg, platform, uptime } from 'node:os';
import { parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Meter } from '@opentelemetry/api';
import { HostMetrics } from '@opentelemetry/host-metrics';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createExporter, Delivery, reportDiagnostics } from './delivery.ts';
import type { HostOptions } from './options.ts';
import { checkHostOptions } from './options.ts';
import { readCloseWait, readIowaitSeconds, readSwap } from './proc.ts';
import { QueuedExporter } from './queuedExporter.ts';

/** What is left when stop is asked for may still arrive for this long. */
const LAST_CHANCE_MS = 2000;
/** The groups of host-metrics that are about the machine; the others are about this process. */
const GROUPS = ['system.cpu', 'system.memory', 'system.network'];
/**
 * Not sent: shares that are already told by times and bytes (and now and then lie above 1, for they are divided by
 * wall time), and counts of packets.
 */
const DROPPED = ['system.*.utilization', 'system.network.dropped', 'system.network.errors'];

export interface HostHandle {
  /** Resolves after stop(); rejects with ARGUS_SIMULATE_REFUSED where the receiver refuses the metrics for good. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

/** Adds what host-metrics lacks: load, uptime, the root file system, and on Linux I/O wait, swap and CLOSE_WAIT. */
function observeTheRest(meter: Meter): void {
  meter
    .createObservableGauge('system.cpu.load_average.1m', { unit: '{thread}' })
    // Windows has no load average; Node reports 0 there.
    .addCallback((result) => (platform() === 'win32' ? undefined : result.observe(loadavg()[0])));
  meter
    .createObservableGauge('system.uptime', { unit: 's' })
    .addCallback((result) => result.observe(uptime()));
  meter
    .createObservableUpDownCounter('system.filesystem.usage', { unit: 'By' })
    .addCallback(async (result) => {
      const mountpoint = parse(process.cwd()).root;
      const { bsize, blocks, bfree, bavail } = await statfs(mountpoint);
      const mount = { 'system.filesystem.mountpoint': mountpoint, 'system.filesystem.mode': 'rw' };
      result.observe((blocks - bfree) * bsize, { ...mount, 'system.filesystem.state': 'used' });
      result.observe(bavail * bsize, { ...mount, 'system.filesystem.state': 'free' });
      result.observe((bfree - bavail) * bsize, { ...mount, 'system.filesystem.state': 'reserved' });
    });
  meter.createObservableCounter('system.cpu.time', { unit: 's' }).addCallback(async (result) => {
    const seconds = await readIowaitSeconds();
    if (seconds !== undefined) result.observe(seconds, { 'system.cpu.state': 'iowait' });
  });
  meter.createObservableUpDownCounter('system.paging.usage', { unit: 'By' }).addCallback(async (result) => {
    const swap = await readSwap();
    if (swap === undefined) return;
    result.observe(swap.used, { 'system.paging.state': 'used' });
    result.observe(swap.free, { 'system.paging.state': 'free' });
  });
  meter
    .createObservableUpDownCounter('system.network.connection.count', { unit: '{connection}' })
    .addCallback(async (result) => {
      const count = await readCloseWait();
      if (count === undefined) return;
      result.observe(count, { 'network.transport': 'tcp', 'network.connection.state': 'close_wait' });
    });
}

/**
 * Reports this machine every interval until it is told to stop.
 * @param print takes one line of trouble
 * @throws ARGUS_SIMULATE_OPTION for options that cannot be used
 */
export function startHostMetrics(
  given: HostOptions,
  print: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): HostHandle {
  const options = checkHostOptions(given);
  const stopping = new AbortController();
  const { promise: finished, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  finished.catch(() => {}); // who watches it sees the error; who does not must not be ended by it
  const endDiagnostics = reportDiagnostics(print);
  const exporter = createExporter(options);
  const delivery = new Delivery(exporter, options.endpoint, stopping.signal, print);
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'host.name': hostname(),
      'os.type': platform(),
      'argus.time_zone': Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    views: DROPPED.map((instrumentName) => ({
      instrumentName,
      aggregation: { type: AggregationType.DROP },
    })),
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new QueuedExporter(exporter, delivery, print, fail),
        exportIntervalMillis: options.intervalSeconds * 1000,
        exportTimeoutMillis: options.intervalSeconds * 1000,
      }),
    ],
  });
  new HostMetrics({ meterProvider: provider, metricGroups: GROUPS }).start();
  observeTheRest(provider.getMeter('argus-simulate/host'));
  // The first report at once: nobody should wait an interval to see their machine.
  provider.forceFlush().catch((error: unknown) => print(`This machine's metrics: ${String(error)}`));
  return {
    finished,
    stop: async () => {
      const lastChance = new AbortController();
      const giveUp = sleep(LAST_CHANCE_MS, undefined, { signal: lastChance.signal }).then(
        () => stopping.abort(),
        () => {},
      );
      await provider.shutdown().catch((error: unknown) => print(`This machine's metrics: ${String(error)}`));
      lastChance.abort();
      await giveUp;
      stopping.abort();
      endDiagnostics();
      finish();
    },
  };
}
