/**
 * A copy of the data folder of an Argus that may be running. Files that are only ever replaced as a whole are linked,
 * those that grow are copied; what a restart would clear away is left out.
 */
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupUnstable } from './errors.ts';

const TRIES = 20;
/** Files that their stage writes under another name and renames, and never touches again. */
const REPLACED_AS_A_WHOLE = [/\.parquet$/, /^window\/snapshot-\d+\.bin$/, /^models\//, /^watch\//];
/** Of no use to another process, or of one that was under way. */
const LEFT_OUT = [
  /(^|[/.])lock(\.|$)/,
  /\.tmp$/,
  /(^|\/)\.tmp\//,
  /\.damaged-/,
  /\.dead-/,
  /^training\/(?!(?:log\.jsonl|care\.json)$)/,
  /^\.backup-/,
  // Forecasts of the past that are made again where they are missing.
  /^replay\//,
];
/** Together they are one state: none of them may be newer than the list of the others. */
const WINDOW_FILE = /^window\/(snapshot|journal)-\d+\.(bin|log)$/;

/** Files of a data folder that belong into a backup, by path with `/`. */
export async function filesToKeep(dataDir: string): Promise<readonly string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dataDir.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !LEFT_OUT.some((pattern) => pattern.test(path)))
    .sort();
}

/**
 * Puts a copy of every file into a folder on the same disk.
 * @returns the files, by path
 * @throws BackupUnstable where files kept changing under the copy
 */
export async function stageFiles(dataDir: string, stage: string): Promise<readonly string[]> {
  for (let tries = 0; tries < TRIES; tries++) {
    await rm(stage, { recursive: true, force: true });
    const files = await filesToKeep(dataDir);
    const isWhole = await copyAll(dataDir, stage, files);
    const after = await filesToKeep(dataDir);
    // A file of the history that is new by now holds rows of those that were copied, or newer ones.
    if (isWhole && sameWindow(files, after)) return files;
  }
  throw new BackupUnstable(dataDir);
}

function sameWindow(before: readonly string[], after: readonly string[]): boolean {
  const windowOf = (files: readonly string[]) => files.filter((file) => WINDOW_FILE.test(file)).join('\n');
  return windowOf(before) === windowOf(after);
}

/** @returns false where a file was gone before it could be copied */
async function copyAll(dataDir: string, stage: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    const [from, to] = [join(dataDir, file), join(stage, file)];
    await mkdir(dirname(to), { recursive: true });
    try {
      if (REPLACED_AS_A_WHOLE.some((pattern) => pattern.test(file))) await linkOrCopy(from, to);
      else await copyFile(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }
  return true;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    // Not every file system has links.
    await copyFile(from, to);
  }
}
