import path from 'node:path';
import type { Roster } from '../roster.ts';
import type { StepWindow } from '../window.ts';
import type { Disk } from './disk.ts';
import { snapshotName, windowFiles } from './files.ts';
import { FrameBuffer } from './frames.ts';
import { appendEnd, appendHeader, appendWindow } from './records.ts';

/** Bytes encoded between two turns of the event loop: a few milliseconds of work. */
const SLICE_BYTES = 1024 * 1024;

async function writeAll(disk: Disk, fd: number, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await disk.appendLater(fd, bytes.subarray(written));
}

async function writeServers(disk: Disk, fd: number, roster: Roster, window: StepWindow): Promise<number> {
  const frames = new FrameBuffer();
  let servers = 0;
  let bytes = 0;
  appendHeader(frames);
  // By slot, not by name: the fleet changes while slices are written, and slots stay where they are.
  for (let slot = 0; slot < roster.slotCount; slot++) {
    const server = roster.bySlot(slot);
    if (server === undefined) continue;
    appendWindow(frames, window, server);
    servers++;
    if (frames.length < SLICE_BYTES) continue;
    bytes += frames.length;
    await writeAll(disk, fd, frames.take());
  }
  appendEnd(frames, servers);
  bytes += frames.length;
  await writeAll(disk, fd, frames.take());
  return bytes;
}

/**
 * Writes every server as it is now, a slice at a time. What changes meanwhile is in journal segment `sequence`,
 * which is read after the snapshot. Older snapshots are removed when this one is safe.
 * @returns bytes written
 * @throws what the disk throws; the folder is then as it was before
 */
export async function writeSnapshot(
  disk: Disk,
  folder: string,
  sequence: number,
  roster: Roster,
  window: StepWindow,
): Promise<number> {
  const name = snapshotName(sequence);
  const unfinished = path.join(folder, `${name}.tmp`);
  const fd = disk.create(unfinished);
  let bytes: number;
  try {
    bytes = await writeServers(disk, fd, roster, window);
    await disk.sync(fd);
  } catch (error) {
    disk.close(fd);
    disk.remove(unfinished);
    throw error;
  }
  disk.close(fd);
  disk.rename(unfinished, path.join(folder, name));
  await disk.syncFolder(folder);
  for (const old of windowFiles(disk.list(folder)).snapshots)
    if (old < sequence) disk.remove(path.join(folder, snapshotName(old)));
  return bytes;
}
