/** A training's folder: what it is, its data, its checkpoint, its bundle, and what the comparison said. */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../fleet/persistence/wholeFile.ts';
import type { ServerPlace } from '../../history/protocol.ts';
import { CHUNK_MANIFEST } from '../datasets/files.ts';
import type { Comparison, TrainingJob } from './types.ts';

const JOB_FILE = 'job.json';
const COMPARISON_FILE = 'comparison.json';
const DATA_FILE = 'data.parquet';

/** Measurements as `argus generate` writes them: a Parquet file, and a manifest that tells where the servers stand. */
export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get file(): string {
    return join(this.path, DATA_FILE);
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  /** @param holidays dates that are holidays for every server */
  writeManifest(places: readonly ServerPlace[], holidays: readonly string[]): Promise<void> {
    return writeJson(join(this.path, CHUNK_MANIFEST), {
      chunks: [{ file: DATA_FILE }],
      servers: places.map(({ server, timeZone, country }) => ({
        name: server,
        time_zone: timeZone,
        country,
      })),
      holidays,
    });
  }
}

export class JobFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get trainData(): DataFolder {
    return new DataFolder(join(this.path, 'train'));
  }

  /** A day before the held-back days, and these. */
  get heldBackData(): DataFolder {
    return new DataFolder(join(this.path, 'held-back'));
  }

  get bundle(): string {
    return join(this.path, 'bundle');
  }

  get checkpoint(): string {
    return join(this.path, 'checkpoint');
  }

  async writeJob(job: TrainingJob): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await writeJson(join(this.path, JOB_FILE), job);
  }

  /** @returns undefined where there is none, or none that can be read */
  readJob(): Promise<TrainingJob | undefined> {
    return readJson<TrainingJob>(join(this.path, JOB_FILE));
  }

  writeComparison(comparison: Comparison): Promise<void> {
    return writeJson(join(this.path, COMPARISON_FILE), comparison);
  }

  readComparison(): Promise<Comparison | undefined> {
    return readJson<Comparison>(join(this.path, COMPARISON_FILE));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The folders of trainings that were not finished, oldest first. */
export async function unfinishedJobs(folder: string): Promise<readonly JobFolder[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => new JobFolder(join(folder, name)));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomically(path, [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)]);
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
