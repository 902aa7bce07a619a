/** The whole answer to GET /metrics: the servers' part and, behind it, the process's own metrics of this moment. */
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';
import type { Registry } from 'prom-client';
import type { ServerPage } from './page.ts';

const deflate = promisify(deflateRaw);

/** RFC 1952: magic, deflate, no flags, no time, fastest, unknown system. */
const GZIP_HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
const GZIP_TRAILER_BYTES = 8;

function gzipTrailer(crc: number, bytes: number): Uint8Array {
  const trailer = Buffer.alloc(GZIP_TRAILER_BYTES);
  trailer.writeUInt32LE(crc, 0);
  // The length modulo 2^32.
  trailer.writeUInt32LE(bytes >>> 0, 4);
  return trailer;
}

/** The page as plain text, in chunks. */
export async function plainPage(page: ServerPage, registry: Registry): Promise<readonly Uint8Array[]> {
  const servers = await page.text();
  return [...servers, Buffer.from(await registry.metrics())];
}

/**
 * The page as one gzip member. Only the short end is compressed for each request: it continues the kept deflate data,
 * because many clients stop after the first of several members.
 */
export async function gzippedPage(page: ServerPage, registry: Registry): Promise<readonly Uint8Array[]> {
  const servers = await page.deflated();
  const own = Buffer.from(await registry.metrics());
  const crc = crc32(own, servers.crc);
  return [GZIP_HEADER, ...servers.data, await deflate(own), gzipTrailer(crc, servers.bytes + own.length)];
}

export function byteLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
