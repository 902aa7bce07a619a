import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBValue,
} from '@duckdb/node-api';
import { METRIC, METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { profileOf } from '../../catalog/profiles.ts';
import { STEP_MS } from '../../catalog/time.ts';
import {
  DataColumnsError,
  DataEmptyError,
  DataOverlapError,
  DataTooLargeError,
  DataUnreadableError,
} from '../errors.ts';
import { type DataFiles, findDataFiles } from './files.ts';
import type { Dataset, ServerSeries } from './series.ts';

export interface ReadOptions {
  /** IANA zone of servers whose local time the data does not tell; the data itself is in UTC. */
  readonly timeZone?: string;
}

/** Cells a data set may span on the grid: 2 GB of float32, about 500 servers for 90 days. */
const MAX_CELLS = 500_000_000;
const DUCKDB_MEMORY = '2GB';

/** Columns that hold CPU use rather than idle; read where cpu_idle_pct is missing. */
const CPU_USED_COLUMNS = ['cpu_used_pct', 'cpu_pct'];

/** How each metric is read: an SQL expression over the file's columns, or null where it is not there. */
type MetricExpressions = readonly (string | null)[];

/**
 * Reads a data set in long form onto the five-minute grid: the mean of each step, duplicates included; NaN where
 * nothing was measured. Values outside a metric's natural range count as not measured.
 * @param path Parquet or CSV file, or a folder of them (with or without chunk_manifest.json)
 * @throws DataNotFoundError, DataUnreadableError, DataColumnsError, DataEmptyError, DataOverlapError,
 *   DataTooLargeError
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const source = await findDataFiles(path);
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: DUCKDB_MEMORY });
  const connection = await instance.connect();
  try {
    return await readSource(connection, source, options.timeZone ?? 'UTC');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function readSource(
  connection: DuckDBConnection,
  source: DataFiles,
  timeZone: string,
): Promise<Dataset> {
  const expressions = await openSource(connection, source);
  if (source.files.length > 1) await refuseOverlaps(connection, source);
  const servers = await serverGrid(connection, source, expressions, timeZone);
  await fillValues(connection, source, servers, expressions);
  return summarise(source.path, servers, expressions);
}

/** Makes the view `rows` (server_name, time_ms, filename, profile, metric columns) and says how metrics are read. */
async function openSource(connection: DuckDBConnection, source: DataFiles): Promise<MetricExpressions> {
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
    `CREATE VIEW rows AS SELECT server_name::VARCHAR AS server_name,
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

/** One server's rows may be split over files by time only: two files that cover the same time are a mistake. */
async function refuseOverlaps(connection: DuckDBConnection, source: DataFiles): Promise<void> {
  const found = await query(
    connection,
    source,
    `WITH spans AS (
       SELECT server_name, filename, min(time_ms) AS first_ms, max(time_ms) AS last_ms FROM rows GROUP BY ALL),
     ordered AS (
       SELECT *, lag(last_ms) OVER w AS previous_ms, lag(filename) OVER w AS previous_file FROM spans
       WINDOW w AS (PARTITION BY server_name ORDER BY first_ms, last_ms))
     SELECT server_name, previous_file, filename, first_ms FROM ordered WHERE first_ms <= previous_ms
     ORDER BY server_name LIMIT 1`,
  );
  if (found.length === 0) return;
  const [server, earlier, later, firstMs] = found[0];
  const time = new Date(Number(firstMs)).toISOString();
  throw new DataOverlapError(source.path, `"${earlier}" and "${later}" both cover ${server} at ${time}`);
}

/** Finds every server's span and makes its grid, empty so far; also the table `servers` with their positions. */
async function serverGrid(
  connection: DuckDBConnection,
  source: DataFiles,
  expressions: MetricExpressions,
  timeZone: string,
): Promise<readonly ServerSeries[]> {
  const measured = expressions.flatMap((expression, metric) => (expression === null ? [] : [`m${metric}`]));
  await query(
    connection,
    source,
    `CREATE TABLE servers AS SELECT (row_number() OVER (ORDER BY server_name) - 1)::INTEGER AS id, * FROM (
       SELECT server_name, min(step) AS first_step, max(step) AS last_step, min(profile) AS profile
       FROM rows WHERE coalesce(${measured.join(', ')}) IS NOT NULL GROUP BY server_name)`,
  );
  const found = await query(
    connection,
    source,
    'SELECT server_name, first_step, last_step, profile FROM servers ORDER BY id',
  );
  if (found.length === 0) throw new DataEmptyError(source.path);
  const cells = found.reduce((sum, row) => sum + (Number(row[2]) - Number(row[1]) + 1) * METRIC_COUNT, 0);
  if (cells > MAX_CELLS) throw new DataTooLargeError(source.path, `${cells} cells of the five-minute grid`);
  return found.map(([name, first, last, profile]) => {
    const steps = Number(last) - Number(first) + 1;
    const declared = profile === null ? undefined : String(profile);
    return {
      name: String(name),
      profile: profileOf(String(name), declared, []),
      timeZone: source.timeZones.get(String(name)) ?? timeZone,
      firstStep: Number(first),
      steps,
      values: new Float32Array(steps * METRIC_COUNT).fill(Number.NaN),
    };
  });
}

async function fillValues(
  connection: DuckDBConnection,
  source: DataFiles,
  servers: readonly ServerSeries[],
  expressions: MetricExpressions,
): Promise<void> {
  const measured = expressions.flatMap((expression, metric) => (expression === null ? [] : [metric]));
  const means = measured.map((metric) => `avg(m${metric})::FLOAT`).join(', ');
  const sql = `SELECT id, step - first_step, ${means} FROM rows JOIN servers USING (server_name)
    WHERE step BETWEEN first_step AND last_step GROUP BY id, step, first_step`;
  await reading(source, async () => {
    const result = await connection.stream(sql);
    for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
      if (chunk.rowCount === 0) break;
      fillChunk(chunk, servers, measured);
    }
  });
}

/** Columns of the chunk: server position, row in its series, then the measured metrics. */
function fillChunk(
  chunk: DuckDBDataChunk,
  servers: readonly ServerSeries[],
  measured: readonly number[],
): void {
  const ids = chunk.getColumnValues(0);
  const rows = chunk.getColumnValues(1);
  for (let column = 0; column < measured.length; column++) {
    const vector = chunk.getColumnVector(column + 2);
    for (let i = 0; i < chunk.rowCount; i++) {
      const value = vector.getItem(i);
      if (typeof value !== 'number') continue;
      servers[Number(ids[i])].values[Number(rows[i]) * METRIC_COUNT + measured[column]] = value;
    }
  }
}

function query(connection: DuckDBConnection, source: DataFiles, sql: string): Promise<DuckDBValue[][]> {
  return reading(source, async () => (await connection.runAndReadAll(sql)).getRows());
}

/** Runs a query; what DuckDB could not read becomes a coded error naming the data. */
async function reading<T>(source: DataFiles, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new DataUnreadableError(source.path, (error as Error).message.split('\n')[0]);
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function summarise(path: string, servers: readonly ServerSeries[], expressions: MetricExpressions): Dataset {
  const read = expressions.flatMap((expression, metric) => (expression === null ? [] : [metric]));
  const extents = read.map((metric) => extentOf(servers, metric));
  const measured = read.filter((_, i) => extents[i].min <= extents[i].max);
  const still = read
    .filter((_, i) => extents[i].min === extents[i].max)
    .map((metric) => METRICS[metric].name);
  const empty = read.filter((_, i) => extents[i].min > extents[i].max).map((metric) => METRICS[metric].name);
  const warnings: string[] = [];
  if (still.length > 0) warnings.push(`Never moves: ${still.join(', ')}.`);
  if (empty.length > 0) warnings.push(`Has a column but no usable value: ${empty.join(', ')}.`);
  return {
    path,
    servers,
    firstStep: servers.reduce((least, series) => Math.min(least, series.firstStep), Number.POSITIVE_INFINITY),
    lastStep: servers.reduce((most, series) => Math.max(most, series.firstStep + series.steps - 1), 0),
    measured,
    warnings,
  };
}

function extentOf(servers: readonly ServerSeries[], metric: number): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { values } of servers) {
    for (let i = metric; i < values.length; i += METRIC_COUNT) {
      if (values[i] < min) min = values[i];
      if (values[i] > max) max = values[i];
    }
  }
  return { min, max };
}
