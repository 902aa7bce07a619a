import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { Delivery } from '../../../src/simulate/live/delivery.ts';
import { startHostMetrics } from '../../../src/simulate/live/host.ts';
import { PROTOCOLS } from '../../../src/simulate/live/options.ts';
import { countCloseWait, parseIowaitSeconds, parseSwap } from '../../../src/simulate/live/proc.ts';
import { QueuedExporter } from '../../../src/simulate/live/queuedExporter.ts';
import { until } from './helper.ts';
import { grpcStatus, startReceiver } from './receiver.ts';

const EXPECTED = [
  'system.cpu.load_average.1m',
  'system.cpu.time',
  'system.filesystem.usage',
  'system.memory.usage',
  'system.network.io',
  'system.uptime',
];

for (const protocol of PROTOCOLS) {
  test(`this machine's metrics arrive over ${protocol} under its own name`, async (t) => {
    const receiver = await startReceiver(protocol);
    t.after(() => receiver.close());
    const host = startHostMetrics({
      endpoint: receiver.endpoint,
      protocol,
      intervalSeconds: 300,
      apiKey: 'k',
    });
    await until(() => receiver.points.length > 0);
    await host.stop();
    await host.finished;
    const names = new Set(receiver.points.map(({ metric }) => metric));
    for (const name of EXPECTED) assert.ok(names.has(name), name);
    assert.ok(![...names].some((name) => name.endsWith('utilization')), 'shares are not told twice');
    assert.ok(receiver.points.every(({ resource }) => resource['host.name'] === hostname()));
    assert.ok(receiver.points.every(({ value }) => Number.isFinite(value) && value >= 0));
    assert.deepEqual(new Set(receiver.keys), new Set(['k']));
  });
}

test('while the receiver is away reports wait, and arrive when it is back', async (t) => {
  const receiver = await startReceiver('grpc');
  t.after(() => receiver.close());
  receiver.refuseWith = grpcStatus.UNAVAILABLE;
  const lines: string[] = [];
  const host = startHostMetrics({ endpoint: receiver.endpoint, intervalSeconds: 1 }, (line) =>
    lines.push(line),
  );
  await until(() => receiver.keys.length >= 2);
  receiver.refuseWith = undefined;
  await until(() => receiver.points.length > 0);
  await host.stop();
  assert.match(lines[0], /does not take the metrics/);
  assert.match(lines[1], /takes the metrics again/);
});

test('a receiver that refuses for good ends the reports with a reason', async (t) => {
  const receiver = await startReceiver('http/protobuf');
  t.after(() => receiver.close());
  receiver.refuseWith = 403;
  const host = startHostMetrics({ endpoint: receiver.endpoint, protocol: 'http/protobuf' });
  await assert.rejects(host.finished, { code: 'ARGUS_SIMULATE_REFUSED' });
  await host.stop();
});

test('options that cannot be used are refused with their name', () => {
  assert.throws(() => startHostMetrics({ endpoint: '' }), {
    code: 'ARGUS_SIMULATE_OPTION',
    message: /--endpoint/,
  });
  assert.throws(() => startHostMetrics({ endpoint: '127.0.0.1:1', intervalSeconds: 0 }), {
    code: 'ARGUS_SIMULATE_OPTION',
    message: /--interval/,
  });
});

test('an export that never ends does not keep the sending from ending', async () => {
  const stopping = new AbortController();
  const silent: PushMetricExporter = {
    export: () => {},
    forceFlush: async () => {},
    shutdown: () => new Promise(() => {}),
  };
  const delivery = new Delivery(silent, 'here:4317', stopping.signal, () => {});
  const sent = delivery.send({ resource: resourceFromAttributes({}), scopeMetrics: [] });
  const keepAwake = setInterval(() => {}, 100);
  stopping.abort();
  assert.equal(await sent, false);
  await delivery.close();
  clearInterval(keepAwake);
});

test('a queue that is full gives up its oldest reports and says so once', async () => {
  const lines: string[] = [];
  const stopping = new AbortController();
  const away: PushMetricExporter = {
    export: (_metrics, callback) =>
      callback({ code: 1, error: Object.assign(new Error('away'), { code: grpcStatus.UNAVAILABLE }) }),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const print = (line: string) => lines.push(line);
  const delivery = new Delivery(away, 'here:4317', stopping.signal, print);
  const queue = new QueuedExporter(away, delivery, print, (error) => assert.fail(String(error)));
  const report: ResourceMetrics = { resource: resourceFromAttributes({}), scopeMetrics: [] };
  for (let i = 0; i < 1100; i++) queue.export(report, ({ code }) => assert.equal(code, 0));
  stopping.abort();
  await queue.shutdown();
  assert.equal(lines.filter((line) => /oldest are given up/.test(line)).length, 1);
});

test('swap, I/O wait and CLOSE_WAIT are read from what Linux writes', () => {
  assert.deepEqual(parseSwap('MemTotal: 1 kB\nSwapTotal:    2048 kB\nSwapFree:     512 kB\n'), {
    used: 1536 * 1024,
    free: 512 * 1024,
  });
  assert.equal(parseSwap('SwapTotal:  0 kB\nSwapFree: 0 kB\n'), undefined, 'no swap is not measured, not 0');
  assert.equal(parseSwap(''), undefined);
  assert.equal(parseIowaitSeconds('cpu  10 20 30 40 500 0 0\ncpu0 1 2 3 4 5\n'), 5);
  assert.equal(parseIowaitSeconds(''), undefined);
  const tcp = [
    '  sl  local_address rem_address   st tx_queue',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:1F90 0100007F:A2B4 08 00000000:00000000',
    '   2: 0100007F:1F90 0100007F:A2B6 08 00000000:00000000',
  ].join('\n');
  assert.equal(countCloseWait(tcp), 2);
  assert.equal(countCloseWait(''), 0);
});
