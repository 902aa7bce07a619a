import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireWriter } from '../../../src/ingest/otlp/wireWriter.ts';
import { FakeIntake } from './fakeIntake.ts';
import { type Attributes, encodeRequest, type ResourceMessage } from './messages.ts';
import { Bench, NOW } from './support.ts';

const from = (resource: Attributes, value = 1): ResourceMessage => ({
  resource,
  metrics: [{ name: 'node_load1', points: [{ timeMs: NOW, value }] }],
});

test('a server is named by host.name, else host.id, else service.instance.id', () => {
  const bench = new Bench();
  bench.send(
    from({ 'service.instance.id': 'c', 'host.id': 'b', 'host.name': 'a' }),
    from({ 'service.instance.id': 'c', 'host.id': 'b' }),
    from({ 'service.instance.id': 'c' }),
  );
  assert.deepEqual(bench.intake.names, ['a', 'b', 'c']);
});

test('the order of the naming attributes is configurable', () => {
  const bench = new Bench({ identityAttributes: ['k8s.node.name'] });
  bench.send(from({ 'host.name': 'a', 'k8s.node.name': 'node-7' }));
  assert.deepEqual(bench.intake.names, ['node-7']);
});

test('profile, time zone and other attributes are handed over, those of processes and SDKs are not', () => {
  const bench = new Bench();
  bench.send(
    from({
      'host.name': 'db-1',
      'argus.profile': 'database',
      'argus.timezone': 'Europe/Vienna',
      'cloud.availability_zone': 'eu-1a',
      'host.cpu.count': 8n,
      'rack.is_old': true,
      'process.pid': 77n,
      'service.name': 'billing',
      'telemetry.sdk.name': 'opentelemetry',
    }),
  );
  const identity = bench.intake.identities.get('db-1');
  assert.equal(identity?.profile, 'database');
  assert.equal(identity?.timeZone, 'Europe/Vienna');
  assert.deepEqual(
    [...(identity?.attributes ?? [])],
    [
      ['cloud.availability_zone', 'eu-1a'],
      ['host.cpu.count', '8'],
      ['rack.is_old', 'true'],
    ],
  );
});

const PLACES: readonly { what: string; sent: Attributes; timeZone?: string; country?: string }[] = [
  {
    what: 'as Argus spells it',
    sent: { 'argus.time_zone': 'Asia/Tokyo', 'argus.country': 'JP' },
    timeZone: 'Asia/Tokyo',
    country: 'JP',
  },
  {
    what: 'before the older spelling',
    sent: { 'argus.timezone': 'UTC', 'argus.time_zone': 'Asia/Tokyo' },
    timeZone: 'Asia/Tokyo',
  },
  {
    what: 'from a region with holidays of its own',
    sent: { 'geo.country.iso_code': 'DE', 'geo.region.iso_code': 'DE-BY' },
    country: 'DE-BY',
  },
  {
    what: 'from the country of a region without',
    sent: { 'geo.country.iso_code': 'FR', 'geo.region.iso_code': 'FR-IDF' },
    country: 'FR',
  },
  {
    what: 'from Argus before OpenTelemetry',
    sent: { 'geo.country.iso_code': 'DE', 'argus.country': 'AT' },
    country: 'AT',
  },
  { what: 'not from what is no text of use', sent: { 'geo.region.iso_code': 'x'.repeat(5000) } },
];

for (const { what, sent, timeZone, country } of PLACES) {
  test(`time zone and country are taken ${what}`, () => {
    const bench = new Bench();
    bench.send(from({ 'host.name': 'a', ...sent }));
    const identity = bench.intake.identities.get('a');
    assert.equal(identity?.timeZone, timeZone);
    assert.equal(identity?.country, country);
  });
}

test('attributes over the limits are left out and counted, the server stays', async () => {
  const bench = new Bench({ maxAttributes: 2, maxAttributeKeyLength: 5, maxAttributeValueLength: 5 });
  bench.send(from({ 'host.name': 'a', k1: 'v', toolong: 'v', k2: 'too long', k3: 'v', k4: 'v' }));
  assert.deepEqual([...(bench.intake.identities.get('a')?.attributes?.keys() ?? [])], ['k1', 'k3']);
  assert.match(await bench.registry.metrics(), /argus_ingest_attributes_dropped_total 3/);
});

test('unusable names are refused with their points, the others of the request are taken', () => {
  const bench = new Bench();
  const partial = bench.send(
    from({ 'host.name': 'x'.repeat(10_000) }),
    from({ 'host.name': '' }),
    from({ 'host.name': '   ' }),
    from({ 'host.name': 'bell\u0007' }),
    from({ 'host.name': 'line\nbreak' }),
    from({ 'host.name': 'good' }),
  );
  assert.equal(partial?.rejectedDataPoints, 5);
  assert.match(partial?.errorMessage ?? '', /^5 points refused \(bad_name\)/);
  assert.deepEqual(bench.intake.names, ['good']);
});

test('a name that is not UTF-8 is refused rather than changed', () => {
  const writer = new WireWriter();
  writer.message(1, () => {
    writer.message(1, () =>
      writer.message(1, () => {
        writer.string(1, 'host.name');
        writer.message(2, () => writer.bytes(1, Buffer.from([0x61, 0xff, 0x62])));
      }),
    );
  });
  const bench = new Bench();
  const points = encodeRequest([{ metrics: [{ name: 'node_load1', points: [{ timeMs: NOW, value: 1 }] }] }]);
  // The points' resource is empty: joined as protobuf joins messages, both are one ResourceMetrics each.
  const partial = bench.service.export(Buffer.concat([writer.finish(), points]));
  assert.equal(partial?.rejectedDataPoints, 1);
  assert.deepEqual(bench.intake.names, []);
});

test('a name that tries to break out of a label is a name like any other', () => {
  const bench = new Bench();
  const name = 'web"} 1\\nargus_risk_score{server="x';
  assert.equal(bench.send(from({ 'host.name': name })), null);
  assert.deepEqual(bench.intake.names, [name]);
});

test('a client with a message in its name gets it back without control characters and short', () => {
  const bench = new Bench();
  const partial = bench.send({
    resource: { 'host.name': 'a' },
    metrics: [{ name: 'node_load1', points: [{ timeMs: NOW, value: -1 }] }],
  });
  assert.equal(
    partial?.errorMessage,
    '1 point refused (negative, for example node_load1 of a): their value is negative where it cannot be.',
  );
});

test('when the fleet is full newcomers are refused and counted, and those known go on', () => {
  const bench = new Bench({}, new FakeIntake(2));
  bench.send(from({ 'host.name': 'a' }), from({ 'host.name': 'b' }));
  const later: ResourceMessage = {
    resource: { 'host.name': 'a' },
    metrics: [{ name: 'node_load1', points: [{ timeMs: NOW + 1000, value: 5 }] }],
  };
  const partial = bench.send(from({ 'host.name': 'c' }), later);
  assert.equal(partial?.rejectedDataPoints, 1);
  assert.match(partial?.errorMessage ?? '', /server_refused.*fleet\.maxServers/);
  assert.deepEqual(bench.intake.values('a', 'load_average'), [1, 5]);
});

test('100,000 distinct servers against a full fleet leave the known ones and the memory as they were', async () => {
  const bench = new Bench({}, new FakeIntake(100));
  for (let batch = 0; batch < 100; batch++) {
    bench.send(
      ...Array.from({ length: 1000 }, (_, index) => from({ 'host.name': `attack-${batch * 1000 + index}` })),
    );
  }
  assert.equal(bench.intake.names.length, 100);
  const page = await bench.registry.metrics();
  assert.match(page, /argus_ingest_points_rejected_total\{reason="server_refused"\} 99900/);
  assert.match(page, /argus_ingest_series 100\n/);
});

test('a resource whose metrics are not used does not make a server', () => {
  const bench = new Bench();
  bench.send({
    resource: { 'host.name': 'app-only' },
    metrics: [{ name: 'http.server.requests', points: [{ timeMs: NOW, value: 1 }] }],
  });
  assert.deepEqual(bench.intake.names, []);
});
