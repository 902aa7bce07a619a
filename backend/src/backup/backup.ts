/** Makes a backup of a data folder, while Argus runs or not, and puts one back. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BackupDamaged, BackupFileExists, BackupSourceMissing, RestoreTargetUsed } from './errors.ts';
import {
  BACKUP_FORMAT,
  type BackupManifest,
  differenceFrom,
  MANIFEST_NAME,
  manifestOf,
  parseManifest,
} from './manifest.ts';
import { filesToKeep, stageFiles } from './stage.ts';
import { pack, unpack } from './tar.ts';

export interface BackupReport {
  readonly file: string;
  readonly files: number;
  readonly bytes: number;
}

const STAGE_PREFIX = '.backup-';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What backups left that were killed: their links would keep removed days on the disk. */
async function removeAbandoned(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(STAGE_PREFIX) || isAlive(Number(name.slice(STAGE_PREFIX.length)))) continue;
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Writes everything a data folder holds into one file, under its name only once it is whole.
 * @throws BackupSourceMissing, BackupFileExists, BackupUnstable, BackupToolFailed
 */
export async function makeBackup(
  dataDir: string,
  out: string,
  version: string,
  nowMs: number,
): Promise<BackupReport> {
  const [source, file] = [resolve(dataDir), resolve(out)];
  if (await exists(file)) throw new BackupFileExists(out);
  if ((await filesToKeep(source)).length === 0) throw new BackupSourceMissing(dataDir);
  // Beside the data, so that files can be linked instead of copied.
  await removeAbandoned(source);
  const stage = join(source, `${STAGE_PREFIX}${process.pid}`);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const files = await stageFiles(source, stage);
    const manifest = await manifestOf(stage, files, version, new Date(nowMs).toISOString());
    await writeFile(join(stage, MANIFEST_NAME), `${JSON.stringify(manifest, null, 2)}\n`);
    await mkdir(dirname(file), { recursive: true });
    await pack(stage, temporary);
    await rename(temporary, file);
    return { file: out, files: files.length, bytes: (await stat(file)).size };
  } finally {
    await rm(stage, { recursive: true, force: true });
    await rm(temporary, { force: true });
  }
}

/**
 * Puts a backup into an empty folder, and checks every file of it before it counts.
 * @throws RestoreTargetUsed, BackupDamaged, BackupToolFailed
 */
export async function restoreBackup(file: string, dataDir: string): Promise<BackupManifest> {
  const target = resolve(dataDir);
  if ((await readdir(target).catch(() => [])).length > 0) throw new RestoreTargetUsed(dataDir);
  const temporary = `${target}.restoring-${process.pid}`;
  await mkdir(temporary, { recursive: true });
  try {
    await unpack(file, temporary).catch((error: Error) => {
      throw (error as { code?: unknown }).code === 'ARGUS_BACKUP_TAR'
        ? error
        : new BackupDamaged(file, reasonOf(error));
    });
    const manifest = await checked(file, temporary);
    await rm(join(temporary, MANIFEST_NAME));
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    return manifest;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function reasonOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : error.message;
}

async function checked(file: string, folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST_NAME), 'utf8').catch(() => '');
  const manifest = parseManifest(text);
  if (manifest === null) throw new BackupDamaged(file, 'it holds no list of its files');
  if (manifest.format !== BACKUP_FORMAT) {
    throw new BackupDamaged(
      file,
      `it was made by Argus ${manifest.version}, in a form this one does not know`,
    );
  }
  const difference = await differenceFrom(manifest, folder);
  if (difference !== null) throw new BackupDamaged(file, difference);
  return manifest;
}
