import { FIXED64, LENGTH_DELIMITED, tag, VARINT } from './wireReader.ts';

const FIRST_CAPACITY = 1024;
/** Room that a tag and a varint take at most. */
const HEADER_BYTES = 20;

/** Writes protobuf messages, nested ones in place: lengths are filled in when a message ends. */
export class WireWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** A copy of what was written. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  varint(field: number, value: number): void {
    this.#reserve(HEADER_BYTES);
    this.#rawVarint(tag(field, VARINT));
    this.#rawVarint(value);
  }

  /** A 64-bit varint of either sign, as int64 fields have them. */
  int64(field: number, value: bigint): void {
    this.#reserve(HEADER_BYTES);
    this.#rawVarint(tag(field, VARINT));
    let rest = BigInt.asUintN(64, value);
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  double(field: number, value: number): void {
    this.#reserve(HEADER_BYTES);
    this.#rawVarint(tag(field, FIXED64));
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** A fixed64 or sfixed64: both have the same bits. */
  fixed64(field: number, value: bigint): void {
    this.#reserve(HEADER_BYTES);
    this.#rawVarint(tag(field, FIXED64));
    this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(HEADER_BYTES + value.length);
    this.#rawVarint(tag(field, LENGTH_DELIMITED));
    this.#rawVarint(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A nested message, written by `body`. */
  message(field: number, body: () => void): void {
    this.#reserve(HEADER_BYTES);
    this.#rawVarint(tag(field, LENGTH_DELIMITED));
    const lengthAt = this.#length++;
    body();
    const length = this.#length - lengthAt - 1;
    const extra = varintBytes(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(lengthAt + 1 + extra, lengthAt + 1, this.#length);
    }
    this.#length = lengthAt;
    this.#rawVarint(length);
    this.#length += length;
  }

  #rawVarint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) count++;
  return count;
}
