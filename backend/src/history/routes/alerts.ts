/** GET /historical/summary, /historical/alerts, /historical/incidents, /historical/environment */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { LevelName } from '../../catalog/levels.ts';
import type { ProfileName } from '../../catalog/profiles.ts';
import { MINUTE_MS } from '../../catalog/time.ts';
import { LEVEL_NAMES } from '../../risk/fleetSummary.ts';
import type { AlertEventType } from '../../risk/types.ts';
import { cursorOf, markOf } from '../cursor.ts';
import type { AlertEventRow, EnvironmentRow, IncidentRow, PageMark } from '../protocol.ts';
import { type Range, rangeOf, zonedTime } from '../range.ts';
import { ENVIRONMENT_NUMBERS } from '../tables.ts';
import type { HistoryRouteOptions } from './index.ts';
import {
  level,
  numberOrNull,
  oneOf,
  pageAnswer,
  pageQuery,
  profile,
  rangeAnswer,
  rangeQuery,
  serversQuery,
  severalOf,
  textOrNull,
  time,
  timeOrNull,
} from './schemas.ts';

const TAGS = ['History'];
/** Levels an alert can have. */
const ALERT_LEVELS = LEVEL_NAMES.filter((name) => name !== 'healthy');
const EVENT_TYPES: readonly AlertEventType[] = ['opened', 'escalated', 'deescalated', 'resolved'];

const summaryAnswer = Type.Object({
  ...rangeAnswer,
  total_alerts: Type.Integer({ description: 'Alerts opened in the range' }),
  alerts_by_level: Type.Object(Object.fromEntries(ALERT_LEVELS.map((name) => [name, Type.Integer()])), {
    description: 'The same by the highest level each has reached',
  }),
  avg_resolution_time_minutes: numberOrNull,
  incidents_prevented: Type.Integer({
    description:
      'Alerts that reached critical and were resolved in the range without their cause measured past its critical threshold',
  }),
  fleet_health_avg: numberOrNull,
  open_alerts: Type.Integer({ description: 'Of the alerts alive in the range, those not resolved yet' }),
});

const alertRow = Type.Object({
  timestamp: time,
  server_name: Type.String(),
  event_type: oneOf(EVENT_TYPES),
  previous_level: level,
  new_level: level,
  risk_score: Type.Number(),
  resolved_at: timeOrNull,
  resolution_duration_minutes: numberOrNull,
  event_id: Type.String(),
  alert_id: Type.String(),
  profile,
  message: Type.String(),
  lead_seconds: numberOrNull,
  cause_metric: textOrNull,
  opened_at: time,
});

const incidentRow = Type.Object({
  alert_id: Type.String(),
  server_name: Type.String(),
  profile,
  opened_at: time,
  resolved_at: timeOrNull,
  duration_minutes: numberOrNull,
  first_level: level,
  peak_level: level,
  peak_score: Type.Number(),
  lead_seconds: numberOrNull,
  cause_metric: textOrNull,
  message: Type.String({ description: 'As it was opened' }),
  last_message: Type.String(),
  events: Type.Integer(),
});

const COUNTS = ENVIRONMENT_NUMBERS.filter((name) => name.endsWith('_count') || name === 'total_servers');
const snapshotRow = Type.Object({
  timestamp: time,
  ...Object.fromEntries(COUNTS.map((name) => [name, Type.Integer()])),
  fleet_health: numberOrNull,
  failure_probability_30m: numberOrNull,
  failure_probability_8h: numberOrNull,
});

export function rangeFields({ word, fromMs, toMs, timeZone }: Range) {
  return {
    success: true,
    time_range: word,
    from: zonedTime(fromMs, timeZone),
    to: zonedTime(toMs, timeZone),
  };
}

function minutes(fromMs: number, toMs: number | null): number | null {
  return toMs === null ? null : (toMs - fromMs) / MINUTE_MS;
}

/** The rows of a page, of which one more was asked for, and where the next one begins. */
function paged<Row>(rows: readonly Row[], limit: number, mark: (row: Row) => PageMark) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { shown, fields: { count: shown.length, next_cursor: hasMore ? cursorOf(mark(last)) : null } };
}

function alertFields(row: AlertEventRow, timeZone: string) {
  const at = (timeMs: number) => zonedTime(timeMs, timeZone);
  return {
    timestamp: at(row.timeMs),
    server_name: row.server,
    event_type: row.type as AlertEventType,
    previous_level: row.previousLevel as LevelName,
    new_level: row.newLevel as LevelName,
    risk_score: row.score,
    resolved_at: row.resolvedMs === null ? null : at(row.resolvedMs),
    resolution_duration_minutes: minutes(row.openedMs, row.resolvedMs),
    event_id: row.eventId,
    alert_id: row.alertId,
    profile: row.profile as ProfileName,
    message: row.message,
    lead_seconds: row.leadSeconds,
    cause_metric: row.causeMetric,
    opened_at: at(row.openedMs),
  };
}

function incidentFields(row: IncidentRow, timeZone: string) {
  const at = (timeMs: number) => zonedTime(timeMs, timeZone);
  return {
    alert_id: row.alertId,
    server_name: row.server,
    profile: row.profile as ProfileName,
    opened_at: at(row.openedMs),
    resolved_at: row.resolvedMs === null ? null : at(row.resolvedMs),
    duration_minutes: minutes(row.openedMs, row.resolvedMs),
    first_level: row.firstLevel as LevelName,
    peak_level: row.peakLevel as LevelName,
    peak_score: row.peakScore,
    lead_seconds: row.leadSeconds,
    cause_metric: row.causeMetric,
    message: row.message,
    last_message: row.lastMessage,
    events: row.events,
  };
}

function snapshotFields({ timeMs, values }: EnvironmentRow, timeZone: string) {
  const named = Object.fromEntries(ENVIRONMENT_NUMBERS.map((name, i) => [name, values[i]]));
  const counts = Object.fromEntries(COUNTS.map((name) => [name, named[name] ?? 0]));
  return {
    timestamp: zonedTime(timeMs, timeZone),
    ...counts,
    fleet_health: named.fleet_health,
    failure_probability_30m: named.failure_probability_30m,
    failure_probability_8h: named.failure_probability_8h,
  };
}

export const alertHistoryRoutes: FastifyPluginAsyncTypebox<HistoryRouteOptions> = async (
  app,
  { view, clock },
) => {
  app.get(
    '/historical/summary',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'Alerts and health of a time in a few numbers',
        querystring: Type.Object(rangeQuery),
        response: { 200: summaryAnswer },
      },
    },
    async ({ query }) => {
      const range = rangeOf(query, clock.now(), '1d');
      const sums = await view.ask('summary', range);
      return {
        ...rangeFields(range),
        total_alerts: sums.opened,
        alerts_by_level: Object.fromEntries(ALERT_LEVELS.map((name) => [name, sums.byLevel[name] ?? 0])),
        avg_resolution_time_minutes: sums.meanResolutionMinutes,
        incidents_prevented: sums.prevented,
        fleet_health_avg: sums.meanHealth,
        open_alerts: sums.open,
      };
    },
  );

  app.get(
    '/historical/alerts',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'Alert events of a time, newest first',
        querystring: Type.Object({
          ...rangeQuery,
          ...serversQuery,
          event_type: severalOf(EVENT_TYPES, 'Only events of these kinds'),
          level: severalOf(LEVEL_NAMES, 'Only events that led to these levels'),
          ...pageQuery,
        }),
        response: { 200: Type.Object({ ...rangeAnswer, ...pageAnswer, alerts: Type.Array(alertRow) }) },
      },
    },
    async ({ query }) => {
      const range = rangeOf(query, clock.now(), '1h');
      const rows = await view.ask('alerts', {
        ...range,
        servers: query.server_name ?? null,
        eventTypes: query.event_type ?? null,
        levels: query.level ?? null,
        limit: query.limit + 1,
        after: markOf(query.cursor),
      });
      const page = paged(rows, query.limit, ({ timeMs, eventId }) => ({ timeMs, id: eventId }));
      const alerts = page.shown.map((row) => alertFields(row, range.timeZone));
      return { ...rangeFields(range), ...page.fields, alerts };
    },
  );

  app.get(
    '/historical/incidents',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'Alerts alive in a time, each with its whole life, newest first',
        querystring: Type.Object({
          ...rangeQuery,
          ...serversQuery,
          level: severalOf(LEVEL_NAMES, 'Only alerts whose highest level was one of these'),
          open: Type.Optional(Type.Boolean({ description: 'Only those open now, or only those resolved' })),
          ...pageQuery,
        }),
        response: { 200: Type.Object({ ...rangeAnswer, ...pageAnswer, incidents: Type.Array(incidentRow) }) },
      },
    },
    async ({ query }) => {
      const range = rangeOf(query, clock.now(), '1d');
      const rows = await view.ask('incidents', {
        ...range,
        servers: query.server_name ?? null,
        levels: query.level ?? null,
        open: query.open ?? null,
        limit: query.limit + 1,
        after: markOf(query.cursor),
      });
      const page = paged(rows, query.limit, ({ openedMs, alertId }) => ({ timeMs: openedMs, id: alertId }));
      const shown = page.shown.map((row) => incidentFields(row, range.timeZone));
      return { ...rangeFields(range), ...page.fields, incidents: shown };
    },
  );

  app.get(
    '/historical/environment',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'The fleet after each forecast cycle of a time, oldest first',
        querystring: Type.Object({ ...rangeQuery, ...pageQuery }),
        response: { 200: Type.Object({ ...rangeAnswer, ...pageAnswer, snapshots: Type.Array(snapshotRow) }) },
      },
    },
    async ({ query }) => {
      const range = rangeOf(query, clock.now(), '1h');
      const after = markOf(query.cursor);
      const rows = await view.ask('environment', { ...range, limit: query.limit + 1, after });
      const page = paged(rows, query.limit, ({ timeMs }) => ({ timeMs, id: '' }));
      const snapshots = page.shown.map((row) => snapshotFields(row, range.timeZone));
      return { ...rangeFields(range), ...page.fields, snapshots };
    },
  );
};
