/** Measurements and forecasts of earlier replays on disk, so that the next thresholds are tried without the network. */
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Clock } from '../catalog/time.ts';
import { writeAtomically } from '../fleet/persistence/wholeFile.ts';
import type { PlainSeries } from './plainSeries.ts';

const MAGIC = 'ARGUSRP1';
const PREFIX_BYTES = MAGIC.length + 4;
const SUFFIX = '.replay';
const COMPRESSION = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };
const MEGABYTE = 1e6;

export interface CachedServer {
  readonly series: PlainSeries;
  /** Encoded StoredForecasts; null where there are none. */
  readonly forecasts: Uint8Array | null;
}

export interface CachedReplay {
  /** Step after the last one that was asked for when the measurements were read. */
  readonly readToStep: number;
  readonly servers: readonly CachedServer[];
  readonly warnings: readonly string[];
}

/** Length and CRC-32 of a piece of the file. */
type Piece = readonly [bytes: number, crc: number];

interface Head {
  readonly readToStep: number;
  readonly warnings: readonly string[];
  readonly servers: readonly (Omit<PlainSeries, 'values'> & {
    readonly measured: Piece;
    readonly forecasts: Piece | null;
  })[];
}

export interface ReplayCacheOptions {
  readonly folder: string;
  readonly maxMegabytes: number;
  readonly clock: Clock;
  /** Hears what a person should know. */
  readonly note: (text: string) => void;
}

function pieceOf(bytes: Uint8Array): Piece {
  return [bytes.length, crc32(bytes)];
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function parse(file: Buffer): CachedReplay {
  if (file.subarray(0, MAGIC.length).toString('latin1') !== MAGIC)
    throw new Error('it does not begin as one');
  let at = PREFIX_BYTES;
  const take = ([bytes, crc]: Piece): Uint8Array => {
    const piece = file.subarray(at, at + bytes);
    if (piece.length < bytes || crc32(piece) !== crc) throw new Error(`it is damaged at byte ${at}`);
    at += bytes;
    return piece;
  };
  const headBytes = file.readUInt32LE(MAGIC.length);
  const head = JSON.parse(file.subarray(at, at + headBytes).toString()) as Head;
  at += headBytes;
  const servers = head.servers.map(({ measured, forecasts, ...server }): CachedServer => {
    const values = new Float32Array(Uint8Array.from(zstdDecompressSync(take(measured))).buffer);
    // Of its own: a thread that is sent a view gets a copy of the whole file.
    return { series: { ...server, values }, forecasts: forecasts && new Uint8Array(take(forecasts)) };
  });
  return { readToStep: head.readToStep, warnings: head.warnings, servers };
}

function format({ readToStep, warnings, servers }: CachedReplay): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const described = servers.map(({ series: { values, ...server }, forecasts }) => {
    const measured = zstdCompressSync(bytesOf(values), COMPRESSION);
    pieces.push(measured, ...(forecasts === null ? [] : [forecasts]));
    return { ...server, measured: pieceOf(measured), forecasts: forecasts && pieceOf(forecasts) };
  });
  const head = Buffer.from(JSON.stringify({ readToStep, warnings, servers: described } satisfies Head));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(head.length, MAGIC.length);
  return [prefix, head, ...pieces];
}

export class ReplayCache {
  readonly #options: ReplayCacheOptions;

  constructor(options: ReplayCacheOptions) {
    this.#options = options;
  }

  /** What is kept under a key; null where nothing is, or nothing that can be read: that is set aside. */
  async read(key: string): Promise<CachedReplay | null> {
    const path = this.#pathOf(key);
    const { clock, note } = this.#options;
    const file = await readFile(path).catch(() => null);
    if (file === null) return null;
    try {
      const cached = parse(file);
      const seconds = clock.now() / 1000;
      await utimes(path, seconds, seconds).catch(() => undefined);
      return cached;
    } catch (error) {
      const setAsideAs = `${path}.damaged-${clock.now()}`;
      await rename(path, setAsideAs).catch(() => undefined);
      note(
        `The forecasts of an earlier replay cannot be used (${(error as Error).message}); they were set aside in ${setAsideAs} and are made again. Delete that file.`,
      );
      return null;
    }
  }

  /** Keeps a replay and removes the oldest others that are too much. A disk that refuses is only noted. */
  async write(key: string, replay: CachedReplay): Promise<void> {
    const { folder, maxMegabytes, note } = this.#options;
    if (maxMegabytes === 0) return;
    const parts = format(replay);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > maxMegabytes * MEGABYTE) {
      note(
        `The forecasts of this replay take ${Math.ceil(bytes / MEGABYTE)} MB and are not kept: replay.cacheMegabytes allows ${maxMegabytes}.`,
      );
      return;
    }
    try {
      await mkdir(folder, { recursive: true });
      await this.#makeRoom(bytes, this.#pathOf(key));
      await writeAtomically(this.#pathOf(key), parts);
    } catch (error) {
      await rm(`${this.#pathOf(key)}.tmp`, { force: true }).catch(() => undefined);
      note(
        `The forecasts of this replay could not be kept: ${(error as Error).message}. The next one makes them again.`,
      );
    }
  }

  #pathOf(key: string): string {
    return join(this.#options.folder, `${key}${SUFFIX}`);
  }

  /** Damaged files count too, and go like the others. */
  async #makeRoom(bytes: number, except: string): Promise<void> {
    const { folder, maxMegabytes } = this.#options;
    const names = (await readdir(folder)).filter((name) => name.includes(SUFFIX));
    const files = await Promise.all(
      names
        .map((name) => join(folder, name))
        .filter((path) => path !== except)
        .map(async (path) => ({ path, ...(await sizeOf(path)) })),
    );
    let left = files.reduce((sum, file) => sum + file.bytes, bytes);
    for (const file of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (left <= maxMegabytes * MEGABYTE) return;
      await rm(file.path, { force: true });
      left -= file.bytes;
    }
  }
}

async function sizeOf(path: string): Promise<{ readonly bytes: number; readonly usedMs: number }> {
  const info = await stat(path).catch(() => null);
  return { bytes: info?.size ?? 0, usedMs: info?.mtimeMs ?? 0 };
}
