import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file under a temporary name, syncs it and renames it, so that a reader sees all of it or nothing. */
export async function writeAtomically(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeSynced(temporary, parts);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Writes a file and syncs it to the disk. */
export async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Syncs a folder, so that renames in it survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
