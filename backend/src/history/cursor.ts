/** Where a page ended, as an opaque word. */
import { InvalidInput } from '../catalog/invalidInput.ts';
import type { PageMark } from './protocol.ts';

const CURSOR = /^(\d{1,16}):([\x20-\x7e]{0,200})$/;

export function cursorOf({ timeMs, id }: PageMark): string {
  return Buffer.from(`${timeMs}:${id}`).toString('base64url');
}

/** @throws InvalidInput */
export function markOf(cursor: string | undefined): PageMark | null {
  if (cursor === undefined) return null;
  const [, timeMs, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (timeMs === undefined) {
    const msg = 'must be the next_cursor of an earlier answer';
    throw new InvalidInput([{ loc: ['query', 'cursor'], msg, type: 'value_error' }]);
  }
  return { timeMs: Number(timeMs), id };
}
