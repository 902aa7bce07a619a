/** Questions about one server: its risk in a few numbers, and as a series. */
import { LEVELS } from '../../../catalog/levels.ts';
import type { Questions, RiskSeriesAnswer, ServerRow } from '../../protocol.ts';
import { RISK_NUMBERS } from '../../tables.ts';
import type { Reading } from '../archive.ts';
import { quoted } from '../database.ts';
import { fullColumn, gridOf, meansOver, wideGrid } from './grid.ts';
import { epochMs, numberOrNull } from './sql.ts';

/** A line through fewer assessments says nothing. */
const MIN_ASSESSMENTS = 3;

export async function server(reading: Reading, ask: Questions['server']['ask']): Promise<ServerRow> {
  const { fromMs, toMs } = ask;
  const isServer = `server_name = ${quoted(ask.server)}`;
  const alerts = await reading.rows(`
    SELECT count(DISTINCT alert_id)::INTEGER FROM ${reading.source('alerts', fromMs, toMs)} WHERE ${isServer}`);
  const shares = LEVELS.map(({ name }) => `avg((level = ${quoted(name)})::INTEGER)`).join(', ');
  const [row = []] = await reading.rows(`
    SELECT count(risk_score)::INTEGER, avg(risk_score), max(risk_score),
      regr_slope(risk_score, epoch_ms("timestamp")::DOUBLE) * (epoch_ms(max("timestamp")) - epoch_ms(min("timestamp"))),
      ${shares}
    FROM ${reading.source('forecasts', fromMs, toMs)} WHERE ${isServer} AND risk_score IS NOT NULL`);
  const assessments = Number(row[0] ?? 0);
  const known = assessments > 0 || Number(alerts[0]?.[0] ?? 0) > 0 || (await isKnown(reading, ask));
  return {
    known,
    alerts: Number(alerts[0]?.[0] ?? 0),
    assessments,
    meanScore: numberOrNull(row[1]),
    maxScore: numberOrNull(row[2]),
    rise: assessments < MIN_ASSESSMENTS ? null : numberOrNull(row[3]),
    shares:
      assessments === 0
        ? null
        : Object.fromEntries(LEVELS.map(({ name }, i) => [name, Number(row[4 + i] ?? 0)])),
  };
}

/** Whether a measurement of the server is kept in the span. */
export async function isKnown(
  reading: Reading,
  { fromMs, toMs, server: name }: Questions['server']['ask'],
): Promise<boolean> {
  const rows = await reading.rows(
    `SELECT 1 FROM ${reading.source('metrics', fromMs, toMs)} WHERE server_name = ${quoted(name)} LIMIT 1`,
  );
  return rows.length > 0;
}

export async function risk(reading: Reading, ask: Questions['risk']['ask']): Promise<RiskSeriesAnswer> {
  const { fromMs, toMs } = ask;
  const fine = gridOf(fromMs, toMs);
  const names = RISK_NUMBERS.map((name) => `"${name}"`).join(', ');
  const rows = await reading.rows(`
    SELECT ${epochMs('"timestamp"')}, ${names} FROM ${reading.source('forecasts', fromMs, toMs)}
    WHERE server_name = ${quoted(ask.server)}`);
  const columns = RISK_NUMBERS.map((_, i) => fullColumn(fine.count, rows, 1 + i, fine.firstMs));
  const { grid, width } = wideGrid(fine, ask.maxPoints);
  return {
    known: rows.length > 0 || (await isKnown(reading, ask)),
    grid,
    columns: columns.map((column) => meansOver(column, width)),
  };
}
