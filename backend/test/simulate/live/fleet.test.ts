import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { STEP_MS } from '../../../src/catalog/time.ts';
import type { FleetHandle } from '../../../src/simulate/live/fleet.ts';
import { simulateFleet } from '../../../src/simulate/live/fleet.ts';
import type { FleetOptions } from '../../../src/simulate/live/options.ts';
import { PROTOCOLS } from '../../../src/simulate/live/options.ts';
import { HeldClock, seriesOf, until } from './helper.ts';
import type { Receiver } from './receiver.ts';
import { grpcStatus, startReceiver } from './receiver.ts';

/** Seven minutes and twenty seconds past noon: two minutes into a step. */
const NOW_MS = Date.UTC(2026, 5, 10, 12, 7, 20);
const STEP_START_MS = Date.UTC(2026, 5, 10, 12, 5);

interface Sending {
  readonly fleet: FleetHandle;
  readonly clock: HeldClock;
  readonly lines: string[];
}

interface Bench {
  readonly receiver: Receiver;
  /** Starts a fleet that sends to the receiver. */
  send(options?: Partial<FleetOptions>): Sending;
}

/** A receiver and its fleets, which are stopped before it after the test. */
async function bench(t: TestContext, protocol: (typeof PROTOCOLS)[number] = 'grpc'): Promise<Bench> {
  const receiver = await startReceiver(protocol);
  const fleets: FleetHandle[] = [];
  t.after(async () => {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
    await receiver.close();
  });
  return {
    receiver,
    send: (options = {}) => {
      const clock = new HeldClock(NOW_MS);
      const lines: string[] = [];
      const fleet = simulateFleet(
        {
          endpoint: receiver.endpoint,
          protocol,
          servers: 3,
          historyHours: 2,
          scenario: 'healthy',
          ...options,
        },
        { clock, print: (line) => lines.push(line) },
      );
      fleets.push(fleet);
      return { fleet, clock, lines };
    },
  };
}

for (const protocol of PROTOCOLS) {
  test(`over ${protocol} the past arrives whole: a point a step, oldest first, none from the future`, async (t) => {
    const { receiver, send } = await bench(t, protocol);
    const { fleet } = send({ apiKey: 'argus-key' });
    const { points, servers, exports } = await fleet.historySent;
    const history = receiver.points.slice(0, points);
    assert.equal(servers, 3);
    assert.equal(exports, receiver.keys.length);
    assert.ok(receiver.keys.every((key) => key === 'argus-key'));
    const hosts = [...new Set(history.map((point) => point.resource['host.name']))];
    assert.deepEqual(hosts.sort(), ['ppapi002', 'ppdb001', 'srv-003']);
    for (const host of hosts) {
      const times = seriesOf(history, String(host), 'system.uptime').map(({ timeMs }) => timeMs);
      const start = STEP_START_MS - 23 * STEP_MS;
      assert.equal(times[0], start, 'a point for rates to start from');
      const steps = Array.from({ length: 23 }, (_, step) => start + (step + 1) * STEP_MS - 1000);
      assert.deepEqual(times.slice(1), steps);
    }
    const { resource } = history[0];
    assert.equal(resource['argus.profile'], 'database');
    assert.equal(typeof resource['argus.time_zone'], 'string');
    assert.match(String(resource.rack), /^rack-\d\d$/);
  });
}

test('what arrives is what a Collector would send: counters that only grow, shares that add up', async (t) => {
  const { receiver, send } = await bench(t);
  const { fleet } = send();
  await fleet.historySent;
  const states = ['user', 'system', 'idle', 'interrupt', 'nice', 'softirq', 'steal', 'wait'];
  const cpu = states.map((state) => seriesOf(receiver.points, 'ppdb001', 'system.cpu.time', { state }));
  const cores = seriesOf(receiver.points, 'ppdb001', 'system.cpu.logical.count')[0].value;
  for (let i = 1; i < cpu[0].length; i++) {
    const spent = cpu.reduce((sum, series) => sum + series[i].value - series[i - 1].value, 0);
    const seconds = (cpu[0][i].timeMs - cpu[0][i - 1].timeMs) / 1000;
    assert.ok(
      Math.abs(spent - seconds * cores) < 0.01 * cores,
      `${spent} s of ${cores} cores in ${seconds} s`,
    );
    assert.ok(cpu.every((series) => series[i].value >= series[i - 1].value));
  }
  assert.ok(cpu[0].every(({ kind, startMs, timeMs }) => kind === 'counter' && startMs < timeMs));

  const memory = receiver.points.filter(
    ({ metric, timeMs, resource }) =>
      metric === 'system.memory.usage' && resource['host.name'] === 'ppdb001' && timeMs === cpu[0][3].timeMs,
  );
  assert.equal(memory.length, 6);
  const bytesPerCore = memory.reduce((sum, { value }) => sum + value, 0) / cores;
  assert.ok(Math.abs(bytesPerCore - 4 * 2 ** 30) < 10, `${bytesPerCore}`);

  const io = (device: string) =>
    seriesOf(receiver.points, 'ppdb001', 'system.network.io', { device, direction: 'receive' });
  assert.ok(io('eth0').length > 0 && io('lo').length > 0);
  const closeWait = seriesOf(receiver.points, 'ppdb001', 'system.network.connections', {
    state: 'CLOSE_WAIT',
  });
  assert.ok(closeWait.every(({ attributes }) => attributes.protocol === 'tcp'));
  assert.equal(closeWait.filter(({ attributes }) => attributes['argus.side'] === 'back').length, 24);
  const java = receiver.points.filter(({ metric }) => metric === 'process.cpu.time');
  assert.ok(java.every(({ attributes }) => attributes['process.executable.name'] === 'java'));
});

test('after the past comes the present: what is missing of this step at once, then a point every interval', async (t) => {
  const { receiver, send } = await bench(t);
  const { fleet, clock } = send({ historyHours: 1, intervalSeconds: 1, servers: 1 });
  await fleet.historySent;
  const seconds = (NOW_MS - STEP_START_MS) / 1000;
  const live = () =>
    seriesOf(receiver.points, 'ppdb001', 'system.uptime').filter(({ timeMs }) => timeMs >= STEP_START_MS);
  await until(() => live().length === seconds);
  clock.timeMs += 2000;
  await until(() => live().length >= seconds + 2);
  await fleet.stop();
  const times = live().map(({ timeMs }) => timeMs);
  assert.deepEqual(
    times,
    Array.from({ length: seconds + 2 }, (_, i) => STEP_START_MS + (i + 1) * 1000),
  );
});

test('a replay never sends what has not happened yet, and ends in the present', async (t) => {
  const { receiver, send } = await bench(t);
  const { fleet, clock } = send({ historyHours: 2, speed: 100, servers: 1 });
  const newest = () => Math.max(0, ...receiver.points.map(({ timeMs }) => timeMs));
  const startMs = STEP_START_MS - 23 * STEP_MS;
  clock.timeMs += 36_000; // an hour of the past
  await until(() => newest() >= startMs + 3_600_000 - 1000);
  assert.ok(newest() < startMs + 3_600_000);
  clock.timeMs += 60_000;
  await fleet.historySent;
  assert.ok(newest() <= clock.timeMs);
});

test('the same seed and present send the same values', async (t) => {
  const values = async () => {
    const { receiver, send } = await bench(t);
    const { fleet } = send({ scenario: 'mixed', seed: 3 });
    await fleet.historySent;
    await fleet.stop();
    const key = ({ resource, metric, attributes, timeMs, value }: Receiver['points'][number]) =>
      JSON.stringify([resource['host.name'], metric, attributes, timeMs, value]);
    return receiver.points.map(key).sort();
  };
  assert.deepEqual(await values(), await values());
});

const busy = [
  ['grpc', grpcStatus.UNAVAILABLE],
  ['grpc', grpcStatus.RESOURCE_EXHAUSTED],
  ['http/protobuf', 503],
  ['http/json', 429],
] as const;
for (const [protocol, refusal] of busy) {
  test(`a receiver that answers ${refusal} over ${protocol} for a while loses nothing`, async (t) => {
    const { receiver, send } = await bench(t, protocol);
    receiver.refuseWith = refusal;
    const { fleet } = send({ historyHours: 1 });
    await until(() => receiver.keys.length > 0);
    receiver.refuseWith = undefined;
    const { points } = await fleet.historySent;
    assert.equal(receiver.points.length >= points, true);
    for (const host of ['ppdb001', 'ppapi002', 'srv-003']) {
      assert.ok(seriesOf(receiver.points, host, 'system.uptime').length >= 12, host);
    }
  });
}

test('one line tells that the receiver is away, one that it is back', async (t) => {
  const { receiver, send } = await bench(t);
  receiver.refuseWith = grpcStatus.UNAVAILABLE;
  const { fleet, lines } = send({ historyHours: 1 });
  await until(() => receiver.keys.length >= 6);
  receiver.refuseWith = undefined;
  await fleet.historySent;
  assert.equal(lines.length, 2);
  assert.match(lines[0], /does not take the metrics \(.*not now\); trying again/);
  assert.match(lines[1], /takes the metrics again/);
});

test('points that a receiver refuses one by one are told, in one line for the whole fleet', async (t) => {
  const { receiver, send } = await bench(t, 'http/json');
  receiver.jsonAnswer = '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"too old"}}';
  const { fleet, lines } = send();
  await fleet.historySent;
  assert.equal(lines.length, 1);
  assert.match(lines[0], /Partial Success.*7.*too old/);
});

const hopeless = [
  ['grpc', grpcStatus.UNAUTHENTICATED],
  ['grpc', grpcStatus.INVALID_ARGUMENT],
  ['http/protobuf', 401],
  ['http/json', 400],
] as const;
for (const [protocol, refusal] of hopeless) {
  test(`a receiver that answers ${refusal} over ${protocol} ends the fleet with a reason`, async (t) => {
    const { receiver, send } = await bench(t, protocol);
    receiver.refuseWith = refusal;
    const { fleet } = send();
    const expected = { code: 'ARGUS_SIMULATE_REFUSED', message: /refuses the metrics: .*Check the address/ };
    await assert.rejects(fleet.historySent, expected);
    await assert.rejects(fleet.finished, expected);
  });
}

test('a fleet whose receiver went away can be stopped', async (t) => {
  const { receiver, send } = await bench(t);
  await receiver.close();
  const { fleet, lines } = send();
  await until(() => lines.length > 0);
  await fleet.stop();
  await fleet.finished;
  assert.equal(fleet.statistics().points, 0);
});

const refused: readonly [string, Partial<FleetOptions>, RegExp][] = [
  ['an endpoint that is no address', { endpoint: 'http://' }, /--endpoint is 'http:\/\/'.*127\.0\.0\.1:4317/],
  ['an endpoint of another scheme', { endpoint: 'ftp://here' }, /--endpoint is 'ftp:\/\/here'/],
  ['no server', { servers: 0 }, /--servers is 0/],
  [
    'a scenario that does not exist',
    { scenario: 'doom' as never },
    /--scenario is 'doom'.*healthy, degrading/,
  ],
  ['a protocol that does not exist', { protocol: 'udp' as never }, /--protocol is 'udp'.*http\/protobuf/],
  ['a negative history', { historyHours: -1 }, /--history is -1 h/],
  ['a history of a year', { historyHours: 9000 }, /--history/],
  ['slower than real time', { speed: 0.5 }, /--speed is 0\.5/],
  ['an interval of nothing', { intervalSeconds: 0 }, /--interval is 0/],
  ['a key that cannot be sent', { apiKey: 'a\nb' }, /--api-key/],
  ['a negative seed', { seed: -2 }, /--seed is -2/],
];
for (const [what, changes, message] of refused) {
  test(`${what} is refused with the option's name`, () => {
    assert.throws(() => simulateFleet({ endpoint: '127.0.0.1:1', servers: 1, ...changes }), {
      code: 'ARGUS_SIMULATE_OPTION',
      message,
    });
  });
}
