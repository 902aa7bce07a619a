import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { QUANTILE_COUNT, QUANTILES, TARGETS } from '../../catalog/targets.ts';
import { STEP_SECONDS } from '../../catalog/time.ts';

/** One forecast of one target, as `--out` holds it. */
export interface ForecastRows {
  readonly server: string;
  readonly target: number;
  readonly originStep: number;
  /** Actual values by lead, NaN where not measured. */
  readonly actual: Float64Array;
  /** [lead][QUANTILE_COUNT] from `offset`. */
  readonly quantiles: Float32Array;
  readonly offset: number;
  readonly horizon: number;
}

/** Collects forecasts on disk and writes them as one Parquet file when it is finished. */
export class ForecastFile {
  readonly #path: string;
  readonly #scratch: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #rows: DuckDBAppender;

  private constructor(
    path: string,
    scratch: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    rows: DuckDBAppender,
  ) {
    this.#path = path;
    this.#scratch = scratch;
    this.#instance = instance;
    this.#connection = connection;
    this.#rows = rows;
  }

  /** @param path Parquet file to be written; nothing is there until `finish` */
  static async create(path: string): Promise<ForecastFile> {
    const scratch = await mkdtemp(join(tmpdir(), 'argus-evaluate-'));
    const instance = await DuckDBInstance.create(join(scratch, 'rows.duckdb'));
    const connection = await instance.connect();
    const quantiles = QUANTILES.map((level) => `q${Math.round(level * 100)} FLOAT`).join(', ');
    await connection.run(
      `CREATE TABLE forecasts (server VARCHAR, target VARCHAR, origin BIGINT, step INTEGER, actual FLOAT, ${quantiles})`,
    );
    return new ForecastFile(
      path,
      scratch,
      instance,
      connection,
      await connection.createAppender('forecasts'),
    );
  }

  add({ server, target, originStep, actual, quantiles, offset, horizon }: ForecastRows): void {
    for (let lead = 0; lead < horizon; lead++) {
      this.#rows.appendVarchar(server);
      this.#rows.appendVarchar(TARGETS[target].name);
      this.#rows.appendBigInt(BigInt(originStep));
      this.#rows.appendInteger(lead + 1);
      if (Number.isNaN(actual[lead])) this.#rows.appendNull();
      else this.#rows.appendFloat(actual[lead]);
      for (let q = 0; q < QUANTILE_COUNT; q++) {
        this.#rows.appendFloat(quantiles[offset + lead * QUANTILE_COUNT + q]);
      }
      this.#rows.endRow();
    }
  }

  /** Writes the file: server, target, origin (start of the newest known step), step (1 = the next), actual, q10 … q90. */
  async finish(): Promise<void> {
    this.#rows.flushSync();
    const temporary = `${this.#path}.${process.pid}.tmp`;
    await this.#connection.run(
      `COPY (SELECT * REPLACE (make_timestamp(origin * ${STEP_SECONDS * 1_000_000}) AS origin) FROM forecasts)
       TO '${temporary.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
    );
    await rename(temporary, this.#path);
  }

  /** Frees what it holds; without `finish` before it, nothing is written. */
  async close(): Promise<void> {
    this.#rows.closeSync();
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#scratch, { recursive: true, force: true });
  }
}
