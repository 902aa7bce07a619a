/** Files that are there as a whole or not at all, for what is written without a hurry. */

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Permissions of a new file, before the umask. */
const DEFAULT_MODE = 0o666;

/**
 * Writes a file under a temporary name, syncs it and renames it, so that a reader sees all of it or the one before.
 * What a kill leaves of it is overwritten the next time: only one process may write a file.
 */
export async function writeAtomically(
  path: string,
  parts: readonly Uint8Array[],
  mode = DEFAULT_MODE,
): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeSynced(temporary, parts, mode);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Writes a file and syncs it to the disk. */
export async function writeSynced(
  path: string,
  parts: readonly Uint8Array[],
  mode = DEFAULT_MODE,
): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Syncs a folder, so that new and renamed entries survive a crash of the machine. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
