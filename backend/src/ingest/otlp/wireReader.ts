import { MalformedMessageError } from '../errors.ts';

/** Wire types of the protobuf encoding that OTLP messages use (groups are refused). */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

/** Longest varint: 64 bits in groups of 7. */
const MAX_VARINT_BYTES = 10;
const TWO_POW_32 = 4_294_967_296;
const NANOSECONDS_PER_MS = 1e6;
/** Times of our day have 61 bits: as doubles they are off by up to 128 ns, which must not cost a millisecond. */
const TIME_TOLERANCE_NS = 500;

/** Tag of a field as it stands on the wire. */
export const tag = (field: number, wireType: number): number => (field << 3) | wireType;

const EMPTY = Buffer.alloc(0);

/**
 * A cursor over protobuf bytes. Methods throw MalformedMessageError with the byte offset; `end` is always the end of
 * the enclosing message, so that no length can reach out of its parent.
 */
export class WireReader {
  protected bytes: Buffer = EMPTY;
  protected view: DataView = new DataView(EMPTY.buffer);
  protected pos = 0;

  protected open(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = 0;
  }

  /** Lets go of the bytes, so that a reader at rest holds no request in memory. */
  protected close(): void {
    this.open(EMPTY);
  }

  /** Unsigned varint; exact up to 2^53, which lengths, tags and flags never reach. */
  protected varint(end: number): number {
    const first = this.pos < end ? this.bytes[this.pos] : 128;
    if (first < 128) {
      this.pos++;
      return first;
    }
    return this.longVarint(end);
  }

  private longVarint(end: number): number {
    const { bytes } = this;
    const start = this.pos;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (start + i >= end) throw this.malformed('ends in the middle of a number', start);
      const byte = bytes[start + i];
      value += (byte & 127) * scale;
      if (byte < 128) {
        this.pos = start + i + 1;
        return value;
      }
      scale *= 128;
    }
    throw this.malformed('has a number longer than 10 bytes', start);
  }

  /** A field's tag; field number 0 does not exist. */
  protected tag(end: number): number {
    const start = this.pos;
    const value = this.varint(end);
    if (value < 8 || value >= TWO_POW_32) throw this.malformed('has an impossible field number', start);
    return value;
  }

  /** Reads a length and returns the end of what it measures. */
  protected lengthEnd(end: number): number {
    const start = this.pos;
    const length = this.varint(end);
    const fieldEnd = this.pos + length;
    if (fieldEnd > end) throw this.malformed('has a field longer than its message', start);
    return fieldEnd;
  }

  protected fixed64At(end: number): number {
    const at = this.pos;
    if (at + 8 > end) throw this.malformed('ends in the middle of a 64-bit field', at);
    this.pos = at + 8;
    return at;
  }

  protected double(end: number): number {
    return this.view.getFloat64(this.fixed64At(end), true);
  }

  /** Signed 64 bits as a double (exact up to 2^53). */
  protected sfixed64(end: number): number {
    const at = this.fixed64At(end);
    return this.view.getInt32(at + 4, true) * TWO_POW_32 + this.view.getUint32(at, true);
  }

  /** Unix nanoseconds as milliseconds. */
  protected timeMs(end: number): number {
    const at = this.fixed64At(end);
    const nanoseconds = this.view.getUint32(at + 4, true) * TWO_POW_32 + this.view.getUint32(at, true);
    return Math.floor((nanoseconds + TIME_TOLERANCE_NS) / NANOSECONDS_PER_MS);
  }

  /** Passes over a field that is not used. */
  protected skip(fieldTag: number, end: number): void {
    switch (fieldTag & 7) {
      case VARINT:
        this.varint(end);
        return;
      case FIXED64:
        this.fixed64At(end);
        return;
      case LENGTH_DELIMITED:
        this.pos = this.lengthEnd(end);
        return;
      case FIXED32:
        if (this.pos + 4 > end) throw this.malformed('ends in the middle of a 32-bit field', this.pos);
        this.pos += 4;
        return;
      default:
        throw this.malformed(`has a field of wire type ${fieldTag & 7}, which OTLP does not use`, this.pos);
    }
  }

  protected malformed(what: string, at: number): Error {
    return new MalformedMessageError(
      `The body is not a valid ExportMetricsServiceRequest: it ${what}, at byte ${at}. Send OTLP metrics as protobuf.`,
    );
  }
}
