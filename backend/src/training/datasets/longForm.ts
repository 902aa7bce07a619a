import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { METRIC, METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { STEP_MS } from '../../catalog/time.ts';
import { DataColumnsError, DataUnreadableError } from '../errors.ts';
import type { DataFiles } from './files.ts';

/** Parquet and CSV in long form, as DuckDB reads them: one row a server and time. */

/** Columns that hold CPU use rather than idle; read where cpu_idle_pct is missing. */
const CPU_USED_COLUMNS = ['cpu_used_pct', 'cpu_pct'];

/** How each metric is read: an SQL expression over the file's columns, or null where it is not there. */
export type MetricExpressions = readonly (string | null)[];

/** Makes the view `rows` (server_name, time_ms, filename, profile, metric columns) and says how metrics are read. */
export async function openRows(connection: DuckDBConnection, source: DataFiles): Promise<MetricExpressions> {
  const list = source.files.map(quoted).join(', ');
  const reader =
    source.format === 'parquet'
      ? `read_parquet([${list}], union_by_name=true, filename=true)`
      : `read_csv([${list}], union_by_name=true, filename=true, header=true)`;
  const described = await query(connection, source, `DESCRIBE SELECT * FROM ${reader}`);
  const types = new Map(described.map((row) => [String(row[0]), String(row[1])]));
  const expressions = metricExpressions(types);
  checkColumns(source.path, types, expressions);
  const profile = types.has('profile') ? 'profile::VARCHAR' : 'NULL';
  await query(
    connection,
    source,
    `CREATE OR REPLACE VIEW rows AS SELECT server_name::VARCHAR AS server_name,
       floor(epoch_ms("timestamp"::${timestampCast(types)}) / ${STEP_MS})::INTEGER AS step,
       epoch_ms("timestamp"::${timestampCast(types)}) AS time_ms,
       ${profile} AS profile, filename,
       ${expressions.map((expression, metric) => `${expression ?? 'NULL'}::FLOAT AS m${metric}`).join(', ')}
     FROM ${reader} WHERE "timestamp" IS NOT NULL AND server_name IS NOT NULL`,
  );
  return expressions;
}

function timestampCast(types: ReadonlyMap<string, string>): string {
  return types.get('timestamp')?.includes('TIME ZONE') === true ? 'TIMESTAMPTZ' : 'TIMESTAMP';
}

function metricExpressions(types: ReadonlyMap<string, string>): MetricExpressions {
  return METRICS.map((metric, position) => {
    if (types.has(metric.name)) return inRange(`"${metric.name}"`, metric.min, metric.max);
    const used = position === METRIC.cpuIdle ? CPU_USED_COLUMNS.find((name) => types.has(name)) : undefined;
    return used === undefined ? null : inRange(`100 - "${used}"`, metric.min, metric.max);
  });
}

/** An expression that is NULL where the value cannot be true; NaN sorts above every number in DuckDB. */
function inRange(expression: string, min: number, max: number): string {
  const upper =
    max === Number.POSITIVE_INFINITY ? `isfinite((${expression})::DOUBLE)` : `${expression} <= ${max}`;
  return `CASE WHEN ${expression} >= ${min} AND ${upper} THEN ${expression} END`;
}

const NUMERIC_TYPE =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*)$/;

function checkColumns(
  path: string,
  types: ReadonlyMap<string, string>,
  expressions: MetricExpressions,
): void {
  const problems: string[] = [];
  for (const name of ['timestamp', 'server_name'])
    if (!types.has(name)) problems.push(`"${name}" is missing`);
  const time = types.get('timestamp');
  if (time !== undefined && !/^(TIMESTAMP|DATE)/.test(time))
    problems.push(`"timestamp" is ${time}, not a timestamp`);
  if (expressions.every((expression) => expression === null)) problems.push('none of the metrics is there');
  for (const name of [...METRICS.map((metric) => metric.name), ...CPU_USED_COLUMNS]) {
    const type = types.get(name);
    if (type !== undefined && !NUMERIC_TYPE.test(type)) problems.push(`"${name}" is ${type}, not a number`);
  }
  if (problems.length > 0) throw new DataColumnsError(path, problems.join('; '));
}

/** What DuckDB says of an error, as a sentence. */
function firstLine(error: unknown): string {
  const [line] = (error as Error).message.split('\n');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

export function query(
  connection: DuckDBConnection,
  source: DataFiles,
  sql: string,
): Promise<DuckDBValue[][]> {
  return reading(source, async () => (await connection.runAndReadAll(sql)).getRows());
}

/** Runs something on a source; what DuckDB could not read becomes a coded error naming the data. */
export async function reading<T>(source: DataFiles, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new DataUnreadableError(source.path, firstLine(error));
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Fills grids from a query whose columns are a grid's position, a row in it, and the metrics of that row.
 * @param grids [rows][METRIC_COUNT] each
 * @param metrics positions in METRICS of the query's further columns
 */
export async function fillFrom(
  connection: DuckDBConnection,
  sql: string,
  grids: readonly Float32Array[],
  metrics: readonly number[],
): Promise<void> {
  const result = await connection.stream(sql);
  for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
    if (chunk.rowCount === 0) break;
    fillChunk(chunk, grids, metrics);
  }
}

function fillChunk(chunk: DuckDBDataChunk, grids: readonly Float32Array[], metrics: readonly number[]): void {
  const ids = chunk.getColumnValues(0);
  const rows = chunk.getColumnValues(1);
  for (let column = 0; column < metrics.length; column++) {
    const vector = chunk.getColumnVector(column + 2);
    for (let i = 0; i < chunk.rowCount; i++) {
      const value = vector.getItem(i);
      if (typeof value !== 'number') continue;
      grids[Number(ids[i])][Number(rows[i]) * METRIC_COUNT + metrics[column]] = value;
    }
  }
}
