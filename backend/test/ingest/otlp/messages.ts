/** Builds ExportMetricsServiceRequest messages from plain descriptions. */
import { WireWriter } from '../../../src/ingest/otlp/wireWriter.ts';

export type Scalar = string | number | boolean | bigint;
export type Attributes = Readonly<Record<string, Scalar>>;

export interface Point {
  readonly timeMs: number;
  readonly startMs?: number;
  readonly value?: number;
  readonly asInt?: bigint;
  readonly attributes?: Attributes;
  readonly flags?: number;
}

export type DataKind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

export interface MetricMessage {
  readonly name: string;
  readonly kind?: DataKind;
  /** 1 delta, 2 cumulative. */
  readonly temporality?: 0 | 1 | 2;
  readonly isMonotonic?: boolean;
  readonly points: readonly Point[];
}

export interface ResourceMessage {
  readonly resource?: Attributes;
  readonly metrics: readonly MetricMessage[];
  /** The resource stands behind its metrics. */
  readonly isResourceLast?: boolean;
}

const DATA_FIELD: Readonly<Record<DataKind, number>> = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
};
const NANOSECONDS_PER_MS = 1_000_000n;

export const nanoseconds = (timeMs: number): bigint => BigInt(Math.round(timeMs)) * NANOSECONDS_PER_MS;

function writeValue(writer: WireWriter, value: Scalar): void {
  if (typeof value === 'string') writer.string(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
  else if (typeof value === 'bigint') writer.int64(3, value);
  else writer.double(4, value);
}

function writeAttributes(writer: WireWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(field, () => {
      writer.string(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writePoint(writer: WireWriter, point: Point): void {
  if (point.startMs !== undefined) writer.fixed64(2, nanoseconds(point.startMs));
  writer.fixed64(3, nanoseconds(point.timeMs));
  if (point.value !== undefined) writer.double(4, point.value);
  if (point.asInt !== undefined) writer.fixed64(6, point.asInt);
  writeAttributes(writer, 7, point.attributes ?? {});
  if (point.flags !== undefined) writer.varint(8, point.flags);
}

function writeMetric(writer: WireWriter, metric: MetricMessage): void {
  writer.string(1, metric.name);
  writer.string(2, 'A description that nobody reads.');
  writer.string(3, '1');
  const kind = metric.kind ?? 'gauge';
  writer.message(DATA_FIELD[kind], () => {
    for (const point of metric.points) writer.message(1, () => writePoint(writer, point));
    if (kind !== 'sum') return;
    writer.varint(2, metric.temporality ?? 2);
    writer.varint(3, metric.isMonotonic === false ? 0 : 1);
  });
}

export function encodeRequest(resources: readonly ResourceMessage[]): Buffer {
  const writer = new WireWriter(64 * 1024);
  for (const message of resources) {
    writer.message(1, () => {
      const writeResource = () => writer.message(1, () => writeAttributes(writer, 1, message.resource ?? {}));
      if (message.isResourceLast !== true) writeResource();
      writer.message(2, () => {
        writer.message(1, () => writer.string(1, 'scope'));
        for (const metric of message.metrics) writer.message(2, () => writeMetric(writer, metric));
      });
      if (message.isResourceLast === true) writeResource();
    });
  }
  return writer.finish();
}

function jsonValue(value: Scalar): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return typeof value === 'bigint' ? { intValue: value.toString() } : { doubleValue: jsonDouble(value) };
}

const jsonDouble = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const jsonAttributes = (attributes: Attributes = {}): readonly object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));

function jsonPoint(point: Point): object {
  return {
    timeUnixNano: nanoseconds(point.timeMs).toString(),
    ...(point.startMs === undefined ? {} : { startTimeUnixNano: nanoseconds(point.startMs).toString() }),
    ...(point.value === undefined ? {} : { asDouble: jsonDouble(point.value) }),
    ...(point.asInt === undefined ? {} : { asInt: point.asInt.toString() }),
    attributes: jsonAttributes(point.attributes),
    ...(point.flags === undefined ? {} : { flags: point.flags }),
  };
}

/** The same request as OTLP/JSON. */
export function jsonRequest(resources: readonly ResourceMessage[]): object {
  return {
    resourceMetrics: resources.map((message) => ({
      resource: { attributes: jsonAttributes(message.resource) },
      scopeMetrics: [
        {
          scope: { name: 'scope' },
          metrics: message.metrics.map((metric) => ({
            name: metric.name,
            unit: '1',
            [metric.kind ?? 'gauge']: {
              dataPoints: metric.points.map(jsonPoint),
              ...(metric.kind === 'sum'
                ? {
                    aggregationTemporality: metric.temporality ?? 2,
                    isMonotonic: metric.isMonotonic !== false,
                  }
                : {}),
            },
          })),
        },
      ],
    })),
  };
}
