/** GET /alerts/active */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LEVELS } from '../../catalog/levels.ts';
import { PROFILES } from '../../catalog/profiles.ts';
import { TARGETS } from '../../catalog/targets.ts';
import type { Alert } from '../../risk/types.ts';
import { displayedDuration, isoTime } from '../format.ts';
import { levelSchema, orNull, profileSchema, scoreSchema, timeSchema } from '../schemas.ts';
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
          ({ server, level }) =>
            (query.server?.includes(server) ?? true) && (query.level?.includes(level) ?? true),
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
