/** GET /alerts/active */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LEVELS } from '../../catalog/levels.ts';
import { PROFILES } from '../../catalog/profiles.ts';
import { TARGETS } from '../../catalog/targets.ts';
import { type Alert, isGrouped } from '../../risk/types.ts';
import { displayedDuration, isoTime } from '../format.ts';
import { levelSchema, oneOf, orNull, profileSchema, scoreSchema, timeSchema } from '../schemas.ts';
import type { ApiSources } from '../sources.ts';

const alertSchema = Type.Object({
  server_name: Type.String(),
  level: levelSchema,
  risk_score: scoreSchema,
  profile: profileSchema,
  message: Type.String(),
  time_to_issue: orNull(Type.String(), {
    description: 'Until the expected breach; null where none is in sight',
    examples: ['45 minutes'],
  }),
  lead_seconds: orNull(Type.Number()),
  cause_metric: orNull(Type.String()),
  id: Type.String(),
  kind: oneOf(['server', 'cascade'] as const, {
    description:
      'Whether it is about a server, or about servers that deviate together; server_name is then the one that led',
  }),
  cascade: orNull(Type.String(), { description: 'Id of the cascade it is about or part of' }),
  members: orNull(Type.Array(Type.String()), {
    description: 'Servers of a cascade; null for an alert about one server',
  }),
  opened_at: timeSchema,
  updated_at: timeSchema,
  muted: Type.Boolean({ description: 'Whether an annotation says that it is expected now, or maintenance' }),
  muted_by: orNull(Type.String(), { description: 'Id of that annotation' }),
});

const answerSchema = Type.Object(
  { timestamp: timeSchema, count: Type.Integer(), alerts: Type.Array(alertSchema) },
  { description: 'Open alerts' },
);

const querySchema = Type.Object({
  server: Type.Optional(Type.Array(Type.String(), { maxItems: 100, description: 'Only these servers' })),
  level: Type.Optional(Type.Array(levelSchema, { description: 'Only these levels' })),
  grouped: Type.Optional(
    Type.Boolean({
      description:
        'Also alerts of members of a cascade, for which its own alert speaks; left out unless they are critical or their server is asked for',
    }),
  ),
  muted: Type.Optional(Type.Boolean({ description: 'Only muted alerts, or only those that are not' })),
});

const levelRank: ReadonlyMap<string, number> = new Map(LEVELS.map(({ name }, rank) => [name, rank]));

/** Worst first: by level, then by score. */
export function byUrgency(a: Alert, b: Alert): number {
  const byLevel = (levelRank.get(b.level) ?? 0) - (levelRank.get(a.level) ?? 0);
  return byLevel !== 0 ? byLevel : b.score - a.score;
}

function alertAnswer(alert: Alert, mutedBy: string | null) {
  return {
    server_name: alert.server,
    level: alert.level,
    risk_score: alert.score,
    profile: PROFILES[alert.profile].name,
    message: alert.message,
    time_to_issue: alert.leadSeconds === null ? null : displayedDuration(alert.leadSeconds),
    lead_seconds: alert.leadSeconds,
    cause_metric: alert.causeTarget < 0 ? null : TARGETS[alert.causeTarget].name,
    id: alert.id,
    kind: alert.kind,
    cascade: alert.cascade,
    members: alert.group?.members.map(({ server }) => server) ?? null,
    opened_at: isoTime(alert.openedAtMs),
    updated_at: isoTime(alert.updatedAtMs),
    muted: mutedBy !== null,
    muted_by: mutedBy,
  };
}

export const alertRoutes: FastifyPluginAsyncTypebox<{ readonly sources: ApiSources }> = async (
  app,
  { sources },
) => {
  app.get(
    '/alerts/active',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Alerts'],
        summary: 'Alerts that are open, the most urgent first',
        querystring: querySchema,
        response: {
          200: answerSchema,
        },
      },
    },
    async ({ query }) => {
      const alerts = sources.risk
        .activeAlerts()
        .filter(
          (alert) =>
            (query.server?.includes(alert.server) ?? true) &&
            (query.level?.includes(alert.level) ?? true) &&
            (query.grouped === true || query.server !== undefined || !isGrouped(alert)),
        )
        .sort(byUrgency)
        .map((alert) =>
          alertAnswer(alert, sources.annotations.muteOf(alert.server, alert.profile)?.id ?? null),
        )
        .filter(({ muted }) => (query.muted ?? muted) === muted);
      return { timestamp: isoTime(sources.clock.now()), count: alerts.length, alerts };
    },
  );
};
