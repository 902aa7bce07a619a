/**
 * The files of the history: `YYYY-MM-DD/TABLE.FFF-LLL.parquet` holds the rows of one table from step FFF to LLL of a
 * day (UTC, five-minute steps). Files of one table and day never overlap: a larger one replaces those it was made of,
 * and where a crash left both, the smaller ones count for nothing.
 */
import { join } from 'node:path';
import { DAY_MS, STEPS_A_DAY } from '../../catalog/time.ts';
import { TABLE_NAMES, type TableName } from '../tables.ts';

const DIGITS = 3;
const PART_NAME = /^([a-z]+)\.(\d{3})-(\d{3})\.parquet$/;
const DAY_NAME = /^\d{4}-\d{2}-\d{2}$/;

export interface Part {
  readonly table: TableName;
  /** Days since the epoch. */
  readonly day: number;
  /** Steps of the day, inclusive. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
}

export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** @returns days since the epoch, or undefined for a folder that is none of ours */
export function dayOfName(name: string): number | undefined {
  if (!DAY_NAME.test(name)) return undefined;
  const day = Date.parse(`${name}T00:00:00Z`) / DAY_MS;
  return Number.isInteger(day) && dayName(day) === name ? day : undefined;
}

export function dayOfStep(step: number): number {
  return Math.floor(step / STEPS_A_DAY);
}

function digits(position: number): string {
  return String(position).padStart(DIGITS, '0');
}

export function partName({ table, first, last }: Pick<Part, 'table' | 'first' | 'last'>): string {
  return `${table}.${digits(first)}-${digits(last)}.parquet`;
}

/** @returns undefined for a name that is none of ours */
export function parsePart(day: number, name: string, bytes: number): Part | undefined {
  const [, tableName, from, to] = PART_NAME.exec(name) ?? [];
  const table = TABLE_NAMES.find((known) => known === tableName);
  const [first, last] = [Number(from), Number(to)];
  if (table === undefined || first > last || last >= STEPS_A_DAY) return undefined;
  return { table, day, first, last, bytes };
}

/** Path of a part inside the history's folder. */
export function partPath(part: Part): string {
  return join(dayName(part.day), partName(part));
}

function isWithin(inner: Part, outer: Part): boolean {
  return inner !== outer && inner.first >= outer.first && inner.last <= outer.last;
}

/** Splits the parts of one table and day into those that count and those a larger one has replaced. */
export function withoutReplaced(parts: readonly Part[]): {
  readonly sound: readonly Part[];
  readonly replaced: readonly Part[];
} {
  const isReplaced = (part: Part): boolean => parts.some((other) => isWithin(part, other));
  return { sound: parts.filter((part) => !isReplaced(part)), replaced: parts.filter(isReplaced) };
}

/** The parts that exist, in memory. */
export class PartIndex {
  readonly #parts = new Map<string, Part[]>();

  add(part: Part): void {
    const key = `${part.day} ${part.table}`;
    const known = this.#parts.get(key) ?? [];
    this.#parts.set(key, [...known.filter((other) => partName(other) !== partName(part)), part]);
  }

  remove(part: Part): void {
    const key = `${part.day} ${part.table}`;
    const left = (this.#parts.get(key) ?? []).filter((other) => partName(other) !== partName(part));
    if (left.length === 0) this.#parts.delete(key);
    else this.#parts.set(key, left);
  }

  *all(): Iterable<Part> {
    for (const parts of this.#parts.values()) yield* parts;
  }

  /** Parts of a table on one day, by time. */
  ofDay(table: TableName, day: number): readonly Part[] {
    return [...(this.#parts.get(`${day} ${table}`) ?? [])].sort((a, b) => a.first - b.first);
  }

  /** Parts of a table with rows of steps from `firstStep` to `lastStep`, by time. */
  between(table: TableName, firstStep: number, lastStep: number): readonly Part[] {
    const found: Part[] = [];
    for (const part of this.all()) {
      if (part.table !== table) continue;
      const start = part.day * STEPS_A_DAY;
      if (start + part.first <= lastStep && start + part.last >= firstStep) found.push(part);
    }
    return found.sort((a, b) => a.day - b.day || a.first - b.first);
  }

  /** Days that have parts, oldest first. */
  days(): readonly number[] {
    return [...new Set([...this.all()].map(({ day }) => day))].sort((a, b) => a - b);
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.all()) sum += bytes;
    return sum;
  }
}
