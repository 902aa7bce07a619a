import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type HolidayCalendar, isTimeZone, noHolidays } from '../../catalog/calendar.ts';
import { findHolidayRegion, HolidayBook } from '../../catalog/holidays.ts';
import { DataNotFoundError, DataUnreadableError } from '../errors.ts';

export type FileFormat = 'parquet' | 'csv';

/** What data tell of where a server stands. */
export interface ToldPlace {
  readonly timeZone: string | undefined;
  readonly country: string | undefined;
  readonly holidays: HolidayCalendar;
}

/** A place with a time zone where the data tell of none. */
export function placeIn(told: ToldPlace, timeZone: string): ToldPlace & { readonly timeZone: string } {
  return { ...told, timeZone: told.timeZone ?? timeZone };
}

/** What data tell of where their servers stand. */
export type PlaceOf = (server: string) => ToldPlace;

export interface DataFiles {
  /** What the person gave. */
  readonly path: string;
  readonly format: FileFormat;
  readonly files: readonly string[];
  /** Whether a chunk manifest names the files. */
  readonly hasManifest: boolean;
  /** As a chunk manifest tells. */
  readonly placeOf: PlaceOf;
  /** SHA-256 by file, where a chunk manifest tells it. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** Written by `argus generate`; lists the chunks in order. */
export const CHUNK_MANIFEST = 'chunk_manifest.json';
/** Where there is no chunk manifest. */
export const NOTHING_TOLD: Pick<DataFiles, 'hasManifest' | 'placeOf' | 'checksums'> = {
  hasManifest: false,
  placeOf: () => ({ timeZone: undefined, country: undefined, holidays: noHolidays }),
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
  return { path: folder, format: 'parquet', files, hasManifest: true, placeOf: manifest.placeOf, checksums };
}

interface ChunkManifest {
  readonly chunks: readonly { readonly name: string; readonly sha256: string | undefined }[];
  readonly placeOf: PlaceOf;
}

function parseChunkManifest(folder: string, text: string): ChunkManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DataUnreadableError(folder, `its ${CHUNK_MANIFEST} is not JSON (${(error as Error).message}).`);
  }
  const { chunks, servers, holidays } = (parsed ?? {}) as Readonly<Record<string, unknown>>;
  const listed = objects(chunks).flatMap(({ file, sha256 }) =>
    typeof file === 'string' ? [{ name: file, sha256: typeof sha256 === 'string' ? sha256 : undefined }] : [],
  );
  if (listed.length === 0 || listed.length < objects(chunks).length) {
    throw new DataUnreadableError(folder, `its ${CHUNK_MANIFEST} lists no chunks with a "file" each.`);
  }
  return { chunks: listed, placeOf: placesOf(folder, objects(servers), holidays) };
}

/** Places that are none count as not told; holidays that are no dates do not. */
function placesOf(folder: string, servers: ReturnType<typeof objects>, dates: unknown): PlaceOf {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const zones = new Map<string, string>();
  const countries = new Map<string, string>();
  for (const { name, time_zone: zone, country } of servers) {
    const server = text(name);
    if (server === undefined) continue;
    if (typeof zone === 'string' && isTimeZone(zone)) zones.set(server, zone);
    const region = findHolidayRegion(text(country) ?? '');
    if (region !== undefined) countries.set(server, region);
  }
  const book = bookOf(folder, dates);
  return (server) => {
    const country = countries.get(server);
    return { timeZone: zones.get(server), country, holidays: book.of(country) };
  };
}

function bookOf(folder: string, dates: unknown): HolidayBook {
  try {
    return new HolidayBook(Array.isArray(dates) ? dates.map(String) : []);
  } catch (error) {
    throw new DataUnreadableError(folder, `its ${CHUNK_MANIFEST}: ${(error as Error).message}.`);
  }
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
