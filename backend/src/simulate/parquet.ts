import { rename, rm } from 'node:fs/promises';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { METRICS } from '../catalog/metrics.ts';
import { STEP_SECONDS } from '../catalog/time.ts';
import type { IncidentRecord } from './incidents.ts';
import { STATUSES } from './server.ts';

const MICROSECONDS_PER_STEP = STEP_SECONDS * 1_000_000;
const MEMORY_LIMIT = '256MB';

export interface TruthRow extends IncidentRecord {
  readonly server: string;
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Collects rows in memory and writes them as zstd Parquet under their final name only once complete. */
export class ParquetWriter {
  readonly #connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  #rows: DuckDBAppender;
  #hazards: DuckDBAppender;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    rows: DuckDBAppender,
    hazards: DuckDBAppender,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#rows = rows;
    this.#hazards = hazards;
  }

  /** @param servers names and profiles; rows refer to them by position */
  static async open(
    servers: readonly { readonly name: string; readonly profile: string }[],
  ): Promise<ParquetWriter> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: MEMORY_LIMIT });
    const connection = await instance.connect();
    await connection.run('CREATE TABLE servers (id INTEGER, name VARCHAR, profile VARCHAR)');
    await connection.run('CREATE TABLE statuses (id INTEGER, name VARCHAR)');
    const names = await connection.createAppender('servers');
    servers.forEach(({ name, profile }, id) => {
      names.appendInteger(id);
      names.appendVarchar(name);
      names.appendVarchar(profile);
      names.endRow();
    });
    names.closeSync();
    const statuses = await connection.createAppender('statuses');
    STATUSES.forEach((status, id) => {
      statuses.appendInteger(id);
      statuses.appendVarchar(status);
      statuses.endRow();
    });
    statuses.closeSync();
    const metrics = METRICS.map(({ name }) => `${name} FLOAT`).join(', ');
    await connection.run(`CREATE TABLE steps (step INTEGER, server INTEGER, status INTEGER, ${metrics})`);
    await connection.run(
      'CREATE TABLE truth (server_name VARCHAR, kind VARCHAR, onset INTEGER, first_symptom INTEGER, ended INTEGER, failed BOOLEAN, has_precursor BOOLEAN)',
    );
    await connection.run('CREATE TABLE hazards (step INTEGER, server INTEGER, probability FLOAT)');
    return new ParquetWriter(
      instance,
      connection,
      await connection.createAppender('steps'),
      await connection.createAppender('hazards'),
    );
  }

  /** @param row metrics in catalog order; NaN = not measured */
  append(server: number, step: number, status: number, row: Float64Array): void {
    const rows = this.#rows;
    rows.appendInteger(step);
    rows.appendInteger(server);
    rows.appendInteger(status);
    for (const value of row) {
      if (Number.isNaN(value)) rows.appendNull();
      else rows.appendFloat(value);
    }
    rows.endRow();
  }

  /** @param probability of a failure 30 minutes to 8 hours after the step, known to the simulator alone */
  appendHazard(server: number, step: number, probability: number): void {
    const hazards = this.#hazards;
    hazards.appendInteger(step);
    hazards.appendInteger(server);
    hazards.appendFloat(probability);
    hazards.endRow();
  }

  /** Writes every hazard that was appended, by server and time. */
  async writeHazards(path: string): Promise<void> {
    this.#hazards.closeSync();
    await this.#copy(
      `SELECT servers.name AS server_name, make_timestamp(step::BIGINT * ${MICROSECONDS_PER_STEP}) AS timestamp,
         probability AS failure_probability
       FROM hazards JOIN servers ON servers.id = hazards.server ORDER BY hazards.server, step`,
      path,
    );
    await this.#connection.run('TRUNCATE hazards');
    this.#hazards = await this.#connection.createAppender('hazards');
  }

  /** Writes what was appended since the last chunk, by time and server. */
  async writeChunk(path: string): Promise<void> {
    this.#rows.closeSync();
    const metrics = METRICS.map(({ name }) => name).join(', ');
    await this.#copy(
      `SELECT make_timestamp(step::BIGINT * ${MICROSECONDS_PER_STEP}) AS timestamp, servers.name AS server_name,
         servers.profile AS profile, statuses.name AS status, ${metrics}
       FROM steps JOIN servers ON servers.id = steps.server JOIN statuses ON statuses.id = steps.status
       ORDER BY step, steps.server`,
      path,
    );
    await this.#connection.run('TRUNCATE steps');
    this.#rows = await this.#connection.createAppender('steps');
  }

  /** Writes the truth, by time and server. */
  async writeTruth(path: string, truth: readonly TruthRow[]): Promise<void> {
    const appender = await this.#connection.createAppender('truth');
    for (const row of truth) {
      appender.appendVarchar(row.server);
      appender.appendVarchar(row.kind);
      appender.appendInteger(row.onsetStep);
      appender.appendInteger(row.firstSymptomStep);
      appender.appendInteger(row.endStep);
      appender.appendBoolean(row.failed);
      appender.appendBoolean(row.hasPrecursor);
      appender.endRow();
    }
    appender.closeSync();
    await this.#copy(
      `SELECT server_name, kind, make_timestamp(onset::BIGINT * ${MICROSECONDS_PER_STEP}) AS onset_time,
         make_timestamp(first_symptom::BIGINT * ${MICROSECONDS_PER_STEP}) AS first_symptom_time,
         CASE WHEN failed THEN make_timestamp(ended::BIGINT * ${MICROSECONDS_PER_STEP}) END AS failure_time,
         make_timestamp(ended::BIGINT * ${MICROSECONDS_PER_STEP}) AS end_time, failed, has_precursor
       FROM truth ORDER BY ended, server_name, kind`,
      path,
    );
  }

  async #copy(query: string, path: string): Promise<void> {
    const temporary = `${path}.tmp`;
    try {
      await this.#connection.run(`COPY (${query}) TO ${quote(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  close(): void {
    this.#rows.closeSync();
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
