import {
  closeSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/** The few file operations that journal and snapshot write with, so that tests can let them fail. */
export interface Disk {
  makeFolder(path: string): void;
  /** Names of the folder's files. */
  list(path: string): readonly string[];
  /** Creates a file for writing and gives its descriptor; fails where it exists. */
  create(path: string): number;
  /** Writes at the end of the file; may write less than asked. @returns bytes written */
  append(fd: number, bytes: Buffer): number;
  appendLater(fd: number, bytes: Buffer): Promise<number>;
  truncate(fd: number, length: number): void;
  sync(fd: number): Promise<void>;
  close(fd: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes renames and removals in a folder last. */
  syncFolder(path: string): Promise<void>;
}

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const syncLater = promisify(fsync);
const writeLater = promisify(write);

export const realDisk: Disk = {
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: FOLDER_MODE }),
  list: (path) => readdirSync(path),
  // Opened for appending: after a truncation the next write must land at the new end.
  create: (path) => openSync(path, 'ax', FILE_MODE),
  append: (fd, bytes) => writeSync(fd, bytes),
  appendLater: async (fd, bytes) => (await writeLater(fd, bytes, 0, bytes.length, null)).bytesWritten,
  truncate: (fd, length) => ftruncateSync(fd, length),
  sync: (fd) => syncLater(fd),
  close: (fd) => closeSync(fd),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => unlinkSync(path),
  syncFolder: async (path) => {
    const fd = openSync(path, 'r');
    try {
      await syncLater(fd);
    } finally {
      closeSync(fd);
    }
  },
};
