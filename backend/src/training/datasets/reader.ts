import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { profileOf } from '../../catalog/profiles.ts';
import { DataEmptyError, DataOverlapError, DataTooLargeError } from '../errors.ts';
import { type DataFiles, findDataFiles, placeIn } from './files.ts';
import { fillFrom, type MetricExpressions, openRows, query, reading } from './longForm.ts';
import { type Dataset, type Extent, NOTHING_MEASURED, type ServerSeries } from './series.ts';
import { stillMetrics } from './still.ts';

export interface ReadOptions {
  /** IANA zone of servers whose local time the data does not tell; the data itself is in UTC. */
  readonly timeZone?: string;
}

/** Cells a data set may span on the grid: 2 GB of float32, about 500 servers for 90 days. */
const MAX_CELLS = 500_000_000;
const DUCKDB_MEMORY = '2GB';

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
  const expressions = await openRows(connection, source);
  if (source.files.length > 1) await refuseOverlaps(connection, source);
  const servers = await serverGrid(connection, source, expressions, timeZone);
  await fillValues(connection, source, servers, expressions);
  return summarise(source.path, servers, expressions);
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
      ...placeIn(source.placeOf(String(name)), timeZone),
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
  const values = servers.map((series) => series.values);
  await reading(source, () => fillFrom(connection, sql, values, measured));
}

function summarise(path: string, servers: readonly ServerSeries[], expressions: MetricExpressions): Dataset {
  const extents = METRICS.map((_, metric) => extentOf(servers, metric));
  const measured = extents.flatMap(({ min, max }, metric) => (min <= max ? [metric] : []));
  const empty = METRICS.filter((_, metric) => expressions[metric] !== null && !measured.includes(metric));
  const still = stillMetrics(extents).map(({ name }) => name);
  const warnings: string[] = [];
  if (still.length > 0) warnings.push(`Never moves: ${still.join(', ')}.`);
  if (empty.length > 0) {
    warnings.push(`Has a column but no usable value: ${empty.map(({ name }) => name).join(', ')}.`);
  }
  return {
    path,
    servers,
    firstStep: servers.reduce((least, series) => Math.min(least, series.firstStep), Number.POSITIVE_INFINITY),
    lastStep: servers.reduce((most, series) => Math.max(most, series.firstStep + series.steps - 1), 0),
    measured,
    extents,
    warnings,
  };
}

function extentOf(servers: readonly ServerSeries[], metric: number): Extent {
  let { min, max } = NOTHING_MEASURED;
  for (const { values } of servers) {
    for (let i = metric; i < values.length; i += METRIC_COUNT) {
      if (values[i] < min) min = values[i];
      if (values[i] > max) max = values[i];
    }
  }
  return { min, max };
}
