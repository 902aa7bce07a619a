/** How a server's name becomes the number the network knows it by. */

/** Bucket of a server the network is told nothing about. */
export const UNKNOWN_SERVER = 0;

const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const encoder = new TextEncoder();

/**
 * 32-bit FNV-1a of a text's UTF-8 bytes; the seed is mixed into the offset basis.
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fnv1a32(text: string, seed = 0): number {
  let hash = FNV_OFFSET_BASIS ^ seed;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/**
 * Bucket of a server name: 1 … buckets − 1. Bucket 0 is kept for servers the network is told nothing about.
 * @param buckets number of embeddings, at least 2
 */
export function serverBucket(name: string, seed: number, buckets: number): number {
  return 1 + (fnv1a32(name, seed) % (buckets - 1));
}
