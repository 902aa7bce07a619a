/**
 * What is kept of scores across a restart, in one file: a line of JSON, then 32-bit and 64-bit floats, then a checksum.
 * It is written under a temporary name, synced and renamed.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeAtomically } from '../fleet/persistence/wholeFile.ts';

const FORMAT = 1;
const CHECKSUM_BYTES = 4;
const NEWLINE = 0x0a;

/** What the numbers mean; a file of another layout is of no use. */
export interface SnapshotLayout {
  readonly targets: readonly string[];
  readonly horizons: readonly string[];
  readonly forecasters: readonly string[];
  /** Numbers of one server. */
  readonly serverSize: number;
  /** Numbers of one hour. */
  readonly hourSize: number;
}

export interface Snapshot {
  readonly modelId: string | null;
  readonly hours: readonly { readonly hour: number; readonly sums: Float64Array }[];
  /** Numbers of each server. */
  readonly servers: ReadonlyMap<string, Float32Array>;
}

interface Header {
  readonly format: number;
  readonly layout: SnapshotLayout;
  readonly modelId: string | null;
  readonly hours: readonly number[];
  readonly servers: readonly string[];
}

/** A file that cannot be what encodeSnapshot gave. */
export class SnapshotDamaged extends Error {}

export function encodeSnapshot(layout: SnapshotLayout, { modelId, hours, servers }: Snapshot): Buffer {
  const header: Header = {
    format: FORMAT,
    layout,
    modelId,
    hours: hours.map(({ hour }) => hour),
    servers: [...servers.keys()],
  };
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(header)}\n`)];
  for (const { sums } of hours) parts.push(bytesOf(sums));
  for (const numbers of servers.values()) parts.push(bytesOf(numbers));
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  const body = Buffer.concat(parts);
  checksum.writeUInt32LE(crc32(body));
  return Buffer.concat([body, checksum]);
}

/** @throws SnapshotDamaged saying what is wrong */
export function decodeSnapshot(layout: SnapshotLayout, file: Buffer): Snapshot {
  const end = file.length - CHECKSUM_BYTES;
  if (end < 0 || crc32(file.subarray(0, end)) !== file.readUInt32LE(end)) {
    throw new SnapshotDamaged('its checksum is wrong');
  }
  const headEnd = file.indexOf(NEWLINE);
  // The checksum vouches for the writer, but not for its version.
  const header = JSON.parse(file.toString('utf8', 0, headEnd)) as Header;
  if (header.format !== FORMAT || JSON.stringify(header.layout) !== JSON.stringify(layout)) {
    throw new SnapshotDamaged('it was written by another version of Argus');
  }
  let at = headEnd + 1;
  const take = (bytes: number): ArrayBuffer => {
    const copy = new Uint8Array(bytes);
    copy.set(file.subarray(at, at + bytes));
    at += bytes;
    return copy.buffer;
  };
  const hours = header.hours.map((hour) => ({
    hour,
    sums: new Float64Array(take(layout.hourSize * Float64Array.BYTES_PER_ELEMENT)),
  }));
  const servers = new Map(
    header.servers.map((name) => [
      name,
      new Float32Array(take(layout.serverSize * Float32Array.BYTES_PER_ELEMENT)),
    ]),
  );
  return { modelId: header.modelId, hours, servers };
}

function bytesOf(numbers: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Writes the file so that a reader sees all of it or the one before. */
export async function writeSnapshotFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, [bytes]);
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
