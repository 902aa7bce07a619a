import { isUtf8 } from 'node:buffer';
import type { OtlpConfig } from '../config.ts';
import { MessageTooLargeError } from '../errors.ts';
import { AttributeMemo, NameTable } from './attributeMemo.ts';
import { Fingerprint, mix } from './fingerprint.ts';
import { IGNORED } from './mapping.ts';
import { KIND, type PointBatch, type ResourceSpan } from './pointBatch.ts';
import { identify, type ResourceAttribute, type ResourceIdentity, ResourceMemo } from './resources.ts';
import {
  ABSENT,
  type CompiledRule,
  codeOf,
  NO_ROLE,
  partOf,
  ROLE_COUNT,
  RULES,
  roleOf,
  STATE_ROLE,
} from './rules.ts';
import { FIXED64, LENGTH_DELIMITED, tag, VARINT, WireReader } from './wireReader.ts';

// Fields of opentelemetry/proto/metrics/v1/metrics.proto that are read, as tags. Everything else is passed over.
const REQUEST = { resourceMetrics: tag(1, LENGTH_DELIMITED) } as const;
const RESOURCE_METRICS = {
  resource: tag(1, LENGTH_DELIMITED),
  scopeMetrics: tag(2, LENGTH_DELIMITED),
} as const;
const RESOURCE = { attributes: tag(1, LENGTH_DELIMITED) } as const;
const SCOPE_METRICS = { metrics: tag(2, LENGTH_DELIMITED) } as const;
const METRIC = {
  name: tag(1, LENGTH_DELIMITED),
  gauge: tag(5, LENGTH_DELIMITED),
  sum: tag(7, LENGTH_DELIMITED),
  histogram: tag(9, LENGTH_DELIMITED),
  exponentialHistogram: tag(10, LENGTH_DELIMITED),
  summary: tag(11, LENGTH_DELIMITED),
} as const;
/** Gauge and Sum have their points in the same field. */
const DATA = { points: tag(1, LENGTH_DELIMITED), temporality: tag(2, VARINT) } as const;
const POINT = {
  start: tag(2, FIXED64),
  time: tag(3, FIXED64),
  asDouble: tag(4, FIXED64),
  asInt: tag(6, FIXED64),
  attributes: tag(7, LENGTH_DELIMITED),
  flags: tag(8, VARINT),
} as const;
const KEY_VALUE = { key: tag(1, LENGTH_DELIMITED), value: tag(2, LENGTH_DELIMITED) } as const;
const ANY_VALUE = {
  string: tag(1, LENGTH_DELIMITED),
  bool: tag(2, VARINT),
  int: tag(3, VARINT),
  double: tag(4, FIXED64),
} as const;

const TEMPORALITY_DELTA = 1;
const FLAG_NO_RECORDED_VALUE = 1;
/** Metrics that are not used. */
const NOT_MAPPED = -1;

/**
 * Reads ExportMetricsServiceRequest messages into a PointBatch: no object a point, no string for a name, key or value
 * that is known. The whole message is checked before anything is used of it.
 */
export class MetricsReader extends WireReader {
  readonly #config: OtlpConfig;
  readonly #names = new NameTable(RULES.map((rule) => rule.rule.name));
  readonly #attributes = new AttributeMemo();
  readonly #resources = new ResourceMemo();
  readonly #fingerprint = new Fingerprint();
  readonly #codes = new Uint16Array(ROLE_COUNT);
  /** Sums of the fingerprints of a point's attributes: all of them, and those that tell mounts apart. */
  #sum1 = 0;
  #sum2 = 0;
  #mount = 0;

  constructor(config: OtlpConfig) {
    super();
    this.#config = config;
  }

  /**
   * Adds the message's points to the batch.
   * @throws MalformedMessageError for broken protobuf, MessageTooLargeError for more points than allowed
   */
  decode(bytes: Buffer, batch: PointBatch): void {
    this.open(bytes);
    try {
      const end = bytes.length;
      while (this.pos < end) {
        const field = this.tag(end);
        if (field === REQUEST.resourceMetrics) this.#resourceMetrics(this.lengthEnd(end), batch);
        else this.skip(field, end);
      }
    } finally {
      this.close();
    }
  }

  #resourceMetrics(end: number, batch: PointBatch): void {
    const start = this.pos;
    // The resource may stand behind the metrics it describes.
    const identity = this.#identity(start, end);
    const span: ResourceSpan = { identity, firstPoint: batch.length, unmapped: 0 };
    batch.spans.push(span);
    this.pos = start;
    while (this.pos < end) {
      const field = this.tag(end);
      if (field === RESOURCE_METRICS.scopeMetrics) this.#scopeMetrics(this.lengthEnd(end), batch, span);
      else this.skip(field, end);
    }
  }

  #identity(start: number, end: number): ResourceIdentity {
    let lane1 = 0;
    let lane2 = 0;
    this.#eachResourceAttribute(start, end, (from, to) => {
      this.#fingerprint.of(this.view, from, to);
      lane1 = (lane1 + this.#fingerprint.lane1) | 0;
      lane2 = (lane2 + this.#fingerprint.lane2) | 0;
    });
    const known = this.#resources.find(lane1, lane2);
    if (known !== undefined) return known;
    const sent: ResourceAttribute[] = [];
    this.#eachResourceAttribute(start, end, (from, to) => {
      this.pos = from;
      sent.push(this.#keyValue(to));
    });
    const identity = identify(sent, lane1, lane2, this.#config);
    this.#resources.remember(identity);
    return identity;
  }

  /** Calls back with the range of every attribute; a resource that comes in pieces is one, as protobuf merges them. */
  #eachResourceAttribute(start: number, end: number, visit: (from: number, to: number) => void): void {
    this.pos = start;
    while (this.pos < end) {
      const field = this.tag(end);
      if (field !== RESOURCE_METRICS.resource) {
        this.skip(field, end);
        continue;
      }
      const resourceEnd = this.lengthEnd(end);
      while (this.pos < resourceEnd) {
        const inner = this.tag(resourceEnd);
        if (inner !== RESOURCE.attributes) {
          this.skip(inner, resourceEnd);
          continue;
        }
        const to = this.lengthEnd(resourceEnd);
        visit(this.pos, to);
        this.pos = to;
      }
    }
  }

  #scopeMetrics(end: number, batch: PointBatch, span: ResourceSpan): void {
    while (this.pos < end) {
      const field = this.tag(end);
      if (field === SCOPE_METRICS.metrics) this.#metric(this.lengthEnd(end), batch, span);
      else this.skip(field, end);
    }
  }

  #metric(end: number, batch: PointBatch, span: ResourceSpan): void {
    let position = NOT_MAPPED;
    let data = 0;
    let dataFrom = this.pos;
    while (this.pos < end) {
      const fieldStart = this.pos;
      const field = this.tag(end);
      switch (field) {
        case METRIC.name: {
          const nameEnd = this.lengthEnd(end);
          position = this.#names.find(this.view, this.pos, nameEnd);
          this.pos = nameEnd;
          break;
        }
        case METRIC.gauge:
        case METRIC.sum:
        case METRIC.histogram:
        case METRIC.exponentialHistogram:
        case METRIC.summary:
          // Of a oneof the last one counts; the same one again is merged with the one before.
          if (data !== field) dataFrom = fieldStart;
          data = field;
          this.skip(field, end);
          break;
        default:
          this.skip(field, end);
      }
    }
    if (data === METRIC.gauge || data === METRIC.sum) {
      this.#data(dataFrom, end, data, RULES[position], batch, span);
    }
    this.pos = end;
  }

  /** Reads the points of a gauge or a sum, which may come in several pieces. */
  #data(
    from: number,
    end: number,
    data: number,
    rule: CompiledRule | undefined,
    batch: PointBatch,
    span: ResourceSpan,
  ): void {
    const kind = rule?.isRate === true ? KIND.cumulative : KIND.level;
    const firstRow = batch.length;
    let temporality = 0;
    this.pos = from;
    while (this.pos < end) {
      const field = this.tag(end);
      if (field !== data) {
        this.skip(field, end);
        continue;
      }
      const fieldEnd = this.lengthEnd(end);
      while (this.pos < fieldEnd) {
        const inner = this.tag(fieldEnd);
        if (inner === DATA.temporality) {
          temporality = this.varint(fieldEnd);
        } else if (inner !== DATA.points) {
          this.skip(inner, fieldEnd);
        } else if (rule === undefined) {
          span.unmapped++;
          this.skip(inner, fieldEnd);
        } else {
          this.#point(this.lengthEnd(fieldEnd), rule, kind, batch, span);
        }
      }
    }
    const isDelta = data === METRIC.sum && temporality === TEMPORALITY_DELTA;
    if (rule !== undefined && isDelta) becomeDelta(batch, firstRow, rule, span);
  }

  #point(end: number, rule: CompiledRule, metricKind: number, batch: PointBatch, span: ResourceSpan): void {
    const resource = span.identity;
    // A call of set() would cost more than the loop.
    for (let role = 0; role < ROLE_COUNT; role++) this.#codes[role] = resource.codes[role];
    this.#sum1 = 0;
    this.#sum2 = 0;
    this.#mount = 0;
    let kind: number = KIND.empty;
    let startMs = 0;
    let timeMs = 0;
    let value = 0;
    let flags = 0;
    while (this.pos < end) {
      const field = this.tag(end);
      switch (field) {
        case POINT.attributes:
          this.#attribute(this.lengthEnd(end));
          break;
        case POINT.start:
          startMs = this.timeMs(end);
          break;
        case POINT.time:
          timeMs = this.timeMs(end);
          break;
        case POINT.asDouble:
          value = this.double(end);
          kind = metricKind;
          break;
        case POINT.asInt:
          value = this.sfixed64(end);
          kind = metricKind;
          break;
        case POINT.flags:
          flags = this.varint(end);
          break;
        default:
          this.skip(field, end);
      }
    }
    const part = partOf(rule, this.#codes);
    if (part === IGNORED) {
      span.unmapped++;
      return;
    }
    if (batch.length >= this.#config.maxPointsPerRequest) {
      throw new MessageTooLargeError(
        `The request has more than ${this.#config.maxPointsPerRequest} points of host metrics. Send smaller batches.`,
      );
    }
    const row = batch.next();
    batch.rule[row] = rule.index;
    batch.part[row] = part;
    batch.kind[row] = flags % 2 === FLAG_NO_RECORDED_VALUE ? KIND.noRecordedValue : kind;
    batch.startMs[row] = startMs;
    batch.timeMs[row] = timeMs;
    batch.value[row] = value;
    const perResource = rule.isPerResource;
    batch.series1[row] = mix(this.#sum1 + rule.index + (perResource ? resource.lane1 : 0));
    batch.series2[row] = mix(this.#sum2 ^ rule.index) + (perResource ? resource.lane2 : 0);
    batch.mount[row] = this.#mount;
  }

  #attribute(end: number): void {
    const fingerprint = this.#fingerprint;
    fingerprint.of(this.view, this.pos, end);
    const { lane1, lane2 } = fingerprint;
    const slot = this.#attributes.slotOf(fingerprint);
    if (!this.#attributes.isKnown(slot, fingerprint)) {
      const { key, value } = this.#keyValue(end);
      const role = roleOf(key);
      const code = role === NO_ROLE || value === null ? ABSENT : codeOf(role, value);
      this.#attributes.remember(slot, fingerprint, role, code);
    }
    const role = this.#attributes.role(slot);
    if (role !== NO_ROLE) this.#codes[role] = this.#attributes.code(slot);
    this.#sum1 = (this.#sum1 + lane1) | 0;
    this.#sum2 = (this.#sum2 + lane2) | 0;
    if (role !== STATE_ROLE) this.#mount = (this.#mount + (lane1 ^ (lane2 << 7))) | 0;
    this.pos = end;
  }

  #keyValue(end: number): ResourceAttribute {
    let key = '';
    let value: string | null = null;
    while (this.pos < end) {
      const field = this.tag(end);
      if (field === KEY_VALUE.key) key = this.#text(this.lengthEnd(end)) ?? '';
      else if (field === KEY_VALUE.value) value = this.#anyValue(this.lengthEnd(end));
      else this.skip(field, end);
    }
    return { key, value };
  }

  /** A scalar as text; null for lists, maps and bytes, which no rule uses and which are not looked into. */
  #anyValue(end: number): string | null {
    let value: string | null = null;
    while (this.pos < end) {
      const field = this.tag(end);
      switch (field) {
        case ANY_VALUE.string:
          value = this.#text(this.lengthEnd(end));
          break;
        case ANY_VALUE.bool:
          value = String(this.varint(end) !== 0);
          break;
        case ANY_VALUE.int:
          value = this.#int64Text(end);
          break;
        case ANY_VALUE.double:
          value = String(this.double(end));
          break;
        default:
          value = null;
          this.skip(field, end);
      }
    }
    return value;
  }

  #int64Text(end: number): string {
    const start = this.pos;
    this.varint(end);
    let value = 0n;
    for (let at = this.pos - 1; at >= start; at--) value = (value << 7n) | BigInt(this.bytes[at] & 127);
    return BigInt.asIntN(64, value).toString();
  }

  #text(end: number): string | null {
    const start = this.pos;
    this.pos = end;
    if (!isUtf8(this.bytes.subarray(start, end))) return null;
    return this.bytes.toString('utf8', start, end);
  }
}

/** The temporality stands behind the points: rows that were read as cumulative are put right. */
function becomeDelta(batch: PointBatch, firstRow: number, rule: CompiledRule, span: ResourceSpan): void {
  if (!rule.isRate) {
    // A change of a level says nothing about the level.
    span.unmapped += batch.length - firstRow;
    batch.length = firstRow;
    return;
  }
  for (let row = firstRow; row < batch.length; row++) {
    if (batch.kind[row] === KIND.cumulative) batch.kind[row] = KIND.delta;
  }
}
