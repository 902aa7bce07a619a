/** Writes a generated fleet as Parquet: 2-hour chunks, a manifest, and the truth about every incident. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HolidayBook } from '../catalog/holidays.ts';
import { METRICS } from '../catalog/metrics.ts';
import { STEP_SECONDS, stepOf, stepStartMs } from '../catalog/time.ts';
import { attributesOf } from './attributes.ts';
import { cascadeOnsets } from './cascade.ts';
import type { CheckedOptions, DatasetOptions } from './datasetOptions.ts';
import { checkDatasetOptions } from './datasetOptions.ts';
import { STEPS_PER_DAY } from './day.ts';
import { DatasetWriteError, SimulationOptionError } from './errors.ts';
import { nameServer } from './names.ts';
import type { TruthRow } from './parquet.ts';
import { ParquetWriter } from './parquet.ts';
import { SimulatedServer, STATUSES } from './server.ts';

/** Steps in one file: two hours. */
const CHUNK_STEPS = 24;
const CHUNK_NAME = /^chunk_\d{8}_\d{4}\.parquet$/;
const MANIFEST = 'chunk_manifest.json';
const HAZARD_FILE = 'hazard.parquet';
/** Steps simulated before the first one written, so that no state still shows how it started. */
const WARM_UP_STEPS = 288;

export interface ChunkEntry {
  readonly file: string;
  /** First and last step in the file, ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface ChunkManifest {
  readonly format: 1;
  readonly seed: number;
  readonly step_seconds: number;
  readonly from: string;
  /** Exclusive end. */
  readonly to: string;
  readonly columns: readonly string[];
  readonly servers: readonly {
    readonly name: string;
    readonly profile: string;
    readonly time_zone: string;
    /** Whose public holidays it keeps; absent where it keeps none. */
    readonly country?: string;
    /** Resource attributes a live server would send. */
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  /** Further dates that are holidays for all of them; absent where there are none. */
  readonly holidays?: readonly string[];
  readonly chunks: readonly ChunkEntry[];
  readonly rows: number;
  readonly truth: { readonly file: string; readonly rows: number; readonly sha256: string };
}

export interface DatasetProgress {
  readonly chunk: number;
  readonly chunks: number;
  readonly rows: number;
}

export const DATASET_COLUMNS = [
  'timestamp',
  'server_name',
  'profile',
  'status',
  ...METRICS.map(({ name }) => name),
] as const;

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function chunkName(step: number): string {
  const [date, time] = new Date(stepStartMs(step)).toISOString().split('T');
  return `chunk_${date.replaceAll('-', '')}_${time.slice(0, 5).replace(':', '')}.parquet`;
}

const isoOf = (step: number) => new Date(stepStartMs(step)).toISOString();

/** Chunks that this run would not replace belong to another data set; read together they would be nonsense. */
async function prepareFolder(directory: string, firstStep: number, endStep: number): Promise<void> {
  const mine = new Set<string>();
  for (let from = firstStep; from < endStep; from += CHUNK_STEPS) mine.add(chunkName(from));
  const foreign = (await readdir(directory)).find((file) => CHUNK_NAME.test(file) && !mine.has(file));
  if (foreign !== undefined) {
    throw new SimulationOptionError(
      `--out is ${directory}, which holds ${foreign} of another data set; empty it or choose another folder.`,
    );
  }
  // Until the new manifest is written the folder counts as incomplete.
  await rm(join(directory, MANIFEST), { force: true });
  // A hazard of an earlier run would belong to other incidents.
  await rm(join(directory, HAZARD_FILE), { force: true });
}

function createServers(options: CheckedOptions, firstStep: number, endStep: number): SimulatedServer[] {
  const { seed, servers, fromServer, regimeChangeDay, withoutKinds } = options;
  const warmUpFrom = firstStep - WARM_UP_STEPS;
  const holidays = new HolidayBook(options.holidays).of(options.country);
  return Array.from({ length: servers }, (_, index) => {
    const { number, name, profile } = nameServer(fromServer + index);
    return new SimulatedServer({
      seed,
      number,
      name,
      profile,
      firstStep: warmUpFrom,
      cascadeOnsets: withoutKinds.includes('cascade')
        ? new Set()
        : cascadeOnsets(seed, number, warmUpFrom, endStep),
      withoutKinds,
      holidays,
      regimeChangeStep: firstStep + Math.round(regimeChangeDay * STEPS_PER_DAY),
    });
  });
}

function truthOf(servers: readonly SimulatedServer[], firstStep: number): TruthRow[] {
  return servers.flatMap((server) =>
    server.records
      .filter(({ endStep }) => endStep >= firstStep)
      .map((record) => ({ server: server.name, ...record })),
  );
}

function simulateChunk(
  servers: readonly SimulatedServer[],
  from: number,
  to: number,
  writer: ParquetWriter,
  hazard: boolean,
): number {
  let rows = 0;
  for (let step = from; step < to; step++) {
    servers.forEach((server, index) => {
      const { measured, status } = server.step(step);
      if (hazard) writer.appendHazard(index, step, server.failureAhead);
      if (!measured) return;
      writer.append(index, step, STATUSES.indexOf(status), server.row);
      rows++;
    });
  }
  return rows;
}

async function writeChunks(
  servers: readonly SimulatedServer[],
  firstStep: number,
  endStep: number,
  { directory, hazard }: CheckedOptions,
  writer: ParquetWriter,
  onProgress: (progress: DatasetProgress) => void,
): Promise<ChunkEntry[]> {
  const chunks: ChunkEntry[] = [];
  const total = Math.ceil((endStep - firstStep) / CHUNK_STEPS);
  let allRows = 0;
  for (let from = firstStep; from < endStep; from += CHUNK_STEPS) {
    const to = Math.min(from + CHUNK_STEPS, endStep);
    const rows = simulateChunk(servers, from, to, writer, hazard);
    const file = chunkName(from);
    await writer.writeChunk(join(directory, file));
    allRows += rows;
    chunks.push({
      file,
      from: isoOf(from),
      to: isoOf(to - 1),
      rows,
      sha256: await sha256(join(directory, file)),
    });
    onProgress({ chunk: chunks.length, chunks: total, rows: allRows });
  }
  return chunks;
}

/**
 * Generates a fleet's past. The same options give the same values; memory does not grow with the days.
 * @param onProgress called after each 2-hour chunk
 * @throws ARGUS_SIMULATE_OPTION for options that cannot be used, ARGUS_SIMULATE_WRITE where a file cannot be written
 */
export async function generateDataset(
  given: DatasetOptions,
  onProgress: (progress: DatasetProgress) => void = () => {},
): Promise<ChunkManifest> {
  const options = checkDatasetOptions(given);
  const firstStep = stepOf(options.startMs);
  const endStep = firstStep + Math.round(options.days * STEPS_PER_DAY);
  const servers = createServers(options, firstStep, endStep);
  const { directory } = options;
  try {
    await mkdir(directory, { recursive: true });
    await prepareFolder(directory, firstStep, endStep);
    const writer = await ParquetWriter.open(servers);
    try {
      for (let step = firstStep - WARM_UP_STEPS; step < firstStep; step++) {
        for (const server of servers) server.step(step);
      }
      const chunks = await writeChunks(servers, firstStep, endStep, options, writer, onProgress);
      const truth = truthOf(servers, firstStep);
      await writer.writeTruth(join(directory, 'truth.parquet'), truth);
      if (options.hazard) await writer.writeHazards(join(directory, HAZARD_FILE));
      const manifest: ChunkManifest = {
        format: 1,
        seed: options.seed,
        step_seconds: STEP_SECONDS,
        from: isoOf(firstStep),
        to: isoOf(endStep),
        columns: DATASET_COLUMNS,
        servers: servers.map(({ name, profile, traits }, index) => ({
          name,
          profile,
          time_zone: traits.timeZone,
          ...(options.country === undefined ? {} : { country: options.country }),
          attributes: attributesOf(options.fromServer + index),
        })),
        ...(options.holidays.length === 0 ? {} : { holidays: options.holidays }),
        chunks,
        rows: chunks.reduce((sum, { rows }) => sum + rows, 0),
        truth: {
          file: 'truth.parquet',
          rows: truth.length,
          sha256: await sha256(join(directory, 'truth.parquet')),
        },
      };
      await writeManifest(directory, manifest);
      return manifest;
    } finally {
      writer.close();
    }
  } catch (error) {
    if (error instanceof SimulationOptionError) throw error;
    throw new DatasetWriteError(directory, error instanceof Error ? error.message : String(error));
  }
}

/** The manifest comes last: a folder that has one is complete. */
async function writeManifest(directory: string, manifest: ChunkManifest): Promise<void> {
  const path = join(directory, MANIFEST);
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await rename(temporary, path);
}
