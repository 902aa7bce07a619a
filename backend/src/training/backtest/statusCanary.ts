import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { CHUNK_MANIFEST, type DataFiles, findDataFiles } from '../datasets/files.ts';
import { readDataset } from '../datasets/reader.ts';
import type { Dataset } from '../datasets/series.ts';
import { DataUnreadableError } from '../errors.ts';

/** What reading a copy of the data without its status column gave. */
export interface StatusCanary {
  /** False: the data has no status, so there was nothing to drop. */
  readonly hadStatus: boolean;
  /** Numbers compared. */
  readonly values: number;
  /** Whether all that a score is computed from is the same bit for bit: then every score is. */
  readonly identical: boolean;
}

const STATUS = 'status';

/**
 * Copies the data without `status`, reads the copy and compares all that scores are computed from: names, profiles, time
 * zones, spans and every value.
 */
export async function dropStatus(
  data: Dataset,
  readOptions: { readonly timeZone?: string },
): Promise<StatusCanary> {
  const files = await findDataFiles(data.path);
  const folder = await mkdtemp(join(tmpdir(), 'argus-backtest-'));
  try {
    const hadStatus = await copyWithout(files, folder);
    if (!hadStatus) return { hadStatus, values: 0, identical: true };
    const copy = await readDataset(folder, readOptions);
    const values = data.servers.reduce((sum, series) => sum + series.values.length, 0);
    return { hadStatus, values, identical: sameData(data, copy) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns whether there was a column to leave out */
async function copyWithout(source: DataFiles, folder: string): Promise<boolean> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    let had = false;
    for (const [position, file] of source.files.entries()) {
      had = (await copyFileWithout(connection, file, source, folder, position)) || had;
    }
    await copyFile(join(source.path, CHUNK_MANIFEST), join(folder, CHUNK_MANIFEST)).catch(() => undefined);
    return had;
  } catch (error) {
    throw new DataUnreadableError(source.path, (error as Error).message.split('\n')[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function copyFileWithout(
  connection: DuckDBConnection,
  file: string,
  { format, hasManifest }: DataFiles,
  folder: string,
  position: number,
): Promise<boolean> {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const reader = `${format === 'parquet' ? 'read_parquet' : 'read_csv'}(${quoted(file)})`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${reader}`);
  const has = described.getRows().some(([name]) => name === STATUS);
  // A manifest names its files; elsewhere two folders may hold files of one name.
  const place = join(folder, hasManifest ? '.' : String(position));
  await mkdir(place, { recursive: true });
  const target = join(place, basename(file).replace(/\.csv\.gz$/, '.csv'));
  await connection.run(
    `COPY (SELECT * ${has ? `EXCLUDE (${STATUS})` : ''} FROM ${reader}) TO ${quoted(target)} (FORMAT ${format})`,
  );
  return has;
}

function sameData(a: Dataset, b: Dataset): boolean {
  return (
    a.servers.length === b.servers.length &&
    a.servers.every((series, i) => {
      const other = b.servers[i];
      return (
        series.name === other.name &&
        series.profile === other.profile &&
        series.timeZone === other.timeZone &&
        series.firstStep === other.firstStep &&
        series.values.length === other.values.length &&
        series.values.every((value, at) => Object.is(value, other.values[at]))
      );
    })
  );
}
