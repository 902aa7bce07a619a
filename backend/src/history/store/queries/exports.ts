/** Whole tables as CSV, a chunk of lines at a time, or as one Parquet file. */
import type { ExportRequest } from '../../protocol.ts';
import { fileColumns, TABLES } from '../../tables.ts';
import type { Reading } from '../archive.ts';
import { quoted } from '../database.ts';
import { livesSql } from './alerts.ts';
import { oneOf } from './sql.ts';

/** Bytes handed over at once. */
const CHUNK_BYTES = 256 * 1024;
const UTC = 'UTC';

interface Selection {
  /** Common table expressions, or nothing. */
  readonly head: string;
  readonly from: string;
  /** Name and SQL of each column. */
  readonly columns: readonly (readonly [string, string])[];
  readonly order: string;
}

const INCIDENT_COLUMNS: readonly (readonly [string, string])[] = [
  ['alert_id', 'VARCHAR'],
  ['server_name', 'VARCHAR'],
  ['profile', 'VARCHAR'],
  ['opened', 'TIMESTAMP'],
  ['resolved', 'TIMESTAMP'],
  ['first_level', 'VARCHAR'],
  ['peak_level', 'VARCHAR'],
  ['peak_score', 'DOUBLE'],
  ['lead_seconds', 'DOUBLE'],
  ['cause_metric', 'VARCHAR'],
  ['message', 'VARCHAR'],
  ['last_message', 'VARCHAR'],
  ['events', 'BIGINT'],
];

function selectionOf(reading: Reading, { table, fromMs, toMs, servers }: ExportRequest): Selection {
  if (table === 'incidents') {
    return {
      head: `WITH ${livesSql(reading, fromMs, toMs)}`,
      from: `lives WHERE ${oneOf('server_name', servers)}`,
      columns: INCIDENT_COLUMNS,
      order: 'opened, alert_id',
    };
  }
  const definition = TABLES[table];
  const hasServers = definition.texts.includes('server_name');
  return {
    head: '',
    from: `${reading.source(table, fromMs, toMs)} WHERE ${hasServers ? oneOf('server_name', servers) : 'true'}`,
    columns: fileColumns(definition),
    // Files follow each other in time and are sorted within: a large export need not be sorted again.
    order: table === 'alerts' || table === 'environment' ? '"timestamp"' : '',
  };
}

/** A time as ISO 8601 in a zone. */
function isoSql(column: string, timeZone: string): string {
  const format = quoted('%Y-%m-%dT%H:%M:%S.%g');
  if (timeZone === UTC) return `strftime(${column}, ${format}) || 'Z'`;
  const local = `timezone(${quoted(timeZone)}, timezone('UTC', ${column}))`;
  const minutes = `((epoch_ms(${local}) - epoch_ms(${column})) // 60000)`;
  return `strftime(${local}, ${format}) || CASE WHEN ${minutes} < 0 THEN '-' ELSE '+' END
    || lpad((abs(${minutes}) // 60)::VARCHAR, 2, '0') || ':' || lpad((abs(${minutes}) % 60)::VARCHAR, 2, '0')`;
}

/** A field of a CSV line (RFC 4180); empty where there is no value. */
function fieldSql([name, type]: readonly [string, string], timeZone: string): string {
  const column = `"${name}"`;
  if (type === 'TIMESTAMP') return `coalesce(${isoSql(column, timeZone)}, '')`;
  if (type !== 'VARCHAR') return `coalesce(${column}::VARCHAR, '')`;
  const escaped = `'"' || replace(${column}, '"', '""') || '"'`;
  // A spreadsheet must not run what a server is called.
  const guarded = `CASE WHEN regexp_matches(${column}, '^[=+@\\t\\r-]') THEN '"''' || replace(${column}, '"', '""') || '"'
    WHEN regexp_matches(${column}, '[",\\r\\n]') THEN ${escaped} ELSE ${column} END`;
  return `coalesce(${guarded}, '')`;
}

/**
 * Sends a table as CSV.
 * @param send takes a chunk and resolves when the next may come; false: nobody reads any more
 */
export async function exportCsv(
  reading: Reading,
  request: ExportRequest,
  send: (bytes: Uint8Array) => Promise<boolean>,
): Promise<void> {
  const { head, from, columns, order } = selectionOf(reading, request);
  const line = columns.map((column) => fieldSql(column, request.timeZone)).join(" || ',' || ");
  const sql = `${head} SELECT ${line} FROM ${from}${order === '' ? '' : ` ORDER BY ${order}`}`;
  const result = await reading.connection.stream(sql);
  let text = `${columns.map(([name]) => name).join(',')}\n`;
  for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
    if (chunk.rowCount === 0) break;
    text += `${chunk.getColumnValues(0).join('\n')}\n`;
    if (text.length < CHUNK_BYTES) continue;
    if (!(await send(Buffer.from(text)))) return;
    text = '';
  }
  if (text !== '') await send(Buffer.from(text));
}

/** Writes a table as one Parquet file; its times are in UTC, as Parquet has them. */
export async function exportParquet(reading: Reading, request: ExportRequest, out: string): Promise<void> {
  const { head, from, columns, order } = selectionOf(reading, request);
  const names = columns.map(([name]) => `"${name}"`).join(', ');
  await reading.connection.run(
    `COPY (${head} SELECT ${names} FROM ${from}${order === '' ? '' : ` ORDER BY ${order}`}) TO ${quoted(out)}
     (FORMAT parquet, COMPRESSION zstd)`,
  );
}
