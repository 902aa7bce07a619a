/** Questions about the fleet as a whole. */
import type { EnvironmentRow, Questions } from '../../protocol.ts';
import { ENVIRONMENT_NUMBERS } from '../../tables.ts';
import type { Reading } from '../archive.ts';
import { timestamp } from '../partRows.ts';
import { epochMs, numberOrNull } from './sql.ts';

export async function environment(
  reading: Reading,
  { fromMs, toMs, after, limit }: Questions['environment']['ask'],
): Promise<readonly EnvironmentRow[]> {
  const columns = ENVIRONMENT_NUMBERS.map((name) => `"${name}"`).join(', ');
  const isAfter = after === null ? 'true' : `"timestamp" > ${timestamp(after.timeMs)}`;
  const rows = await reading.rows(`
    SELECT ${epochMs('"timestamp"')}, ${columns} FROM ${reading.source('environment', fromMs, toMs)}
    WHERE ${isAfter} ORDER BY "timestamp" LIMIT ${limit}`);
  return rows.map(([timeMs, ...values]) => ({ timeMs: Number(timeMs), values: values.map(numberOrNull) }));
}
