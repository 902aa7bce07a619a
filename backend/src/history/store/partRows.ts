/** The rows of parts, as SQL. */
import { join } from 'node:path';
import type { TimeSpan } from '../protocol.ts';
import { TABLES, type TableName } from '../tables.ts';
import { noRows } from './blocks.ts';
import { quoted } from './database.ts';
import { type Part, partPath } from './parts.ts';

/** @param timeMs since the epoch */
export function timestamp(timeMs: number): string {
  return `make_timestamp(${Math.round(timeMs)}::BIGINT * 1000)`;
}

/** Everything in some parts, at least one. @param folder of the history */
export function filesOf(folder: string, parts: readonly Part[]): string {
  const paths = parts.map((part) => quoted(join(folder, partPath(part))));
  return `read_parquet([${paths.join(', ')}], union_by_name=true)`;
}

/** A table's rows within a time; without any part, none with all columns. @param folder of the history */
export function rowsBetween(
  folder: string,
  table: TableName,
  parts: readonly Part[],
  { fromMs, toMs }: TimeSpan,
): string {
  const none = noRows(TABLES[table]);
  if (parts.length === 0) return `(${none})`;
  const bounds = `"timestamp" >= ${timestamp(fromMs)} AND "timestamp" < ${timestamp(toMs)}`;
  return `(${none} UNION ALL BY NAME SELECT * FROM ${filesOf(folder, parts)} WHERE ${bounds})`;
}
