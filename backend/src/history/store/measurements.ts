/** Measurements of a history that another process may be writing: nothing is locked, joined, removed or set aside. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { stepOf } from '../../catalog/time.ts';
import type { TrainingDataRequest, TrainingFile } from '../protocol.ts';
import type { Reading } from './archive.ts';
import { realHistoryDisk } from './disk.ts';
import { rowsBetween } from './partRows.ts';
import { dayOfName, PartIndex, parsePart, withoutReplaced } from './parts.ts';
import { trainingData } from './queries/training.ts';

/** Files may be joined, and so vanish, between looking for them and reading them. */
const TRIES = 3;

/** The files of measurements in a history's folder. */
export async function measurementParts(folder: string): Promise<PartIndex> {
  const index = new PartIndex();
  for (const { name, isFolder } of await realHistoryDisk.list(folder)) {
    const day = isFolder ? dayOfName(name) : undefined;
    if (day === undefined) continue;
    const entries = await realHistoryDisk.list(join(folder, name));
    const parts = entries.flatMap((entry) => parsePart(day, entry.name, entry.bytes) ?? []);
    const { sound } = withoutReplaced(parts.filter(({ table }) => table === 'metrics'));
    for (const part of sound) index.add(part);
  }
  return index;
}

/**
 * Writes measurements as a Parquet file that training reads.
 * @throws what DuckDB says of files it cannot read
 */
export async function exportMeasurements(folder: string, ask: TrainingDataRequest): Promise<TrainingFile> {
  for (let tries = 1; ; tries++) {
    try {
      return await exportOnce(folder, await measurementParts(folder), ask);
    } catch (error) {
      if (tries >= TRIES) throw error;
    }
  }
}

async function exportOnce(folder: string, index: PartIndex, ask: TrainingDataRequest): Promise<TrainingFile> {
  const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' });
  const connection = await instance.connect();
  const reading: Reading = {
    connection,
    source: (table, fromMs, toMs) => {
      const parts = index.between(table, stepOf(fromMs), stepOf(toMs - 1));
      return rowsBetween(folder, table, parts, { fromMs, toMs });
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowsJS(),
  };
  try {
    return await trainingData(reading, ask);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
