/** Brings rows into DuckDB, and says how they become the columns of a file. */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  FLOAT,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { STEP_MS } from '../../catalog/time.ts';
import { type Block, fileColumns, TABLES, type TableDefinition } from '../tables.ts';

/** Rows of a DuckDB vector. */
const CHUNK_ROWS = 2048;
const MICROSECONDS = 1000;
const STAGE = 'stage';

function stageTypes({ texts, numbers }: TableDefinition): readonly DuckDBType[] {
  return [
    INTEGER,
    ...texts.map(() => VARCHAR),
    ...numbers.map(({ type }) => (type === 'FLOAT' ? FLOAT : DOUBLE)),
  ];
}

function stageColumns({ texts, numbers }: TableDefinition): string {
  return [
    'step INTEGER',
    ...texts.map((name) => `"${name}" VARCHAR`),
    ...numbers.map(({ name, type }) => `"${name}" ${type === 'FLOAT' ? 'FLOAT' : 'DOUBLE'}`),
  ].join(', ');
}

/** Fills the connection's stage with a block's rows, the earlier content gone. */
export async function stageBlock(connection: DuckDBConnection, block: Block): Promise<void> {
  const table = TABLES[block.table];
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${STAGE} (${stageColumns(table)})`);
  const appender = await connection.createAppender(STAGE);
  try {
    for (let from = 0; from < block.steps.length; from += CHUNK_ROWS) {
      appender.appendDataChunk(chunkOf(block, table, from));
    }
  } finally {
    appender.closeSync();
  }
}

export async function dropStage(connection: DuckDBConnection): Promise<void> {
  await connection.run(`DROP TABLE IF EXISTS ${STAGE}`);
}

function chunkOf({ steps, texts, numbers }: Block, table: TableDefinition, from: number): DuckDBDataChunk {
  const rows = Math.min(CHUNK_ROWS, steps.length - from);
  const chunk = DuckDBDataChunk.create(stageTypes(table), rows);
  const stepVector = chunk.getColumnVector(0);
  for (let row = 0; row < rows; row++) stepVector.setItem(row, steps[from + row]);
  stepVector.flush();
  texts.forEach((values, column) => {
    const vector = chunk.getColumnVector(1 + column);
    for (let row = 0; row < rows; row++) vector.setItem(row, values[from + row]);
    vector.flush();
  });
  const width = table.numbers.length;
  for (let column = 0; column < width; column++) {
    const vector = chunk.getColumnVector(1 + texts.length + column);
    for (let row = 0; row < rows; row++) {
      const value = numbers[(from + row) * width + column];
      vector.setItem(row, Number.isNaN(value) ? null : value);
    }
    vector.flush();
  }
  return chunk;
}

/** SELECT over the stage that gives the columns of the table's file. */
export function stagedRows(table: TableDefinition): string {
  const times = new Set(table.numbers.filter(({ type }) => type === 'TIME').map(({ name }) => name));
  const columns = fileColumns(table).map(([name]) => {
    if (times.has(name)) return `make_timestamp(round("${name}")::BIGINT * ${MICROSECONDS}) AS "${name}"`;
    if (name === 'timestamp')
      return `make_timestamp(step::BIGINT * ${STEP_MS * MICROSECONDS}) AS "timestamp"`;
    return `"${name}"`;
  });
  return `SELECT ${columns.join(', ')} FROM ${STAGE}`;
}

/** An empty relation with the columns of a table's file: stands where there is no file, and adds columns older files lack. */
export function noRows(table: TableDefinition): string {
  const columns = fileColumns(table).map(([name, type]) => `NULL::${type} AS "${name}"`);
  return `SELECT ${columns.join(', ')} WHERE false`;
}
