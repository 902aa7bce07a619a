/** Small pieces of SQL that several questions share. */
import { quoted } from '../database.ts';

/** `column IN (…)`, or what is always true where nothing is asked for. */
export function oneOf(column: string, words: readonly string[] | null): string {
  if (words === null) return 'true';
  return words.length === 0 ? 'false' : `${column} IN (${words.map(quoted).join(', ')})`;
}

/** Milliseconds since the epoch of a TIMESTAMP column, as a number. */
export function epochMs(column: string): string {
  return `epoch_ms(${column})::DOUBLE`;
}

/** A number from DuckDB; null where there is none. */
export function numberOrNull(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
