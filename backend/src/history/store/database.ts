/** DuckDB for the history: in memory, one thread a question, a bound on memory. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { HistoryBusy, HistoryTimeout } from '../errors.ts';

/** Questions that may wait for their turn. */
const MAX_WAITING = 64;
/** Exports under way at once: each holds a connection while its reader takes its time. */
const MAX_EXPORTS = 2;
const SECOND_MS = 1000;

export type Row = readonly unknown[];

export interface DatabaseSettings {
  readonly memoryMegabytes: number;
  /** Folder for what does not fit into memory. */
  readonly temporaryFolder: string;
  readonly concurrentQueries: number;
  readonly queryTimeoutSeconds: number;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Connections for questions, taken in turns, and one for the writer. */
export class Database {
  readonly #settings: DatabaseSettings;
  readonly #instance: DuckDBInstance;
  readonly writer: DuckDBConnection;
  /** Reads files through to see whether they are sound; never waits for questions. */
  readonly checker: DuckDBConnection;
  readonly #idle: DuckDBConnection[] = [];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #made = 0;
  #exports = 0;

  private constructor(
    settings: DatabaseSettings,
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    checker: DuckDBConnection,
  ) {
    this.#settings = settings;
    this.#instance = instance;
    this.writer = writer;
    this.checker = checker;
  }

  static async open(settings: DatabaseSettings): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      memory_limit: `${settings.memoryMegabytes}MB`,
      temp_directory: settings.temporaryFolder,
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // It would hold what was read of files that are joined and removed an hour later, up to the bound on memory.
      enable_external_file_cache: 'false',
    });
    return new Database(settings, instance, await instance.connect(), await instance.connect());
  }

  /**
   * Lends a connection for reading.
   * @throws HistoryBusy where too many wait already
   */
  async withReader<T>(run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    try {
      return await run(connection);
    } finally {
      this.#giveBack(connection);
    }
  }

  /**
   * Lends a connection for an export, which may take as long as its reader does.
   * @throws HistoryBusy where too many are under way
   */
  async withExporter<T>(run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.#exports >= MAX_EXPORTS) throw new HistoryBusy();
    this.#exports++;
    const connection = await this.#instance.connect();
    try {
      return await run(connection);
    } finally {
      connection.closeSync();
      this.#exports--;
    }
  }

  /** @throws HistoryTimeout */
  async query(connection: DuckDBConnection, sql: string): Promise<readonly Row[]> {
    const { queryTimeoutSeconds } = this.#settings;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      connection.interrupt();
    }, queryTimeoutSeconds * SECOND_MS);
    try {
      return (await connection.runAndReadAll(sql)).getRowsJS();
    } catch (error) {
      throw isLate ? new HistoryTimeout(queryTimeoutSeconds) : error;
    } finally {
      clearTimeout(late);
    }
  }

  close(): void {
    for (const connection of this.#idle) connection.closeSync();
    this.writer.closeSync();
    this.checker.closeSync();
    this.#instance.closeSync();
  }

  async #take(): Promise<DuckDBConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#made < this.#settings.concurrentQueries) {
      this.#made++;
      return this.#instance.connect();
    }
    if (this.#waiting.length >= MAX_WAITING) throw new HistoryBusy();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
  }
}
