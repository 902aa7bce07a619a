/**
 * Files of numbers that are kept across a restart: a line of JSON, then arrays of floats, then a checksum. They are written
 * under a temporary name, synced and renamed.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeAtomically } from '../fleet/persistence/wholeFile.ts';

const CHECKSUM_BYTES = 4;
const NEWLINE = 0x0a;

/** A file that cannot be what encodeContainer gave. */
export class SnapshotDamaged extends Error {}

/** @returns the bytes of the file, in parts that are views on the arrays: they are to be written before these change */
export function encodeContainer(
  header: unknown,
  arrays: Iterable<Float32Array | Float64Array>,
): readonly Uint8Array[] {
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(header)}\n`)];
  for (const { buffer, byteOffset, byteLength } of arrays) {
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  }
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32LE(parts.reduce((sum, part) => crc32(part, sum), 0));
  return [...parts, checksum];
}

/** The arrays of a file, to be taken in the order they were written. */
export class ContainerReader {
  readonly #file: Buffer;
  #at: number;

  constructor(file: Buffer, at: number) {
    this.#file = file;
    this.#at = at;
  }

  takeFloat32(length: number): Float32Array {
    return new Float32Array(this.#take(length * Float32Array.BYTES_PER_ELEMENT));
  }

  takeFloat64(length: number): Float64Array {
    return new Float64Array(this.#take(length * Float64Array.BYTES_PER_ELEMENT));
  }

  #take(bytes: number): ArrayBuffer {
    const copy = new Uint8Array(bytes);
    copy.set(this.#file.subarray(this.#at, this.#at + bytes));
    this.#at += bytes;
    return copy.buffer;
  }
}

export interface OpenedContainer {
  /** As it was written, by whichever version of Argus: the checksum vouches for the writer only. */
  readonly header: unknown;
  readonly arrays: ContainerReader;
}

/** @throws SnapshotDamaged saying what is wrong */
export function openContainer(file: Buffer): OpenedContainer {
  const end = file.length - CHECKSUM_BYTES;
  if (end < 0 || crc32(file.subarray(0, end)) !== file.readUInt32LE(end)) {
    throw new SnapshotDamaged('its checksum is wrong');
  }
  const headEnd = file.indexOf(NEWLINE);
  try {
    const header: unknown = JSON.parse(file.toString('utf8', 0, headEnd));
    return { header, arrays: new ContainerReader(file, headEnd + 1) };
  } catch {
    throw new SnapshotDamaged('it does not begin with a line of JSON');
  }
}

/** Writes the file so that a reader sees all of it or the one before. */
export async function writeSnapshotFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, parts);
}

/** @returns the file, or null where there is none */
export async function readSnapshotFile(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
