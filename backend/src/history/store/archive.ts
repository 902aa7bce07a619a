/** The files of the history as a whole: what is written, joined, removed, set aside, and read. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Clock, STEPS_A_DAY, STEPS_AN_HOUR, stepOf } from '../../catalog/time.ts';
import type { HistoryConfig } from '../config.ts';
import { HistoryDiskFull } from '../errors.ts';
import type { DamagedFile, StatusAnswer } from '../protocol.ts';
import { type Block, TABLE_NAMES, TABLES, type TableName } from '../tables.ts';
import { dropStage, noRows, stageBlock, stagedRows } from './blocks.ts';
import { Database, quoted, type Row } from './database.ts';
import { type HistoryDisk, isDiskFull, realHistoryDisk } from './disk.ts';
import { Leases } from './leases.ts';
import { filesOf, rowsBetween } from './partRows.ts';
import {
  dayName,
  dayOfName,
  dayOfStep,
  type Part,
  PartIndex,
  parsePart,
  partName,
  partPath,
  withoutReplaced,
} from './parts.ts';
import { type RemovalReason, removableDays } from './retention.ts';

const TEMPORARY_FOLDER = '.tmp';
/** Files of a day beyond this size together stay as they are: joining them would cost more than it saves. */
const MAX_JOINED_BYTES = 64e6;
/** Rows a reader can pass over at once where they are not of the server it looks for. */
const ROW_GROUP_ROWS = 20_480;
const FILE_OPTIONS = `FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
const MEGABYTE = 1e6;
/** What DuckDB says when it is not the file that is at fault. */
const NOT_DAMAGE = /out of memory|no space left|too many open files|interrupt/i;
const OWN_ERROR = /^ARGUS_/;
const DAMAGED_NAME = /^(.+\.parquet)\.damaged-(\d+)$/;

export interface ArchiveOptions {
  readonly folder: string;
  readonly config: HistoryConfig;
  readonly clock: Clock;
  readonly disk?: HistoryDisk;
  readonly onDamaged?: (file: DamagedFile) => void;
  readonly onRemoved?: (day: string, reason: RemovalReason) => void;
}

/** What a question reads with. */
export interface Reading {
  /** SQL of a relation: the table's rows with a timestamp from `fromMs` (inclusive) to `toMs` (exclusive). */
  source(table: TableName, fromMs: number, toMs: number): string;
  rows(sql: string): Promise<readonly Row[]>;
  readonly connection: DuckDBConnection;
}

export class Archive {
  readonly #folder: string;
  readonly #config: HistoryConfig;
  readonly #clock: Clock;
  readonly #disk: HistoryDisk;
  readonly #database: Database;
  readonly #onDamaged: (file: DamagedFile) => void;
  readonly #onRemoved: (day: string, reason: RemovalReason) => void;
  readonly #index = new PartIndex();
  readonly #leases = new Leases();
  readonly #damaged: DamagedFile[] = [];
  #writing: Promise<unknown> = Promise.resolve();
  #files = 0;
  #isClosed = false;

  private constructor(options: ArchiveOptions, database: Database) {
    this.#folder = options.folder;
    this.#config = options.config;
    this.#clock = options.clock;
    this.#disk = options.disk ?? realHistoryDisk;
    this.#onDamaged = options.onDamaged ?? (() => {});
    this.#onRemoved = options.onRemoved ?? (() => {});
    this.#database = database;
  }

  /** Opens the folder and clears away what a crash left half done. */
  static async open(options: ArchiveOptions): Promise<Archive> {
    const disk = options.disk ?? realHistoryDisk;
    const temporaryFolder = join(options.folder, TEMPORARY_FOLDER);
    await disk.makeFolder(options.folder);
    await disk.remove(temporaryFolder);
    await disk.makeFolder(temporaryFolder);
    const database = await Database.open({ ...options.config, temporaryFolder });
    const archive = new Archive(options, database);
    await archive.#load();
    return archive;
  }

  /** Writes a block's rows; rows with the same keys that are there already give way. When it resolves they are on disk. */
  put(block: Block): Promise<void> {
    return this.#write(async () => {
      for (const part of splitByDay(block)) await this.#putDay(part);
    });
  }

  /**
   * Joins the small files of hours and days that ended before a step, and removes what is too old or too much.
   * @param step present step
   */
  tidy(step: number): Promise<void> {
    return this.#write(async () => {
      await this.#removeDays(step);
      for (const table of TABLE_NAMES) {
        for (const day of this.#index.days()) await this.#joinDay(table, day, step);
      }
    });
  }

  /**
   * Runs a question. A file that turns out to be damaged is set aside and the question is run again without it.
   * @throws HistoryBusy, HistoryTimeout
   */
  read<T>(run: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#readWith((use) => this.#database.withReader(use), run);
  }

  /** Like read, for exports: they have connections of their own and no time limit. */
  readAtLeisure<T>(run: (reading: Reading) => Promise<T>): Promise<T> {
    return this.#readWith((use) => this.#database.withExporter(use), run);
  }

  async #readWith<T>(
    lend: (use: (connection: DuckDBConnection) => Promise<T>) => Promise<T>,
    run: (reading: Reading) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const used = new Map<string, Part>();
      const end = this.#leases.begin();
      try {
        return await lend((connection) => run(this.#reading(connection, used)));
      } catch (error) {
        const isOurs = OWN_ERROR.test(String((error as { readonly code?: unknown }).code));
        if (isOurs || !(await this.#setAsideDamaged([...used.values()]))) throw error;
      } finally {
        await end();
      }
    }
  }

  async status(): Promise<StatusAnswer> {
    const days = this.#index.days();
    return {
      files: [...this.#index.all()].length,
      bytes: this.#index.bytes,
      days: days.length,
      oldestDay: days.length === 0 ? null : dayName(days[0]),
      newestDay: days.length === 0 ? null : dayName(days[days.length - 1]),
      freeBytes: await this.#disk.freeBytes(this.#folder),
      damaged: this.#damaged,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  /** A path for a file that need not outlive this process. */
  temporaryPath(): string {
    return join(this.#folder, TEMPORARY_FOLDER, `file-${this.#files++}.parquet`);
  }

  removeTemporary(path: string): Promise<void> {
    return this.#disk.remove(path);
  }

  /** Resolves when everything that was to be written is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Ends it after what is being written; a second call does nothing. */
  async close(): Promise<void> {
    await this.settled();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#database.close();
  }

  #reading(connection: DuckDBConnection, used: Map<string, Part>): Reading {
    return {
      connection,
      source: (table, fromMs, toMs) => {
        const parts = this.#index.between(table, stepOf(fromMs), stepOf(toMs - 1));
        for (const part of parts) used.set(partPath(part), part);
        return rowsBetween(this.#folder, table, parts, { fromMs, toMs });
      },
      rows: (sql) => this.#database.query(connection, sql),
    };
  }

  async #load(): Promise<void> {
    for (const { name, isFolder } of await this.#disk.list(this.#folder)) {
      const day = isFolder ? dayOfName(name) : undefined;
      if (day === undefined) continue;
      const entries = await this.#disk.list(join(this.#folder, name));
      for (const entry of entries) this.#rememberDamaged(name, entry.name);
      const parts = entries.flatMap((entry) => parsePart(day, entry.name, entry.bytes) ?? []);
      for (const table of TABLE_NAMES) {
        const { sound, replaced } = withoutReplaced(parts.filter((part) => part.table === table));
        for (const part of sound) this.#index.add(part);
        for (const part of replaced) await this.#disk.remove(join(this.#folder, partPath(part)));
      }
    }
  }

  #rememberDamaged(day: string, name: string): void {
    const [, file, atMs] = DAMAGED_NAME.exec(name) ?? [];
    if (file === undefined) return;
    this.#damaged.push({
      file: `${day}/${file}`,
      setAsideAs: `${day}/${name}`,
      reason: 'It was set aside in an earlier run; the log of that time says why.',
      atMs: Number(atMs),
    });
  }

  /** One after the other: two writes never touch the same file. */
  #write(run: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(run);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #putDay(block: Block): Promise<void> {
    await this.#withRoom(async () => {
      const day = dayOfStep(block.steps[0]);
      const positions = block.steps.map((step) => step - day * STEPS_A_DAY);
      const [first, last] = [min(positions), max(positions)];
      const touched = this.#index
        .ofDay(block.table, day)
        .filter((part) => part.first <= last && part.last >= first);
      await stageBlock(this.#database.writer, block);
      await this.#merge(block.table, day, first, last, touched, true);
      await dropStage(this.#database.writer);
    });
  }

  async #joinDay(table: TableName, day: number, step: number): Promise<void> {
    const parts = this.#index.ofDay(table, day);
    if (parts.length < 2) return;
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    if (day < dayOfStep(step) && bytes <= MAX_JOINED_BYTES) {
      await this.#join(table, day, parts);
      return;
    }
    for (let first = 0; first < STEPS_A_DAY; first += STEPS_AN_HOUR) {
      if (day * STEPS_A_DAY + first + STEPS_AN_HOUR > step) return;
      const hour = parts.filter((part) => part.first >= first && part.last < first + STEPS_AN_HOUR);
      if (hour.length > 1) await this.#join(table, day, hour);
    }
  }

  #join(table: TableName, day: number, parts: readonly Part[]): Promise<void> {
    const [first, last] = [parts[0].first, parts[parts.length - 1].last];
    return this.#withRoom(() => this.#merge(table, day, first, last, parts, false));
  }

  /** Writes one file from the staged rows and earlier files, and puts it in the place of those. */
  async #merge(
    table: TableName,
    day: number,
    first: number,
    last: number,
    sources: readonly Part[],
    isStaged: boolean,
  ): Promise<void> {
    const range = {
      first: Math.min(first, ...sources.map((part) => part.first)),
      last: Math.max(last, ...sources.map((part) => part.last)),
    };
    const temporary = this.temporaryPath();
    try {
      await this.#database.writer.run(this.#mergeSql(table, sources, isStaged, temporary));
    } catch (error) {
      await this.#disk.remove(temporary);
      if (isDiskFull(error) || !(await this.#setAsideDamaged(sources))) throw error;
      const left = sources.filter((part) => this.#index.ofDay(table, day).includes(part));
      if (isStaged || left.length > 0) await this.#merge(table, day, first, last, left, isStaged);
      return;
    }
    await this.#replace(temporary, { table, day, ...range }, sources);
  }

  #mergeSql(table: TableName, sources: readonly Part[], isStaged: boolean, out: string): string {
    const definition = TABLES[table];
    const keys = definition.keys.map((key) => `"${key}"`).join(', ');
    const order = definition.order.map((column) => `"${column}"`).join(', ');
    const old = sources.length === 0 ? noRows(definition) : `SELECT * FROM ${filesOf(this.#folder, sources)}`;
    const fresh = isStaged ? stagedRows(definition) : noRows(definition);
    const kept = `SELECT old.* FROM (${old}) old ANTI JOIN fresh USING (${keys})`;
    const rows =
      sources.length === 0 ? 'SELECT * FROM fresh' : `SELECT * FROM fresh UNION ALL BY NAME ${kept}`;
    return `COPY (WITH fresh AS (${fresh}) SELECT * FROM (${rows}) ORDER BY ${order}) TO ${quoted(out)} (${FILE_OPTIONS})`;
  }

  async #replace(temporary: string, made: Omit<Part, 'bytes'>, sources: readonly Part[]): Promise<void> {
    const folder = join(this.#folder, dayName(made.day));
    try {
      const bytes = await this.#disk.sync(temporary);
      await this.#disk.makeFolder(folder);
      await this.#disk.rename(temporary, join(folder, partName(made)));
      await this.#disk.syncFolder(folder);
      await this.#disk.syncFolder(this.#folder);
      this.#index.add({ ...made, bytes });
    } catch (error) {
      await this.#disk.remove(temporary);
      throw error;
    }
    const gone = sources.filter((part) => partName(part) !== partName(made));
    for (const part of gone) this.#index.remove(part);
    await this.#leases.whenUnread(async () => {
      for (const part of gone) await this.#disk.remove(join(this.#folder, partPath(part)));
    });
  }

  /** Runs a write; where the disk is full, removes the oldest day and tries again. @throws HistoryDiskFull */
  async #withRoom(run: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await run();
        return;
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        const [oldest] = this.#index.days().slice(0, -this.#config.keepAtLeastDays);
        if (oldest === undefined) {
          throw new HistoryDiskFull(`history.keepAtLeastDays is ${this.#config.keepAtLeastDays}`);
        }
        await this.#removeDay(oldest, 'space');
      }
    }
  }

  async #removeDays(step: number): Promise<void> {
    const { keepDays, keepAtLeastDays, maxGigabytes, minFreeMegabytes } = this.#config;
    const sizes = new Map<number, number>();
    for (const { day, bytes } of this.#index.all()) sizes.set(day, (sizes.get(day) ?? 0) + bytes);
    const removals = removableDays(sizes, {
      today: dayOfStep(step),
      keepDays,
      keepAtLeastDays,
      maxBytes: maxGigabytes * 1000 * MEGABYTE,
      missingBytes: minFreeMegabytes * MEGABYTE - (await this.#disk.freeBytes(this.#folder)),
    });
    for (const { day, reason } of removals) await this.#removeDay(day, reason);
  }

  async #removeDay(day: number, reason: RemovalReason): Promise<void> {
    for (const part of [...this.#index.all()]) if (part.day === day) this.#index.remove(part);
    await this.#leases.whenUnread(() => this.#disk.remove(join(this.#folder, dayName(day))));
    this.#onRemoved(dayName(day), reason);
  }

  /** Reads parts through, and moves those that cannot be read out of the way. @returns whether there was one */
  async #setAsideDamaged(parts: readonly Part[]): Promise<boolean> {
    let found = false;
    for (const part of parts) {
      const reason = await this.#damageOf(part);
      if (reason === null) continue;
      found = true;
      await this.#setAside(part, reason);
    }
    return found;
  }

  async #damageOf(part: Part): Promise<string | null> {
    try {
      await this.#database.checker.run(
        `SELECT bit_xor(hash(part)) FROM ${filesOf(this.#folder, [part])} part`,
      );
      return null;
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      return NOT_DAMAGE.test(reason) ? null : reason.replaceAll(`${this.#folder}/`, '');
    }
  }

  async #setAside(part: Part, reason: string): Promise<void> {
    const atMs = this.#clock.now();
    const file = partPath(part);
    const damaged = { file, setAsideAs: `${file}.damaged-${atMs}`, reason, atMs };
    this.#index.remove(part);
    await this.#disk
      .rename(join(this.#folder, file), join(this.#folder, damaged.setAsideAs))
      .catch(() => undefined);
    this.#damaged.push(damaged);
    this.#onDamaged(damaged);
  }
}

function min(values: Int32Array): number {
  return values.reduce((least, value) => Math.min(least, value), values[0]);
}

function max(values: Int32Array): number {
  return values.reduce((most, value) => Math.max(most, value), values[0]);
}

/** A block for each day it has rows of. */
function splitByDay(block: Block): readonly Block[] {
  if (block.steps.length === 0) return [];
  const days = [...new Set(block.steps.map(dayOfStep))];
  if (days.length === 1) return [block];
  return days.map((day) => {
    const rows = [...block.steps.keys()].filter((row) => dayOfStep(block.steps[row]) === day);
    const width = TABLES[block.table].numbers.length;
    const numbers = new Float64Array(rows.length * width);
    rows.forEach((row, to) => {
      numbers.set(block.numbers.subarray(row * width, (row + 1) * width), to * width);
    });
    return {
      table: block.table,
      steps: Int32Array.from(rows, (row) => block.steps[row]),
      texts: block.texts.map((values) => rows.map((row) => values[row])),
      numbers,
    };
  });
}
