import { HORIZON_STEPS, stepOf, WINDOW_STEPS } from '../../catalog/time.ts';
import { digestOf } from '../../forecast/bundle.ts';
import { type DataFiles, findDataFiles, type PlaceOf } from '../datasets/files.ts';
import { type Extents, NEEDED_STEPS } from '../datasets/series.ts';
import { unitedExtents } from '../datasets/still.ts';
import type { StepSpan } from '../datasets/windows.ts';
import { DataChunkError, DataNotChunkedError, DataOrderError, DataOverlapError } from '../errors.ts';
import type { ChunkReader, ChunkSummary } from './chunkReader.ts';

/** One chunk in its place in time. */
export interface Chunk {
  readonly file: string;
  readonly firstStep: number;
  readonly lastStep: number;
  /**
   * First step that windows need which are complete with this chunk: what is older can go. A window whose horizon
   * ends before the chunk begins is not looked for, so a gap between chunks makes nothing grow.
   */
  readonly keepFrom: number;
}

/** Chunks of a data set in time order, and what a look through them told. */
export interface ChunkList {
  readonly path: string;
  readonly chunks: readonly Chunk[];
  readonly firstStep: number;
  readonly lastStep: number;
  readonly rows: number;
  /** Most servers in one chunk. */
  readonly servers: number;
  readonly extents: Extents;
  /** As a chunk manifest tells. */
  readonly placeOf: PlaceOf;
}

/**
 * Finds the chunks of a folder, in the order of its chunk manifest, else of their names.
 * @throws DataNotFoundError, DataUnreadableError, DataNotChunkedError
 */
export async function findChunks(path: string): Promise<DataFiles> {
  const found = await findDataFiles(path);
  if (found.files.length === 1 && found.files[0] === path) throw new DataNotChunkedError(path);
  return found;
}

/**
 * Looks through every chunk, one at a time, so that what is wrong with one shows before hours of training.
 * @throws DataChunkError, DataColumnsError, DataOrderError, DataOverlapError naming the file
 */
export async function surveyChunks(reader: ChunkReader, found: DataFiles): Promise<ChunkList> {
  const summaries: ChunkSummary[] = [];
  for (const file of found.files) {
    await checkSum(file, found.checksums.get(file));
    const summary = await reader.survey(file);
    const previous = summaries.at(-1);
    if (previous !== undefined) checkOrder(found.path, previous, summary);
    summaries.push(summary);
  }
  const dataFirst = stepOf(summaries[0].firstMs);
  const chunks = summaries.map(({ file, firstMs, lastMs }) => {
    const firstStep = stepOf(firstMs);
    const keepFrom = Math.max(dataFirst, firstStep - NEEDED_STEPS + 1);
    return { file, firstStep, lastStep: stepOf(lastMs), keepFrom };
  });
  return {
    path: found.path,
    chunks,
    firstStep: dataFirst,
    lastStep: chunks[chunks.length - 1].lastStep,
    rows: summaries.reduce((sum, { rows }) => sum + rows, 0),
    servers: Math.max(...summaries.map(({ servers }) => servers)),
    extents: unitedExtents(summaries.map(({ extents }) => extents)),
    placeOf: found.placeOf,
  };
}

/** A page that was damaged may still be read, as other values. */
async function checkSum(file: string, expected: string | undefined): Promise<void> {
  if (expected === undefined || (await digestOf(file)).sha256 === expected) return;
  throw new DataChunkError(file, 'it is not what chunk_manifest.json says: its checksum differs.');
}

/** A step belongs to one chunk: its mean could not be taken over two. */
function checkOrder(path: string, previous: ChunkSummary, next: ChunkSummary): void {
  if (stepOf(next.firstMs) > stepOf(previous.lastMs)) return;
  const time = (ms: number): string => new Date(ms).toISOString();
  if (next.firstMs < previous.firstMs) {
    const found = `"${next.file}" starts at ${time(next.firstMs)} and comes after "${previous.file}", which starts at ${time(previous.firstMs)}`;
    throw new DataOrderError(path, found);
  }
  throw new DataOverlapError(
    path,
    `"${previous.file}" ends at ${time(previous.lastMs)} and "${next.file}" starts at ${time(next.firstMs)}, within the five minutes before its end or earlier`,
  );
}

/** The chunks whose rows the windows of chunk `position` need, itself included. */
export function firstNeeded(chunks: readonly Chunk[], position: number): number {
  const { keepFrom } = chunks[position];
  let first = position;
  while (first > 0 && chunks[first - 1].lastStep >= keepFrom) first--;
  return first;
}

/** Origins whose windows are complete with a chunk and not before, and whose horizons lie within a span. */
export function originsOf(chunk: Chunk, within: StepSpan): number {
  const first = Math.max(chunk.keepFrom + WINDOW_STEPS - 1, within.first - 1);
  const last = Math.min(chunk.lastStep, within.last) - HORIZON_STEPS;
  return Math.max(0, last - first + 1);
}
