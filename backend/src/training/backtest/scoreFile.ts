import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { STEP_SECONDS } from '../../catalog/time.ts';
import { OutputFolderError } from './errors.ts';
import { forEachOrigin, LEFT_OUT, type OriginTable } from './origins.ts';

/** Rows between two flushes to the scratch file, so that memory does not grow with the data. */
const ROWS_PER_FLUSH = 50_000;

/** One span of a backtest, as `--out` holds it. */
export interface ScoredSpan {
  readonly name: 'validation' | 'test';
  readonly table: OriginTable;
  readonly labels: Int8Array;
  /** By scorer, in the order of the names. */
  readonly columns: readonly Float32Array[];
}

/** @throws OutputFolderError, before any work was done for nothing */
export async function checkOutputFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true) throw new OutputFolderError(path);
}

/**
 * Writes every score as Parquet: span, server, origin (start of the newest known step), label (1, 0, or null for an
 * origin that is left out), and a column for each scorer.
 */
export async function writeScores(
  path: string,
  names: readonly string[],
  spans: readonly ScoredSpan[],
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'argus-backtest-'));
  try {
    const instance = await DuckDBInstance.create(join(scratch, 'rows.duckdb'), { threads: '1' });
    const connection = await instance.connect();
    try {
      const scores = names.map((name) => `"${name}" FLOAT`).join(', ');
      await connection.run(
        `CREATE TABLE scores (span VARCHAR, server VARCHAR, origin BIGINT, label TINYINT, ${scores})`,
      );
      const rows = await connection.createAppender('scores');
      let waiting = 0;
      for (const { name, table, labels, columns } of spans) {
        forEachOrigin(table, (row, server, originStep) => {
          rows.appendVarchar(name);
          rows.appendVarchar(table.servers[server].name);
          rows.appendBigInt(BigInt(originStep));
          if (labels[row] === LEFT_OUT) rows.appendNull();
          else rows.appendTinyInt(labels[row]);
          for (const column of columns) rows.appendFloat(column[row]);
          rows.endRow();
          if (++waiting % ROWS_PER_FLUSH === 0) rows.flushSync();
        });
      }
      rows.closeSync();
      const temporary = `${path}.${process.pid}.tmp`;
      await connection.run(
        `COPY (SELECT * REPLACE (make_timestamp(origin * ${STEP_SECONDS * 1_000_000}) AS origin) FROM scores)
         TO '${temporary.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      await rename(temporary, path);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
