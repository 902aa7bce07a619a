/**
 * OTLP/JSON, turned into the protobuf message it stands for: both encodings then go through one reader. Only what the
 * reader uses is taken over; unknown fields are ignored, as the specification asks.
 */
import { isUtf8 } from 'node:buffer';
import { MalformedMessageError } from '../errors.ts';
import { WireWriter } from './wireWriter.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Lists and maps in attribute values may nest this deep. */
const MAX_DEPTH = 32;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const;
const UINT64 = { min: 0n, max: 2n ** 64n - 1n } as const;
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?\d{1,20}$/;

/**
 * @param body UTF-8 text of an ExportMetricsServiceRequest in OTLP/JSON
 * @throws MalformedMessageError with the path of the first wrong field
 */
export function jsonToProtobuf(body: Buffer): Buffer {
  if (!isUtf8(body)) throw new MalformedMessageError('The body is not valid UTF-8. Send OTLP/JSON as UTF-8.');
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    throw new MalformedMessageError(
      'The body is not valid JSON. Send an ExportMetricsServiceRequest as OTLP/JSON.',
    );
  }
  return new Transcoder(body.length).request(message);
}

class Transcoder {
  readonly #writer: WireWriter;
  readonly #path: string[] = [];

  constructor(sizeHint: number) {
    this.#writer = new WireWriter(sizeHint + 64);
  }

  request(message: unknown): Buffer {
    const request = this.#object(message);
    this.#each(request, 'resourceMetrics', 1, (resourceMetrics) => {
      this.#one(resourceMetrics, 'resource', 1, (resource) => this.#attributes(resource, 1));
      this.#each(resourceMetrics, 'scopeMetrics', 2, (scopeMetrics) => {
        this.#each(scopeMetrics, 'metrics', 2, (metric) => this.#metric(metric));
      });
    });
    return this.#writer.finish();
  }

  #metric(metric: JsonObject): void {
    this.#string(metric, 'name', 1);
    this.#one(metric, 'gauge', 5, (gauge) => this.#points(gauge));
    this.#one(metric, 'sum', 7, (sum) => {
      this.#points(sum);
      this.#uint(sum, 'aggregationTemporality', 2, INT32_MAX);
      this.#bool(sum, 'isMonotonic', 3);
    });
    // Points of other kinds are not used, but the metric's kind is kept: of several, the last one counts.
    this.#one(metric, 'histogram', 9, () => {});
    this.#one(metric, 'exponentialHistogram', 10, () => {});
    this.#one(metric, 'summary', 11, () => {});
  }

  #points(data: JsonObject): void {
    this.#each(data, 'dataPoints', 1, (point) => {
      this.#fixed64(point, 'startTimeUnixNano', 2, UINT64);
      this.#fixed64(point, 'timeUnixNano', 3, UINT64);
      this.#double(point, 'asDouble', 4);
      this.#fixed64(point, 'asInt', 6, INT64);
      this.#attributes(point, 7);
      this.#uint(point, 'flags', 8, UINT32_MAX);
    });
  }

  #attributes(owner: JsonObject, field: number, depth = 0): void {
    this.#keyValues(owner, 'attributes', field, depth);
  }

  #keyValues(owner: JsonObject, name: string, field: number, depth: number): void {
    this.#each(owner, name, field, (attribute) => {
      this.#string(attribute, 'key', 1);
      this.#one(attribute, 'value', 2, (value) => this.#anyValue(value, depth));
    });
  }

  #anyValue(value: JsonObject, depth: number): void {
    if (depth > MAX_DEPTH) throw this.#wrong(`a value nested at most ${MAX_DEPTH} deep`);
    this.#string(value, 'stringValue', 1);
    this.#bool(value, 'boolValue', 2);
    this.#int64(value, 'intValue', 3);
    this.#double(value, 'doubleValue', 4);
    this.#one(value, 'arrayValue', 5, (list) => {
      this.#each(list, 'values', 1, (item) => this.#anyValue(item, depth + 1));
    });
    this.#one(value, 'kvlistValue', 6, (list) => this.#keyValues(list, 'values', 1, depth + 1));
    this.#field(value, 'bytesValue', (bytes) => {
      if (typeof bytes !== 'string') throw this.#wrong('a base64 string');
      this.#writer.bytes(7, Buffer.from(bytes, 'base64'));
    });
  }

  /** Runs `write` where the field is there; null stands for an absent field, as in every protobuf JSON. */
  #field(owner: JsonObject, name: string, write: (value: unknown) => void): void {
    const value = owner[name];
    if (value === undefined || value === null) return;
    this.#path.push(name);
    write(value);
    this.#path.pop();
  }

  #one(owner: JsonObject, name: string, field: number, write: (value: JsonObject) => void): void {
    this.#field(owner, name, (value) => {
      const object = this.#object(value);
      this.#writer.message(field, () => write(object));
    });
  }

  #each(owner: JsonObject, name: string, field: number, write: (value: JsonObject) => void): void {
    this.#field(owner, name, (values) => {
      if (!Array.isArray(values)) throw this.#wrong('an array');
      values.forEach((value: unknown, index) => {
        this.#path.push(`[${index}]`);
        const object = this.#object(value);
        this.#writer.message(field, () => write(object));
        this.#path.pop();
      });
    });
  }

  #string(owner: JsonObject, name: string, field: number): void {
    this.#field(owner, name, (value) => {
      if (typeof value !== 'string') throw this.#wrong('a string');
      this.#writer.string(field, value);
    });
  }

  #bool(owner: JsonObject, name: string, field: number): void {
    this.#field(owner, name, (value) => {
      if (typeof value !== 'boolean') throw this.#wrong('true or false');
      this.#writer.varint(field, value ? 1 : 0);
    });
  }

  #uint(owner: JsonObject, name: string, field: number, max: number): void {
    this.#field(owner, name, (value) => {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
        throw this.#wrong(`an integer from 0 to ${max}`);
      }
      this.#writer.varint(field, value);
    });
  }

  #double(owner: JsonObject, name: string, field: number): void {
    this.#field(owner, name, (value) => this.#writer.double(field, this.#doubleOf(value)));
  }

  #doubleOf(value: unknown): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'string') {
      const special = NOT_FINITE.get(value);
      if (special !== undefined) return special;
      if (DECIMAL.test(value)) return Number(value);
    }
    throw this.#wrong('a number');
  }

  #fixed64(owner: JsonObject, name: string, field: number, range: typeof INT64 | typeof UINT64): void {
    this.#field(owner, name, (value) => this.#writer.fixed64(field, this.#integerOf(value, range)));
  }

  #int64(owner: JsonObject, name: string, field: number): void {
    this.#field(owner, name, (value) => this.#writer.int64(field, this.#integerOf(value, INT64)));
  }

  /** 64-bit integers come as strings, from some clients as numbers. */
  #integerOf(value: unknown, range: typeof INT64 | typeof UINT64): bigint {
    let integer: bigint | undefined;
    if (typeof value === 'number' && Number.isInteger(value)) integer = BigInt(value);
    if (typeof value === 'string' && INTEGER.test(value)) integer = BigInt(value);
    if (integer === undefined || integer < range.min || integer > range.max) {
      throw this.#wrong(`an integer from ${range.min} to ${range.max}, as a string or a number`);
    }
    return integer;
  }

  #object(value: unknown): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#wrong('an object');
    return value as JsonObject;
  }

  #wrong(expected: string): Error {
    const path = this.#path.join('.').replaceAll('.[', '[');
    return new MalformedMessageError(`${path === '' ? 'The body' : path} is not ${expected}.`);
  }
}
