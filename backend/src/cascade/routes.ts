/** GET /cascade: servers that deviate, or lately deviated, together. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LEVELS, type LevelName } from '../catalog/levels.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { type Clock, DAY_MS, stepStartMs } from '../catalog/time.ts';
import { cascadeSentence, minutesOf } from './describe.ts';
import { SIGNALS } from './signals.ts';
import type { Cascade, CascadeView, CommonKind } from './types.ts';

const STATES = ['active', 'recent', 'all'] as const;
const COMMON_KINDS: readonly CommonKind[] = ['attribute', 'profile', 'name', 'fleet', 'none'];
const LONGEST_NAME = 255;
const DEFAULT_LIMIT = 100;
const MOST_ROWS = 500;
/** Cascades that ended longer ago are in the history of alerts only. */
const RECENT_MS = 7 * DAY_MS;

/** What an alert about a cascade tells about it; structural, because risk stands right of this stage. */
interface CascadeAlert {
  readonly level: LevelName;
  readonly score: number;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly group: Cascade | null;
}

export interface CascadeRouteOptions {
  readonly cascades: CascadeView;
  readonly alerts: {
    activeAlerts(): readonly CascadeAlert[];
    /** Newest alert events, oldest first. */
    recentAlertEvents(): readonly { readonly alert: CascadeAlert }[];
    assessmentOf(server: string): { readonly score: number; readonly level: LevelName } | undefined;
  };
  readonly clock: Clock;
}

const oneOf = <Word extends string>(words: readonly Word[]) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words] });
const timeSchema = Type.String({ format: 'date-time' });
const textOrNull = Type.Union([Type.String(), Type.Null()]);
const levelSchema = oneOf(LEVELS.map(({ name }) => name));
const metricSchema = oneOf(SIGNALS.map(({ name }) => name));

const memberSchema = Type.Object({
  server_name: Type.String(),
  profile: oneOf(PROFILES.map(({ name }) => name)),
  started_at: timeSchema,
  lag_minutes: Type.Number({ description: 'After the one that led' }),
  z: Type.Number({
    description: 'Largest deviation, in spreads beyond what the server shows at that time of day',
  }),
  correlation: Type.Number({ description: "With the cascade's course, at the best lag within half an hour" }),
  metric: metricSchema,
  deviating: Type.Boolean({ description: 'Whether it deviates now' }),
  risk_score: Type.Union([Type.Number(), Type.Null()]),
  level: Type.Union([levelSchema, Type.Null()]),
});

const cascadeSchema = Type.Object({
  id: Type.String(),
  state: oneOf(['active', 'ended'] as const),
  started_at: timeSchema,
  detected_at: timeSchema,
  updated_at: timeSchema,
  ended_at: Type.Union([timeSchema, Type.Null()]),
  level: levelSchema,
  risk_score: Type.Number({ description: 'Of the worst member' }),
  leader: Type.Object({
    server_name: Type.String(),
    lead_minutes: Type.Number({ description: 'Until the next one followed; 0: in the same five minutes' }),
    confidence: Type.Number({ description: 'Probability that no other member began before it' }),
  }),
  common: Type.Object({
    kind: oneOf(COMMON_KINDS),
    key: textOrNull,
    value: textOrNull,
    inside: Type.Number({ description: 'Share of the servers that have it that are members' }),
    outside: Type.Number({ description: 'Share of the other servers that are members' }),
    p_value: Type.Number({
      description: 'Chance of so many members having it, were they drawn from the fleet',
    }),
  }),
  metrics: Type.Array(
    Type.Object({ metric: metricSchema, direction: oneOf(['up', 'down'] as const), members: Type.Integer() }),
  ),
  members: Type.Array(memberSchema),
  message: Type.String(),
});

const answerSchema = Type.Object({
  timestamp: timeSchema,
  ready: Type.Boolean({ description: 'Whether any server is known well enough to be compared' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why not' }),
  active: Type.Integer(),
  cascades: Type.Array(cascadeSchema),
});

const querySchema = Type.Object({
  state: Type.Optional(oneOf(STATES)),
  server: Type.Optional(
    Type.String({ maxLength: LONGEST_NAME, description: 'Only those it is a member of' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_ROWS, default: DEFAULT_LIMIT })),
});

const isoTime = (ms: number): string => new Date(ms).toISOString();
const stepTime = (step: number): string => isoTime(stepStartMs(step));

/** A cascade with the alert about it. */
interface Told {
  readonly cascade: Cascade;
  readonly alert: CascadeAlert | undefined;
}

function tell({ cascade, alert }: Told, assessmentOf: CascadeRouteOptions['alerts']['assessmentOf']) {
  const isOver = alert !== undefined && alert.resolvedAtMs !== null;
  return {
    id: cascade.id,
    state: isOver ? ('ended' as const) : ('active' as const),
    started_at: stepTime(cascade.beganStep),
    detected_at: stepTime(cascade.detectedStep + 1),
    updated_at: stepTime(cascade.updatedStep + 1),
    ended_at: isOver ? isoTime(alert.resolvedAtMs ?? 0) : null,
    level: alert?.level ?? LEVELS[1].name,
    risk_score: alert?.score ?? 0,
    leader: {
      server_name: cascade.leader.server,
      lead_minutes: minutesOf(cascade.leader.leadSteps),
      confidence: cascade.leader.confidence,
    },
    common: {
      kind: cascade.common.kind,
      key: cascade.common.key,
      value: cascade.common.value,
      inside: cascade.common.inside,
      outside: cascade.common.outside,
      p_value: cascade.common.pValue,
    },
    metrics: cascade.channels.map(({ channel, members }) => ({
      metric: SIGNALS[channel.signal].name,
      direction: channel.direction,
      members,
    })),
    members: cascade.members.map((member) => {
      const assessment = isOver ? undefined : assessmentOf(member.server);
      return {
        server_name: member.server,
        profile: PROFILES[member.profile].name,
        started_at: stepTime(member.beganStep),
        lag_minutes: minutesOf(member.beganStep - cascade.beganStep),
        z: member.z,
        correlation: member.correlation,
        metric: SIGNALS[member.channel.signal].name,
        deviating: !isOver && member.deviating,
        risk_score: assessment?.score ?? null,
        level: assessment?.level ?? null,
      };
    }),
    message: cascadeSentence(cascade),
  };
}

/** Those that go on, newest first; a cascade found a moment ago may have no alert yet. */
function activeOnes({ cascades, alerts }: CascadeRouteOptions): readonly Told[] {
  const byId = new Map(alerts.activeAlerts().map((alert) => [alert.group?.id, alert]));
  return cascades
    .active()
    .map((cascade) => ({ cascade, alert: byId.get(cascade.id) }))
    .sort((a, b) => b.cascade.detectedStep - a.cascade.detectedStep);
}

/** Those that ended lately, the newest first. */
function endedOnes({ alerts, clock }: CascadeRouteOptions): readonly Told[] {
  const sinceMs = clock.now() - RECENT_MS;
  return alerts
    .recentAlertEvents()
    .flatMap(({ alert }) => (alert.group === null ? [] : [{ cascade: alert.group, alert }]))
    .filter(({ alert }) => (alert.resolvedAtMs ?? 0) >= sinceMs)
    .reverse();
}

export const cascadeRoutes: FastifyPluginAsyncTypebox<CascadeRouteOptions> = async (app, options) => {
  const { cascades, alerts, clock } = options;
  app.get(
    '/cascade',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Cascades'],
        summary: 'Servers that deviate together now, and those that did in the last seven days',
        querystring: querySchema,
        response: { 200: answerSchema },
      },
    },
    async ({ query }) => {
      const { state = 'all', server, limit = DEFAULT_LIMIT } = query;
      const active = activeOnes(options);
      const chosen = [
        ...(state === 'recent' ? [] : active),
        ...(state === 'active' ? [] : endedOnes(options)),
      ]
        .filter(({ cascade }) => server === undefined || cascade.members.some((one) => one.server === server))
        .slice(0, limit);
      return {
        timestamp: isoTime(clock.now()),
        ready: cascades.reasonUnready === null,
        reason: cascades.reasonUnready,
        active: active.length,
        cascades: chosen.map((told) => tell(told, (name) => alerts.assessmentOf(name))),
      };
    },
  );
};
