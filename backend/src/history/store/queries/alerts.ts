/** Questions about alerts: their events, their whole lives, and what they come to. */
import { LEVELS } from '../../../catalog/levels.ts';
import { METRICS } from '../../../catalog/metrics.ts';
import { TARGETS } from '../../../catalog/targets.ts';
import type { AlertEventRow, IncidentRow, Questions, SummaryRow } from '../../protocol.ts';
import type { Reading } from '../archive.ts';
import { quoted, type Row } from '../database.ts';
import { timestamp } from '../partRows.ts';
import { epochMs, numberOrNull, oneOf, textOrNull } from './sql.ts';

/** Alerts may have been opened long before the time that is asked for, and be resolved after it. */
const ALL_TIME = { fromMs: 0, toMs: 8.64e15 / 1000 } as const;
/** A breach counts as prevented only where none is measured until this long after the alert was resolved. */
const BREACH_GRACE_MS = 30 * 60_000;

const LEVEL_RANK = `CASE new_level ${LEVELS.map(({ name }, rank) => `WHEN ${quoted(name)} THEN ${rank}`).join(' ')} END`;

export async function alertEvents(
  reading: Reading,
  ask: Questions['alerts']['ask'],
): Promise<readonly AlertEventRow[]> {
  const { fromMs, toMs, after, limit } = ask;
  const rows = await reading.rows(`
    WITH events AS (SELECT * FROM ${reading.source('alerts', fromMs, ALL_TIME.toMs)}),
      ends AS (SELECT alert_id, max(resolved_at) AS resolved FROM events GROUP BY alert_id)
    SELECT ${epochMs('"timestamp"')} AS time_ms, event_id, alert_id, server_name, profile, event_type, previous_level,
      new_level, risk_score, message, cause_metric, lead_seconds, ${epochMs('opened_at')}, ${epochMs('ends.resolved')}
    FROM events JOIN ends USING (alert_id)
    WHERE "timestamp" < ${timestamp(toMs)} AND ${oneOf('server_name', ask.servers)}
      AND ${oneOf('event_type', ask.eventTypes)} AND ${oneOf('new_level', ask.levels)}
      AND ${before('"timestamp"', 'event_id', after)}
    ORDER BY "timestamp" DESC, event_id DESC LIMIT ${limit}`);
  return rows.map(eventOf);
}

function before(time: string, id: string, mark: Questions['alerts']['ask']['after']): string {
  if (mark === null) return 'true';
  const at = timestamp(mark.timeMs);
  return `(${time} < ${at} OR (${time} = ${at} AND ${id} < ${quoted(mark.id)}))`;
}

function eventOf(row: Row): AlertEventRow {
  return {
    timeMs: Number(row[0]),
    eventId: String(row[1]),
    alertId: String(row[2]),
    server: String(row[3]),
    profile: String(row[4]),
    type: String(row[5]),
    previousLevel: String(row[6]),
    newLevel: String(row[7]),
    score: Number(row[8]),
    message: String(row[9]),
    causeMetric: textOrNull(row[10]),
    leadSeconds: numberOrNull(row[11]),
    openedMs: Number(row[12]),
    resolvedMs: numberOrNull(row[13]),
  };
}

/** Common table expressions: every alert's whole life, alive in a span. */
export function livesSql(reading: Reading, fromMs: number, toMs: number): string {
  return `
    events AS (SELECT *, ${LEVEL_RANK} AS rank FROM ${reading.source('alerts', ALL_TIME.fromMs, ALL_TIME.toMs)}),
    lives AS (
      SELECT alert_id, any_value(server_name) AS server_name, any_value(profile) AS profile, min(opened_at) AS opened,
        max(resolved_at) AS resolved, arg_min(new_level, "timestamp") AS first_level,
        arg_max(new_level, rank) AS peak_level, max(risk_score) AS peak_score,
        arg_min(lead_seconds, "timestamp") AS lead_seconds, arg_min(cause_metric, "timestamp") AS cause_metric,
        arg_min(message, "timestamp") AS message, arg_max(message, "timestamp") AS last_message,
        max(critical_threshold) AS critical_threshold, count(*) AS events
      FROM events GROUP BY alert_id
      HAVING min(opened_at) < ${timestamp(toMs)} AND coalesce(max(resolved_at) >= ${timestamp(fromMs)}, true))`;
}

export async function incidents(
  reading: Reading,
  ask: Questions['incidents']['ask'],
): Promise<readonly IncidentRow[]> {
  const { fromMs, toMs, after, limit, open } = ask;
  const isOpen = open === null ? 'true' : `(resolved IS NULL) = ${open}`;
  const rows = await reading.rows(`
    WITH ${livesSql(reading, fromMs, toMs)}
    SELECT alert_id, server_name, profile, ${epochMs('opened')}, ${epochMs('resolved')}, first_level, peak_level, peak_score,
      lead_seconds, cause_metric, message, last_message, events::INTEGER
    FROM lives WHERE ${oneOf('server_name', ask.servers)} AND ${oneOf('peak_level', ask.levels)} AND ${isOpen}
      AND ${before('opened', 'alert_id', after)}
    ORDER BY opened DESC, alert_id DESC LIMIT ${limit}`);
  return rows.map((row) => ({
    alertId: String(row[0]),
    server: String(row[1]),
    profile: String(row[2]),
    openedMs: Number(row[3]),
    resolvedMs: numberOrNull(row[4]),
    firstLevel: String(row[5]),
    peakLevel: String(row[6]),
    peakScore: Number(row[7]),
    leadSeconds: numberOrNull(row[8]),
    causeMetric: textOrNull(row[9]),
    message: String(row[10]),
    lastMessage: String(row[11]),
    events: Number(row[12]),
  }));
}

export async function summary(reading: Reading, ask: Questions['summary']['ask']): Promise<SummaryRow> {
  const { fromMs, toMs } = ask;
  const inSpan = (column: string) => `(${column} >= ${timestamp(fromMs)} AND ${column} < ${timestamp(toMs)})`;
  const health = await reading.rows(
    `SELECT avg(fleet_health) FROM ${reading.source('environment', fromMs, toMs)}`,
  );
  const rows = await reading.rows(`
    WITH ${livesSql(reading, fromMs, toMs)}
    SELECT peak_level, count(*) FILTER (WHERE ${inSpan('opened')})::INTEGER,
      count(*) FILTER (WHERE resolved IS NULL)::INTEGER,
      sum(epoch_ms(resolved) - epoch_ms(opened)) FILTER (WHERE ${inSpan('resolved')})::DOUBLE,
      count(*) FILTER (WHERE ${inSpan('resolved')})::INTEGER
    FROM lives GROUP BY peak_level`);
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
  const resolved = sum(4);
  return {
    byLevel: Object.fromEntries(rows.map((row) => [String(row[0]), Number(row[1])])),
    opened: sum(1),
    open: sum(2),
    meanResolutionMinutes: resolved === 0 ? null : sum(3) / resolved / 60_000,
    prevented: await prevented(reading, fromMs, toMs),
    meanHealth: numberOrNull(health[0]?.[0]),
  };
}

/** The value an alert's cause was measured at, by the name of the cause. */
const CAUSE_VALUE = `CASE lives.cause_metric ${TARGETS.map(({ name, metric, derivation }) => {
  const column = `measured."${METRICS[metric].name}"`;
  return `WHEN ${quoted(name)} THEN ${derivation === 'complement' ? `100 - ${column}` : column}`;
}).join(' ')} END`;

/** Alerts that reached critical and were resolved in a span without their cause measured past its critical threshold. */
async function prevented(reading: Reading, fromMs: number, toMs: number): Promise<number> {
  const lives = `WITH ${livesSql(reading, fromMs, toMs)}, critical AS (
    SELECT * FROM lives WHERE peak_level = 'critical' AND resolved >= ${timestamp(fromMs)}
      AND resolved < ${timestamp(toMs)})`;
  const found = await reading.rows(
    `${lives} SELECT count(*)::INTEGER, ${epochMs('min(opened)')}, ${epochMs('max(resolved)')} FROM critical`,
  );
  const [count, oldestMs, newestMs] = found[0] ?? [0];
  if (Number(count) === 0) return 0;
  const measured = reading.source(
    'metrics',
    Number(oldestMs) - BREACH_GRACE_MS,
    Number(newestMs) + BREACH_GRACE_MS,
  );
  const breached = await reading.rows(`${lives}
    SELECT count(DISTINCT lives.alert_id)::INTEGER FROM critical lives JOIN ${measured} measured
      ON measured.server_name = lives.server_name
      AND measured."timestamp" >= lives.opened
      AND epoch_ms(measured."timestamp") <= epoch_ms(lives.resolved) + ${BREACH_GRACE_MS}
    WHERE ${CAUSE_VALUE} >= lives.critical_threshold`);
  return Number(count) - Number(breached[0]?.[0] ?? 0);
}
