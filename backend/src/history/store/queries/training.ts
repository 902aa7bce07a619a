/** Measurements for a training: how much there is, and a file of them. */
import type { Extent, Questions, TrainingDataRequest, TrainingFile } from '../../protocol.ts';
import type { Reading } from '../archive.ts';
import { quoted } from '../database.ts';
import { timestamp } from '../partRows.ts';
import { epochMs, numberOrNull, oneOf } from './sql.ts';

async function extentOf(reading: Reading, rows: string): Promise<Extent> {
  const [row = []] = await reading.rows(`
    WITH measured AS (SELECT server_name, "timestamp" FROM ${rows}),
      servers AS (SELECT server_name, count(*) AS steps FROM measured GROUP BY server_name)
    SELECT (SELECT count(*) FROM measured)::DOUBLE, (SELECT count(*) FROM servers)::INTEGER,
      (SELECT median(steps) FROM servers)::DOUBLE, (SELECT ${epochMs('min("timestamp")')} FROM measured),
      (SELECT ${epochMs('max("timestamp")')} FROM measured)`);
  return {
    rows: Number(row[0] ?? 0),
    servers: Number(row[1] ?? 0),
    medianSteps: Number(row[2] ?? 0),
    fromMs: numberOrNull(row[3]),
    toMs: numberOrNull(row[4]),
  };
}

export function extent(reading: Reading, { fromMs, toMs }: Questions['extent']['ask']): Promise<Extent> {
  return extentOf(reading, reading.source('metrics', fromMs, toMs));
}

/** Servers of every profile in turn, the same ones each time. */
function chosenServers(measured: string, maxServers: number): string {
  return `SELECT server_name FROM (
    SELECT server_name, row_number() OVER (PARTITION BY profile ORDER BY hash(server_name)) AS turn
    FROM (SELECT server_name, any_value(profile) AS profile FROM ${measured} GROUP BY server_name))
    ORDER BY turn, server_name LIMIT ${maxServers}`;
}

/** Writes the rows of a span as a Parquet file that training reads, without those that are to be left out. */
export async function trainingData(reading: Reading, ask: TrainingDataRequest): Promise<TrainingFile> {
  await reading.connection.run('DROP TABLE IF EXISTS left_out');
  await reading.connection.run(
    'CREATE TEMP TABLE left_out (server_name VARCHAR, profile VARCHAR, since TIMESTAMP, until TIMESTAMP)',
  );
  for (const { server, profile, fromMs, toMs } of ask.without) {
    const names = [server, profile].map((name) => (name === null ? 'NULL' : quoted(name))).join(', ');
    await reading.connection.run(
      `INSERT INTO left_out VALUES (${names}, ${timestamp(fromMs)}, ${timestamp(toMs)})`,
    );
  }
  const all = reading.source('metrics', ask.fromMs, ask.toMs);
  const measured = `(SELECT * FROM ${all} WHERE ${oneOf('server_name', ask.servers ?? null)})`;
  const rows = `(SELECT * FROM ${measured} rows WHERE server_name IN (${chosenServers(measured, ask.maxServers)}) AND NOT EXISTS (
    SELECT 1 FROM left_out WHERE (left_out.server_name IS NULL OR left_out.server_name = rows.server_name)
      AND (left_out.profile IS NULL OR left_out.profile = rows.profile)
      AND rows."timestamp" >= left_out.since AND rows."timestamp" < left_out.until))`;
  await reading.connection.run(
    `COPY (SELECT * FROM ${rows} ORDER BY server_name, "timestamp") TO ${quoted(ask.out)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const written = `read_parquet(${quoted(ask.out)})`;
  const places = await reading.rows(`
    SELECT server_name, arg_max(time_zone, "timestamp"), arg_max(country, "timestamp") FROM ${written}
    WHERE time_zone IS NOT NULL GROUP BY server_name ORDER BY server_name`);
  return {
    ...(await extentOf(reading, written)),
    places: places.map(([server, timeZone, country]) => ({
      server: String(server),
      timeZone: String(timeZone),
      country: country === null ? null : String(country),
    })),
  };
}
