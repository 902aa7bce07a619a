/** The file operations the history writes with, so that tests can let them fail. */
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';

const FOLDER_MODE = 0o750;

export interface HistoryDisk {
  makeFolder(path: string): Promise<void>;
  /** Names and sizes of a folder's entries; none where it is not there. */
  list(
    path: string,
  ): Promise<readonly { readonly name: string; readonly bytes: number; readonly isFolder: boolean }[]>;
  /** Makes a written file last. @returns its size */
  sync(path: string): Promise<number>;
  /** Makes renames and removals in a folder last. */
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  freeBytes(path: string): Promise<number>;
}

async function synced(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

export const realHistoryDisk: HistoryDisk = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  },
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    return Promise.all(
      entries.map(async (entry) => {
        const bytes = entry.isFile() ? await sizeOf(`${path}/${entry.name}`) : 0;
        return { name: entry.name, bytes, isFolder: entry.isDirectory() };
      }),
    );
  },
  sync: synced,
  async syncFolder(path) {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true }),
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Whether an error, ours or DuckDB's, says that there is no room. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /no space left|disk quota|disk full|ENOSPC/i.test(String(message ?? ''))
  );
}
