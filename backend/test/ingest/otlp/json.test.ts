import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonToProtobuf } from '../../../src/ingest/otlp/jsonMessage.ts';
import type { DataKind, MetricMessage, Point, ResourceMessage } from './messages.ts';
import { jsonRequest } from './messages.ts';
import { Bench, NOW } from './support.ts';

const bytes = (message: unknown): Buffer => Buffer.from(JSON.stringify(message));

/** A request with one load point that has these fields. */
const withPoint = (point: object): object => ({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'host.name', value: { stringValue: 'web-1' } }] },
      scopeMetrics: [{ metrics: [{ name: 'node_load1', gauge: { dataPoints: [point] } }] }],
    },
  ],
});
const TIME = `${NOW}000000`;
const POINT = 'resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0]';

function loadsOf(message: unknown): readonly number[] {
  const bench = new Bench();
  bench.service.export(jsonToProtobuf(bytes(message)));
  return bench.intake.values('web-1', 'load_average');
}

test('64-bit integers are taken as strings and as numbers', () => {
  assert.deepEqual(loadsOf(withPoint({ timeUnixNano: TIME, asInt: '3' })), [3]);
  assert.deepEqual(loadsOf(withPoint({ timeUnixNano: NOW * 1e6, asInt: 4 })), [4]);
});

test('doubles are taken as numbers and as strings; those that are not finite are refused points, not errors', () => {
  assert.deepEqual(loadsOf(withPoint({ timeUnixNano: TIME, asDouble: '1.5e0' })), [1.5]);
  const bench = new Bench();
  const partial = bench.service.export(
    jsonToProtobuf(bytes(withPoint({ timeUnixNano: TIME, asDouble: 'NaN' }))),
  );
  assert.match(partial?.errorMessage ?? '', /not_finite/);
});

test('unknown fields are ignored and null is an absent field', () => {
  const message = {
    ...withPoint({
      timeUnixNano: TIME,
      asDouble: 2,
      novel: { deep: [1] },
      exemplars: 'whatever',
      flags: null,
    }),
    somethingNew: true,
  };
  assert.deepEqual(loadsOf(message), [2]);
});

test('a wrong type is named by the path of its field', () => {
  const wrong: readonly (readonly [message: unknown, said: string])[] = [
    [[], 'The body is not an object.'],
    ['text', 'The body is not an object.'],
    [{ resourceMetrics: {} }, 'resourceMetrics is not an array.'],
    [{ resourceMetrics: [7] }, 'resourceMetrics[0] is not an object.'],
    [
      withPoint({ timeUnixNano: true }),
      `${POINT}.timeUnixNano is not an integer from 0 to 18446744073709551615`,
    ],
    [withPoint({ timeUnixNano: '-1' }), `${POINT}.timeUnixNano is not an integer from 0`],
    [withPoint({ timeUnixNano: 1.5 }), `${POINT}.timeUnixNano is not an integer`],
    [
      withPoint({ asInt: '9223372036854775808' }),
      `${POINT}.asInt is not an integer from -9223372036854775808`,
    ],
    [withPoint({ asInt: '0x10' }), `${POINT}.asInt is not an integer`],
    [withPoint({ asDouble: 'many' }), `${POINT}.asDouble is not a number.`],
    [withPoint({ asDouble: [] }), `${POINT}.asDouble is not a number.`],
    [withPoint({ flags: 'x' }), `${POINT}.flags is not an integer from 0 to 4294967295.`],
    [withPoint({ attributes: [{ key: 1 }] }), `${POINT}.attributes[0].key is not a string.`],
    [withPoint({ attributes: [{ value: 'v' }] }), `${POINT}.attributes[0].value is not an object.`],
    [
      withPoint({ attributes: [{ value: { boolValue: 1 } }] }),
      `${POINT}.attributes[0].value.boolValue is not true or false.`,
    ],
  ];
  for (const [message, said] of wrong) {
    assert.throws(
      () => jsonToProtobuf(bytes(message)),
      (error: Error & { code?: string }) =>
        error.code === 'ARGUS_OTLP_MALFORMED' && error.message.startsWith(said),
      said,
    );
  }
});

test('an enum as a name is refused, as OTLP/JSON asks', () => {
  const message = {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ sum: { aggregationTemporality: 'AGGREGATION_TEMPORALITY_DELTA' } }] }] },
    ],
  };
  assert.throws(() => jsonToProtobuf(bytes(message)), /sum\.aggregationTemporality is not an integer/);
});

test('broken JSON, broken UTF-8 and an empty body are malformed', () => {
  for (const body of [Buffer.from('{"a":'), Buffer.from([0x22, 0xff, 0x22]), Buffer.alloc(0)]) {
    assert.throws(() => jsonToProtobuf(body), { code: 'ARGUS_OTLP_MALFORMED', statusCode: 400 });
  }
});

test('values nested too deep are refused without exhausting the stack', () => {
  const depth = 100_000;
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}${']}}'.repeat(depth)}`;
  const body = `{"resourceMetrics":[{"resource":{"attributes":[{"key":"k","value":${value}}]}}]}`;
  assert.throws(() => jsonToProtobuf(Buffer.from(body)), { code: 'ARGUS_OTLP_MALFORMED' });
});

test('keys that objects have by nature are no fields', () => {
  const body = Buffer.from('{"__proto__":{"resourceMetrics":7},"constructor":1,"resourceMetrics":[]}');
  assert.equal(jsonToProtobuf(body).length, 0);
});

// A plain decoder of the same description, to compare both encodings with: what must reach the fleet.
const host = fc.constantFrom('a', 'b', 'c');
const value = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((number): Partial<Point> => ({ value: number })),
  fc.bigInt({ min: 0n, max: 1_000_000n }).map((number): Partial<Point> => ({ asInt: number })),
  fc.constantFrom<Partial<Point>>(
    { value: Number.NaN },
    { value: -1 },
    { asInt: -7n },
    {},
    { value: 1, flags: 1 },
  ),
);
const point: fc.Arbitrary<Point> = fc
  .record({
    timeMs: fc.integer({ min: NOW - 3_600_000, max: NOW + 900_000 }),
    value,
    attributes: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 3 }),
  })
  .map(({ timeMs, value: content, attributes }) => ({ timeMs, attributes, ...content }));
const metric: fc.Arbitrary<MetricMessage> = fc.record({
  name: fc.constantFrom('load_average', 'back_close_wait', 'unknown.metric'),
  kind: fc.constantFrom<DataKind>('gauge', 'sum', 'histogram'),
  points: fc.array(point, { maxLength: 5 }),
});
const requests: fc.Arbitrary<readonly ResourceMessage[]> = fc.array(
  fc.record({
    resource: fc.oneof(
      host.map((name) => ({ 'host.name': name })),
      fc.constant({ 'os.type': 'linux' }),
    ),
    metrics: fc.array(metric, { maxLength: 4 }),
    isResourceLast: fc.boolean(),
  }),
  { maxLength: 4 },
);

interface Expected {
  readonly records: readonly string[];
  readonly rejected: number;
}

const hasNoValue = (sent: Point): boolean => ((sent.flags ?? 0) & 1) === 1;
const numberOf = (sent: Point): number =>
  sent.asInt === undefined ? (sent.value ?? Number.NaN) : Number(sent.asInt);
const isWrong = (sent: Point): boolean =>
  sent.timeMs > NOW + 600_000 || (!hasNoValue(sent) && !(numberOf(sent) >= 0 && numberOf(sent) < Infinity));
const zeroOr = (number: number): number => (number === 0 ? 0 : number);

/** What the reader must do with single-series metrics, said as plainly as possible. */
function reference(messages: readonly ResourceMessage[]): Expected {
  const points = messages.flatMap(({ resource, metrics }) =>
    metrics
      .filter(({ kind }) => kind !== 'histogram')
      .flatMap((message) =>
        message.points.map((sent) => ({ host: resource?.['host.name'], name: message.name, sent })),
      ),
  );
  const isUsed = ({ name }: { readonly name: string }) => name !== 'unknown.metric';
  const isRejected = (entry: (typeof points)[number]) =>
    entry.host === undefined || (isUsed(entry) && isWrong(entry.sent));
  const newest = new Map<string, number>();
  const records: string[] = [];
  for (const entry of points) {
    const { name, sent } = entry;
    if (isRejected(entry) || !isUsed(entry) || hasNoValue(sent)) continue;
    const series = JSON.stringify([entry.host, name, Object.entries(sent.attributes ?? {}).sort()]);
    if (newest.get(series) === sent.timeMs) continue;
    newest.set(series, Math.max(newest.get(series) ?? 0, sent.timeMs));
    records.push(`${entry.host} ${name} ${sent.timeMs} ${zeroOr(numberOf(sent))}`);
  }
  return { records, rejected: points.filter(isRejected).length };
}

test('protobuf and JSON of the same request give what a plain reading of it gives', () => {
  fc.assert(
    fc.property(requests, (messages) => {
      const expected = reference(messages);
      const bench = new Bench();
      const viaJson = new Bench();
      const partial = bench.send(...messages);
      const jsonPartial = viaJson.service.export(jsonToProtobuf(bytes(jsonRequest(messages))));
      for (const [intake, answer] of [
        [bench.intake, partial],
        [viaJson.intake, jsonPartial],
      ] as const) {
        const records = intake.measurements.map(
          ({ server, metric: name, timeMs, value: number }) =>
            `${server} ${name} ${timeMs} ${zeroOr(number)}`,
        );
        assert.deepEqual(records, expected.records);
        assert.equal(answer?.rejectedDataPoints ?? 0, expected.rejected);
      }
    }),
    { numRuns: 300 },
  );
});
