import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireWriter } from '../../../src/ingest/otlp/wireWriter.ts';
import { encodeRequest, type MetricMessage, type ResourceMessage } from './messages.ts';
import { Bench, NOW } from './support.ts';

const LOAD = 'system.cpu.load_average.1m';
const MALFORMED = { code: 'ARGUS_OTLP_MALFORMED' };

const gauge = (name: string, value: number, timeMs = NOW): MetricMessage => ({
  name,
  points: [{ timeMs, value }],
});
const host = (name: string, ...metrics: readonly MetricMessage[]): ResourceMessage => ({
  resource: { 'host.name': name },
  metrics,
});

/** A request of one resource whose single metric is written by hand. */
function handMade(writeMetric: (writer: WireWriter) => void, resource = 'web-1'): Buffer {
  const writer = new WireWriter();
  writer.message(1, () => {
    writer.message(1, () => writeAttribute(writer, 1, 'host.name', resource));
    writer.message(2, () => writer.message(2, () => writeMetric(writer)));
  });
  return writer.finish();
}

function writeAttribute(writer: WireWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.string(1, key);
    writer.message(2, () => writer.string(1, value));
  });
}

function writeGauge(writer: WireWriter, value: number, timeMs = NOW): void {
  writer.message(5, () => {
    writer.message(1, () => {
      writer.fixed64(3, BigInt(timeMs) * 1_000_000n);
      writer.double(4, value);
    });
  });
}

test('several resources of one request go to their own servers', () => {
  const bench = new Bench();
  bench.send(host('web-1', gauge(LOAD, 1)), host('web-2', gauge(LOAD, 2)));
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [1]);
  assert.deepEqual(bench.intake.values('web-2', 'load_average'), [2]);
});

test('a resource may stand behind the metrics that it describes', () => {
  const bench = new Bench();
  bench.send({ ...host('web-1', gauge(LOAD, 1)), isResourceLast: true }, host('web-2', gauge(LOAD, 2)));
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [1]);
});

test('a resource that comes in two pieces is merged', () => {
  const writer = new WireWriter();
  writer.message(1, () => {
    writer.message(1, () => writeAttribute(writer, 1, 'argus.profile', 'database'));
    writer.message(2, () =>
      writer.message(2, () => {
        writer.string(1, LOAD);
        writeGauge(writer, 3);
      }),
    );
    writer.message(1, () => writeAttribute(writer, 1, 'host.name', 'db-1'));
  });
  const bench = new Bench();
  assert.equal(bench.service.export(writer.finish()), null);
  assert.deepEqual(bench.intake.values('db-1', 'load_average'), [3]);
  assert.equal(bench.intake.identities.get('db-1')?.profile, 'database');
});

test('a name that stands behind its data is found, and of two names the last one counts', () => {
  const bench = new Bench();
  bench.service.export(
    handMade((writer) => {
      writer.string(1, 'something.else');
      writeGauge(writer, 4);
      writer.string(1, LOAD);
    }),
  );
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [4]);
});

test('a gauge in two pieces is merged, and of a gauge and a sum the last one counts', () => {
  const bench = new Bench();
  bench.service.export(
    handMade((writer) => {
      writer.string(1, LOAD);
      writer.message(7, () => {});
      writeGauge(writer, 1, NOW - 2000);
      writeGauge(writer, 2, NOW - 1000);
    }),
  );
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [1, 2]);
  bench.service.export(
    handMade((writer) => {
      writer.string(1, LOAD);
      writeGauge(writer, 3, NOW);
      writer.message(9, () => {});
    }),
  );
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [1, 2]);
});

test('unknown and deprecated fields of every wire type are passed over', () => {
  const bench = new Bench();
  const body = handMade((writer) => {
    writer.string(1, LOAD);
    writer.varint(99, 300);
    writer.double(98, 1);
    writer.bytes(1000, Buffer.from([1, 2, 3]));
    writer.message(5, () => {
      writer.message(1, () => {
        writer.fixed64(3, BigInt(NOW) * 1_000_000n);
        // Deprecated labels (field 1) and an exemplar (field 5).
        writer.bytes(1, Buffer.from([0xff, 0xff]));
        writer.bytes(5, Buffer.from([0xff]));
        writer.double(4, 5);
      });
    });
  });
  const fixed32 = Buffer.concat([body, Buffer.from([((50 << 3) & 0x7f) | 0x80 | 5, 3, 1, 2, 3, 4])]);
  assert.equal(bench.service.export(fixed32), null);
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [5]);
});

test('integers of either sign are read, and zero is a value', () => {
  const bench = new Bench();
  bench.send(host('web-1', { name: LOAD, points: [{ timeMs: NOW, asInt: 0n }] }));
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [0]);
  const partial = bench.send(host('web-1', { name: LOAD, points: [{ timeMs: NOW + 1000, asInt: -5n }] }));
  assert.equal(partial?.rejectedDataPoints, 1);
  assert.match(partial?.errorMessage ?? '', /negative/);
});

test('of asDouble and asInt in one point the last one counts', () => {
  const bench = new Bench();
  bench.service.export(
    handMade((writer) => {
      writer.string(1, LOAD);
      writer.message(5, () => {
        writer.message(1, () => {
          writer.fixed64(3, BigInt(NOW) * 1_000_000n);
          writer.double(4, 9);
          writer.fixed64(6, 2n);
        });
      });
    }),
  );
  assert.deepEqual(bench.intake.values('web-1', 'load_average'), [2]);
});

test('histograms, exponential histograms and summaries are passed over without being refused', () => {
  const bench = new Bench();
  for (const kind of ['histogram', 'exponentialHistogram', 'summary'] as const) {
    assert.equal(bench.send(host('web-1', { name: LOAD, kind, points: [{ timeMs: NOW, value: 1 }] })), null);
  }
  assert.deepEqual(bench.intake.measurements, []);
});

test('every truncation of a message is either malformed or a shorter message, and never half taken', () => {
  const whole = encodeRequest([host('web-1', gauge(LOAD, 1), gauge('system.uptime', 86_400))]);
  for (let length = 1; length < whole.length; length++) {
    const bench = new Bench();
    assert.throws(() => bench.service.export(whole.subarray(0, length)), MALFORMED, `${length} bytes`);
    assert.deepEqual(bench.intake.names, []);
  }
});

test('a malformed resource behind a good one changes nothing', () => {
  const bench = new Bench();
  const good = encodeRequest([host('web-1', gauge(LOAD, 1))]);
  assert.throws(() => bench.service.export(Buffer.concat([good, Buffer.from([0x0a, 0x05, 1])])), MALFORMED);
  assert.deepEqual(bench.intake.names, []);
  assert.equal(bench.intake.commits, 0);
});

test('groups, impossible field numbers, overlong varints and lengths beyond the message are malformed', () => {
  const bad: Readonly<Record<string, readonly number[]>> = {
    'start of a group': [0x0b],
    'end of a group': [0x0c],
    'wire type 6': [0x0e],
    'wire type 7': [0x0f],
    'field number 0': [0x02, 0x00],
    'varint of 11 bytes': [0x08, ...new Array(10).fill(0xff), 0x01],
    'length over the end': [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
    'length of 2^63': [0x0a, ...new Array(9).fill(0xff), 0x01],
    'tag beyond 32 bits': [0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00],
  };
  for (const [what, bytes] of Object.entries(bad)) {
    assert.throws(() => new Bench().service.export(Buffer.from(bytes)), MALFORMED, what);
  }
});

test('a length inside a message cannot reach out of it', () => {
  const writer = new WireWriter();
  // A ResourceMetrics of 4 bytes whose resource claims 100, with plenty of bytes behind.
  writer.bytes(1, Buffer.from([0x0a, 100, 0, 0]));
  writer.bytes(2, Buffer.alloc(200));
  assert.throws(() => new Bench().service.export(writer.finish()), MALFORMED);
});

test('a hundred thousand levels of nested attribute values are passed over', () => {
  const writer = new WireWriter();
  // Only the outermost level is looked at; what is inside is never descended into.
  const nested = Buffer.alloc(200_000, 0x2a);
  writer.message(1, () => {
    writer.message(1, () => {
      writeAttribute(writer, 1, 'host.name', 'web-1');
      writer.message(1, () => {
        writer.string(1, 'deep');
        writer.message(2, () => writer.bytes(5, nested));
      });
    });
    writer.message(2, () =>
      writer.message(2, () => {
        writer.string(1, LOAD);
        writeGauge(writer, 1);
      }),
    );
  });
  const bench = new Bench();
  assert.equal(bench.service.export(writer.finish()), null);
  assert.deepEqual(bench.intake.names, ['web-1']);
});

test('more points than a request may have are refused as a whole, before any counts', () => {
  const bench = new Bench({ maxPointsPerRequest: 2 });
  assert.throws(
    () => bench.send(host('web-1', gauge(LOAD, 1), gauge('system.uptime', 1), gauge('node_load1', 1))),
    { code: 'ARGUS_OTLP_TOO_LARGE', statusCode: 413 },
  );
  assert.deepEqual(bench.intake.names, []);
  assert.equal(bench.send(host('web-1', gauge(LOAD, 1))), null);
});

test('a request of 200,000 points after a small one is read correctly', () => {
  const bench = new Bench();
  bench.send(host('web-1', gauge(LOAD, 1, NOW - 400_000)));
  const points = Array.from({ length: 200_000 }, (_, index) => ({
    timeMs: NOW - 300_000 + index,
    value: index,
  }));
  bench.send(host('web-1', { name: LOAD, points }));
  const values = bench.intake.values('web-1', 'load_average');
  assert.equal(values.length, 200_001);
  assert.equal(values[200_000], 199_999);
});
