/** A replay over a data set, with the failures that `argus generate` or somebody else knows of. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readTruth } from '../../training/backtest/truth.ts';
import { TRUTH_FILE } from '../../training/datasets/files.ts';
import { readDataset } from '../../training/datasets/reader.ts';
import { chosen, type ReplaySource } from './source.ts';

const FILE_NAME = /\.(parquet|csv|csv\.gz)$/;

/**
 * @param path Parquet or CSV, as `argus backtest --data` takes it
 * @param truth failures; truth.parquet beside the data where it is there
 * @throws the errors of reading data and truth
 */
export async function datasetSource(path: string, truth?: string, timeZone?: string): Promise<ReplaySource> {
  const data = await readDataset(path, timeZone === undefined ? {} : { timeZone });
  const beside = join(FILE_NAME.test(path) ? dirname(path) : path, TRUTH_FILE);
  const isBeside = (await stat(beside).catch(() => null)) !== null;
  const known = truth ?? (isBeside ? beside : undefined);
  const changedMs = (await stat(path)).mtimeMs;
  return {
    id: `data ${resolve(path)} ${changedMs} ${data.servers.length} ${data.firstStep} ${data.lastStep} ${timeZone ?? ''}`,
    name: `The data at "${path}"`,
    failures: known === undefined ? null : await readTruth(known),
    extent: { first: data.firstStep, last: data.lastStep },
    read: async (request) => ({ servers: chosen(data.servers, request), warnings: data.warnings }),
  };
}
