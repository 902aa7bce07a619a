import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { type DataFiles, type FileFormat, NOTHING_TOLD } from '../datasets/files.ts';
import { fillFrom, type MetricExpressions, openRows, query, reading } from '../datasets/longForm.ts';
import { type Extents, NOTHING_MEASURED } from '../datasets/series.ts';
import { DataChunkError, DataColumnsError } from '../errors.ts';

/** What a look through one chunk tells: enough to plan a run, and nothing that grows with the data. */
export interface ChunkSummary {
  readonly file: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly rows: number;
  readonly servers: number;
  readonly extents: Extents;
}

/** Rows of one server in one chunk. */
export interface ChunkServer {
  readonly name: string;
  /** Profile as the file tells it. */
  readonly profile: string | undefined;
  /** [steps of the span asked for][METRIC_COUNT], NaN = not measured. */
  readonly values: Float32Array;
}

/** What one chunk and its working space may take. */
const DUCKDB_MEMORY = '512MB';

/** Reads the chunks of a data set one at a time; of a chunk that was read nothing stays here. */
export class ChunkReader {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #format: FileFormat;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, format: FileFormat) {
    this.#instance = instance;
    this.#connection = connection;
    this.#format = format;
  }

  static async open(format: FileFormat): Promise<ChunkReader> {
    // One thread: means of several rows in a step are then summed in the same order in every run.
    const settings = { memory_limit: DUCKDB_MEMORY, threads: '1', enable_external_file_cache: 'false' };
    const instance = await DuckDBInstance.create(':memory:', settings);
    return new ChunkReader(instance, await instance.connect(), format);
  }

  /** @throws DataChunkError, DataColumnsError naming the file */
  survey(file: string): Promise<ChunkSummary> {
    return this.#naming(file, async (source) => {
      const expressions = await openRows(this.#connection, source);
      const measured = measuredColumns(expressions);
      const extents = measured.map((column) => `min(${column}), max(${column})`).join(', ');
      const [row] = await query(
        this.#connection,
        source,
        `SELECT min(time_ms), max(time_ms), count(*), count(DISTINCT server_name), ${extents} FROM rows
         WHERE coalesce(${measured.join(', ')}) IS NOT NULL`,
      );
      const [firstMs, lastMs, rows, servers, ...bounds] = row.map((value) =>
        value === null ? null : Number(value),
      );
      if (firstMs === null || lastMs === null) throw new DataChunkError(file, 'it holds no measurement.');
      return {
        file,
        firstMs,
        lastMs,
        rows: rows ?? 0,
        servers: servers ?? 0,
        extents: extentsOf(expressions, bounds),
      };
    });
  }

  /**
   * The servers of one chunk, by name.
   * @param firstStep step of the first row of their values
   * @param steps number of rows
   * @throws DataChunkError, DataColumnsError naming the file
   */
  read(file: string, firstStep: number, steps: number): Promise<readonly ChunkServer[]> {
    return this.#naming(file, async (source) => {
      const expressions = await openRows(this.#connection, source);
      await query(
        this.#connection,
        source,
        `CREATE OR REPLACE TEMP TABLE chunk_servers AS
         SELECT (row_number() OVER (ORDER BY server_name) - 1)::INTEGER AS id, * FROM (
           SELECT server_name, min(profile) AS profile FROM rows
           WHERE coalesce(${measuredColumns(expressions).join(', ')}) IS NOT NULL GROUP BY server_name)`,
      );
      const list = 'SELECT server_name, profile FROM chunk_servers ORDER BY id';
      const servers = (await query(this.#connection, source, list)).map(([name, profile]) => ({
        name: String(name),
        profile: profile === null ? undefined : String(profile),
        values: new Float32Array(steps * METRIC_COUNT).fill(Number.NaN),
      }));
      await this.#fill(source, servers, expressions, firstStep, steps);
      return servers;
    });
  }

  #fill(
    source: DataFiles,
    servers: readonly ChunkServer[],
    expressions: MetricExpressions,
    firstStep: number,
    steps: number,
  ): Promise<void> {
    const measured = METRICS.flatMap((_, metric) => (expressions[metric] === null ? [] : [metric]));
    const means = measured.map((metric) => `avg(m${metric})::FLOAT`).join(', ');
    const sql = `SELECT id, step - ${firstStep}, ${means} FROM rows JOIN chunk_servers USING (server_name)
      WHERE step BETWEEN ${firstStep} AND ${firstStep + steps - 1} GROUP BY id, step`;
    const grids = servers.map(({ values }) => values);
    return reading(source, () => fillFrom(this.#connection, sql, grids, measured));
  }

  /** What goes wrong with one file is reported as that chunk's. */
  async #naming<T>(file: string, run: (source: DataFiles) => Promise<T>): Promise<T> {
    try {
      return await run({ path: file, format: this.#format, files: [file], ...NOTHING_TOLD });
    } catch (error) {
      if (error instanceof DataChunkError || error instanceof DataColumnsError) throw error;
      throw new DataChunkError(file, (error as Error).message);
    }
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

function measuredColumns(expressions: MetricExpressions): readonly string[] {
  return expressions.flatMap((expression, metric) => (expression === null ? [] : [`m${metric}`]));
}

/** @param bounds least and greatest value of each metric that has a column, in turn */
function extentsOf(expressions: MetricExpressions, bounds: readonly (number | null)[]): Extents {
  let position = 0;
  return expressions.map((expression) => {
    if (expression === null) return NOTHING_MEASURED;
    const [min, max] = [bounds[position++], bounds[position++]];
    return min === null || max === null ? NOTHING_MEASURED : { min, max };
  });
}
