/** What a backup holds, so that putting it back can tell whether all of it is there. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

export const MANIFEST_NAME = 'argus-backup.json';
export const BACKUP_FORMAT = 1;

export interface BackupManifest {
  readonly format: number;
  /** Version of Argus that made it. */
  readonly version: string;
  /** ISO 8601 */
  readonly created: string;
  /** By path relative to the data folder, `/` between folders. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

export async function digest(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

export async function manifestOf(
  folder: string,
  files: readonly string[],
  version: string,
  created: string,
): Promise<BackupManifest> {
  const digests: Record<string, { readonly bytes: number; readonly sha256: string }> = {};
  for (const file of files) digests[file] = await digest(join(folder, file));
  return { format: BACKUP_FORMAT, version, created, files: digests };
}

/** @returns what is wrong with the files of a folder, in words; null where all are as the manifest says */
export async function differenceFrom(manifest: BackupManifest, folder: string): Promise<string | null> {
  for (const [file, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const found = await digest(join(folder, file)).catch(() => undefined);
    if (found === undefined) return `${file} is missing`;
    if (found.bytes !== bytes || found.sha256 !== sha256) return `${file} is damaged`;
  }
  return null;
}

export function parseManifest(text: string): BackupManifest | null {
  try {
    const manifest = JSON.parse(text) as Partial<BackupManifest>;
    const isManifest = typeof manifest.format === 'number' && typeof manifest.files === 'object';
    return isManifest && manifest.files !== null ? (manifest as BackupManifest) : null;
  } catch {
    return null;
  }
}
