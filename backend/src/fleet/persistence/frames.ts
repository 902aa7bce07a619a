import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/**
 * Journal and snapshot are sequences of frames: magic, payload length, CRC-32 of the payload (uint32 little-endian
 * each), payload. The magic lets a reader find the next sound frame behind a damaged place.
 */
const MAGIC = Buffer.from([0xa7, 0x47, 0x55, 0x53]);
const MAGIC_NUMBER = MAGIC.readUInt32LE(0);
const HEADER_BYTES = 12;
/** A longer length is damage: the longest real frame is a server's ring and its attributes. */
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const FIRST_CAPACITY = 64 * 1024;

/** Collects frames to be written at once. */
export class FrameBuffer {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a frame; `fill` writes every byte of the payload it is given. */
  append(payloadBytes: number, fill: (payload: Buffer) => void): void {
    const end = this.#length + HEADER_BYTES + payloadBytes;
    if (end > this.#bytes.length) this.#grow(end);
    const payload = this.#bytes.subarray(this.#length + HEADER_BYTES, end);
    fill(payload);
    MAGIC.copy(this.#bytes, this.#length);
    this.#bytes.writeUInt32LE(payloadBytes, this.#length + 4);
    this.#bytes.writeUInt32LE(crc32(payload), this.#length + 8);
    this.#length = end;
  }

  /** The frames collected so far: a view that is good until the next append. Collecting starts anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** What reading a file of frames found. */
export interface FrameScan {
  readonly frames: number;
  /** Bytes between sound frames that are none. */
  readonly damagedBytes: number;
  /** Bytes after the last sound frame: a write that was cut off. */
  readonly tornBytes: number;
  readonly fileBytes: number;
}

/** A view that slides over a file. */
class SlidingBytes {
  readonly fileBytes: number;
  #position = 0;
  readonly #fd: number;
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  #start = 0;
  #end = 0;
  #atEnd = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.fileBytes = fstatSync(fd).size;
  }

  /** Offset in the file of the first byte of the view. */
  get position(): number {
    return this.#position;
  }

  /** Makes at least `count` bytes readable. @returns false where the file ends before */
  ensure(count: number): boolean {
    while (this.#end - this.#start < count && !this.#atEnd) this.#fill(count);
    return this.#end - this.#start >= count;
  }

  view(from: number, to: number): Buffer {
    return this.#bytes.subarray(this.#start + from, this.#start + to);
  }

  uint32(at: number): number {
    return this.#bytes.readUInt32LE(this.#start + at);
  }

  skip(count: number): void {
    this.#start += count;
    this.#position += count;
  }

  /** Moves to the next magic after the current byte, or to the end of the file. */
  skipToMagic(): void {
    this.skip(1);
    while (this.ensure(MAGIC.length)) {
      const found = this.view(0, this.#end - this.#start).indexOf(MAGIC);
      if (found >= 0) {
        this.skip(found);
        return;
      }
      this.skip(this.#end - this.#start - MAGIC.length + 1);
    }
    this.skip(this.#end - this.#start);
  }

  #fill(count: number): void {
    const kept = this.#end - this.#start;
    const target = count > this.#bytes.length ? Buffer.allocUnsafe(count + CHUNK_BYTES) : this.#bytes;
    this.#bytes.copy(target, 0, this.#start, this.#end);
    this.#bytes = target;
    this.#start = 0;
    this.#end = kept;
    const read = readSync(this.#fd, this.#bytes, kept, this.#bytes.length - kept, null);
    this.#end += read;
    this.#atEnd = read === 0;
  }
}

/** Payload length of a sound frame at the view's start, or -1. */
function soundFrame(bytes: SlidingBytes): number {
  if (!bytes.ensure(HEADER_BYTES) || bytes.uint32(0) !== MAGIC_NUMBER) return -1;
  const length = bytes.uint32(4);
  if (length > MAX_PAYLOAD_BYTES || !bytes.ensure(HEADER_BYTES + length)) return -1;
  const payload = bytes.view(HEADER_BYTES, HEADER_BYTES + length);
  return crc32(payload) === bytes.uint32(8) ? length : -1;
}

/**
 * Reads every sound frame of a file, in order, past damaged places.
 * @param onFrame gets a view that is good during the call only
 */
export function readFrames(path: string, onFrame: (payload: Buffer) => void): FrameScan {
  const fd = openSync(path, 'r');
  try {
    const bytes = new SlidingBytes(fd);
    let frames = 0;
    let damagedBytes = 0;
    let soundUntil = 0;
    while (bytes.ensure(1)) {
      const length = soundFrame(bytes);
      if (length < 0) {
        bytes.skipToMagic();
        continue;
      }
      damagedBytes += bytes.position - soundUntil;
      onFrame(bytes.view(HEADER_BYTES, HEADER_BYTES + length));
      bytes.skip(HEADER_BYTES + length);
      soundUntil = bytes.position;
      frames++;
    }
    return { frames, damagedBytes, tornBytes: bytes.position - soundUntil, fileBytes: bytes.fileBytes };
  } finally {
    closeSync(fd);
  }
}
