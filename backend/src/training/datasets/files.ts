import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isTimeZone } from '../../catalog/calendar.ts';
import { DataNotFoundError, DataUnreadableError } from '../errors.ts';

export type FileFormat = 'parquet' | 'csv';

export interface DataFiles {
  /** What the person gave. */
  readonly path: string;
  readonly format: FileFormat;
  readonly files: readonly string[];
  /** Time zones by server name, where a chunk manifest tells them. */
  readonly timeZones: ReadonlyMap<string, string>;
  /** SHA-256 by file, where a chunk manifest tells it. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** Written by `argus generate`; lists the chunks in order. */
export const CHUNK_MANIFEST = 'chunk_manifest.json';
/** Where there is no chunk manifest. */
export const NOTHING_TOLD: Pick<DataFiles, 'timeZones' | 'checksums'> = {
  timeZones: new Map(),
  checksums: new Map(),
};
/** Stands beside generated chunks but holds failures, not measurements. */
export const TRUTH_FILE = 'truth.parquet';
/** Likewise: what only the simulator can know about failures to come. */
export const HAZARD_FILE = 'hazard.parquet';
const NO_MEASUREMENTS = [TRUTH_FILE, HAZARD_FILE];

/**
 * Finds the files of a data set: one file, the chunks named by a chunk manifest, or every Parquet (else CSV) file
 * under a folder.
 * @throws DataNotFoundError, DataUnreadableError
 */
export async function findDataFiles(path: string): Promise<DataFiles> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new DataNotFoundError(path);
  if (!info.isDirectory()) return { path, format: formatOf(path), files: [path], ...NOTHING_TOLD };
  return (await fromManifest(path)) ?? (await fromFolder(path));
}

function formatOf(path: string): FileFormat {
  if (path.endsWith('.parquet')) return 'parquet';
  if (/\.csv(\.gz)?$/.test(path)) return 'csv';
  throw new DataUnreadableError(path, 'its name ends in neither .parquet, .csv nor .csv.gz.');
}

async function fromManifest(folder: string): Promise<DataFiles | undefined> {
  const text = await readFile(join(folder, CHUNK_MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = parseChunkManifest(folder, text);
  const files = manifest.chunks.map(({ name }) => join(folder, name));
  for (const file of files) {
    const info = await stat(file).catch(() => undefined);
    if (info === undefined)
      throw new DataUnreadableError(folder, `its manifest names "${file}", which is not there.`);
  }
  const checksums = new Map(
    manifest.chunks.flatMap(({ name, sha256 }) =>
      sha256 === undefined ? [] : [[join(folder, name), sha256]],
    ),
  );
  return { path: folder, format: 'parquet', files, timeZones: manifest.timeZones, checksums };
}

interface ChunkManifest {
  readonly chunks: readonly { readonly name: string; readonly sha256: string | undefined }[];
  readonly timeZones: ReadonlyMap<string, string>;
}

function parseChunkManifest(folder: string, text: string): ChunkManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DataUnreadableError(folder, `its ${CHUNK_MANIFEST} is not JSON (${(error as Error).message}).`);
  }
  const { chunks, servers } = (parsed ?? {}) as { chunks?: unknown; servers?: unknown };
  const listed = objects(chunks).flatMap(({ file, sha256 }) =>
    typeof file === 'string' ? [{ name: file, sha256: typeof sha256 === 'string' ? sha256 : undefined }] : [],
  );
  if (listed.length === 0 || listed.length < objects(chunks).length) {
    throw new DataUnreadableError(folder, `its ${CHUNK_MANIFEST} lists no chunks with a "file" each.`);
  }
  const zones = objects(servers).flatMap(({ name, time_zone: zone }): [string, string][] =>
    typeof name === 'string' && typeof zone === 'string' && isTimeZone(zone) ? [[name, zone]] : [],
  );
  return { chunks: listed, timeZones: new Map(zones) };
}

/** The entries of a JSON list, each as something whose fields can be looked at. */
function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map((entry: unknown) => Object(entry)) : [];
}

async function fromFolder(folder: string): Promise<DataFiles> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const parquet = names.filter(
    (name) => name.endsWith('.parquet') && !NO_MEASUREMENTS.includes(basename(name)),
  );
  const csv = names.filter((name) => /\.csv(\.gz)?$/.test(name));
  const [format, found]: [FileFormat, readonly string[]] =
    parquet.length > 0 ? ['parquet', parquet] : ['csv', csv];
  if (found.length === 0) throw new DataNotFoundError(folder);
  return { path: folder, format, files: found.map((name) => join(folder, name)), ...NOTHING_TOLD };
}
