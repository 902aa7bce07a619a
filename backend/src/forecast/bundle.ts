/** Opening a model bundle: nothing in it is used before every byte of it has proved to be the one that was written. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  BundleDamagedError,
  BundleFileMissingError,
  ManifestInvalidError,
  RuntimeTooOldError,
} from './errors.ts';
import type { Golden } from './golden.ts';
import { decodeGolden } from './golden.ts';
import type { Manifest } from './manifest.ts';
import { checkCatalog, parseManifest } from './manifest.ts';

export const MANIFEST_FILE = 'manifest.json';
/** Checksum of the manifest itself, in the form `sha256sum -c` reads. */
export const MANIFEST_CHECKSUM_FILE = 'manifest.sha256';
export const FORECAST_GRAPH_FILE = 'forecast.onnx';
export const WEIGHTS_FILE = 'weights.bin';
export const GOLDEN_FILE = 'golden.bin';
/** Without these there is no forecast; the others serve training and explanations. */
const NEEDED_FILES = [FORECAST_GRAPH_FILE, WEIGHTS_FILE, GOLDEN_FILE] as const;

/** A bundle whose files are verified. */
export interface Bundle {
  /** Absolute path of its folder. */
  readonly path: string;
  /** Name of its folder: how it is called in errors and in the API. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly golden: Golden;
}

/**
 * Opens and verifies a bundle: manifest, agreement with the catalog, minimum onnxruntime, checksum of every file.
 * @param path folder of the bundle
 * @param runtimeVersion version of the installed onnxruntime, `major.minor.patch`
 * @throws BundleFileMissingError, ManifestInvalidError, BundleDamagedError, CatalogDisagreementError,
 *   RuntimeTooOldError, GoldenInvalidError
 */
export async function openBundle(path: string, runtimeVersion: string): Promise<Bundle> {
  const folder = resolve(path);
  const name = basename(folder);
  const manifest = await readManifest(folder);
  checkCatalog(manifest, name);
  if (compareVersions(runtimeVersion, manifest.minimum_onnxruntime) < 0) {
    throw new RuntimeTooOldError(name, manifest.minimum_onnxruntime, runtimeVersion);
  }
  for (const needed of NEEDED_FILES) {
    if (manifest.files[needed] === undefined) {
      throw new ManifestInvalidError(name, '/files', `does not list ${needed}`);
    }
  }
  for (const [file, expected] of Object.entries(manifest.files)) {
    const found = await withFile(folder, file, digestOf);
    if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) {
      throw new BundleDamagedError(name, file);
    }
  }
  const golden = decodeGolden(await withFile(folder, GOLDEN_FILE, readBytes), name);
  return { path: folder, name, manifest, golden };
}

/**
 * Reads a bundle's manifest and, where its checksum lies beside it, verifies it.
 * @throws BundleFileMissingError, BundleDamagedError, ManifestInvalidError
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const name = basename(resolve(folder));
  const bytes = await withFile(folder, MANIFEST_FILE, readBytes);
  const recorded = await readFile(join(folder, MANIFEST_CHECKSUM_FILE), 'latin1').catch(() => undefined);
  if (recorded !== undefined && recorded !== manifestChecksum(bytes)) {
    throw new BundleDamagedError(name, MANIFEST_FILE);
  }
  return parseManifest(bytes.toString('utf8'), name);
}

/** Content of manifest.sha256 for the bytes of a manifest. */
export function manifestChecksum(manifest: Uint8Array): string {
  return `${createHash('sha256').update(manifest).digest('hex')}  ${MANIFEST_FILE}\n`;
}

/** SHA-256 (hex) and length of a file, as a manifest lists them. */
export async function digestOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const { size } = await stat(path);
  return { sha256: hash.digest('hex'), bytes: size };
}

const readBytes = (path: string): Promise<Buffer> => readFile(path);

async function withFile<T>(folder: string, file: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(join(folder, file));
  } catch (error) {
    throw new BundleFileMissingError(basename(resolve(folder)), file, errorCode(error));
  }
}

/** The system's short code of a file error, which names no path. */
function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

/** Below 0 where version a is older than b; both `major.minor.patch`. */
function compareVersions(a: string, b: string): number {
  const left = a.split('.').map((part) => Number.parseInt(part, 10));
  const right = b.split('.').map((part) => Number.parseInt(part, 10));
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing < 0 ? 0 : left[differing] - right[differing];
}
