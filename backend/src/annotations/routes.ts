/** POST /annotations, GET /annotations, DELETE /annotations/{id} */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { isTimeZone } from '../catalog/calendar.ts';
import { InvalidInput } from '../catalog/invalidInput.ts';
import { PROFILES, type ProfileName } from '../catalog/profiles.ts';
import { type Clock, HOUR_MS } from '../catalog/time.ts';
import { parseTimestamp } from '../ingest/feed/timestamps.ts';
import type { Alert, AlertEvent } from '../risk/types.ts';
import { AlertUnknown, AnnotationUnknown } from './errors.ts';
import type { Annotations } from './index.ts';
import {
  ANNOTATION_KINDS,
  type Annotation,
  type AnnotationKind,
  VERDICTS,
  WEEKDAYS,
  type Weekday,
} from './types.ts';
import { concerns, holdsAt, isWindow, timesWithin } from './windows.ts';

const TAGS = ['Annotations'];
const MINUTES_A_DAY = 1440;
const MOST_NAMES = 1000;
const MOST_ROWS = 10_000;
const LONGEST_TEXT = 2000;
const LONGEST_NAME = 255;
/** An alert said to be expected, and not resolved yet, is muted for a horizon from now on. */
const EXPECTED_MS = 8 * HOUR_MS;
const END_OF_TIME_MS = 8.64e15;

const oneOf = <Word extends string>(words: readonly Word[]) =>
  Type.Unsafe<Word>({ type: 'string', enum: [...words] });
const orNull = <Schema extends ReturnType<typeof Type.String>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const recurrenceSchema = Type.Object(
  {
    days: Type.Array(oneOf<Weekday>(WEEKDAYS), { minItems: 1, maxItems: 7 }),
    start: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', examples: ['02:00'] }),
    duration_minutes: Type.Integer({ minimum: 1, maximum: 7 * MINUTES_A_DAY }),
    time_zone: Type.String({ maxLength: 64, default: 'UTC' }),
  },
  { additionalProperties: false, description: 'Each week on these days, by the clocks of the zone' },
);

const names = Type.Array(Type.String({ minLength: 1, maxLength: LONGEST_NAME }), {
  minItems: 1,
  maxItems: MOST_NAMES,
});
const profiles = Type.Array(oneOf<ProfileName>(PROFILES.map(({ name }) => name)), {
  minItems: 1,
  maxItems: 100,
});

const bodySchema = Type.Object(
  {
    kind: oneOf<AnnotationKind>(ANNOTATION_KINDS),
    alert_id: Type.Optional(Type.String({ maxLength: 100, description: 'The alert that is judged' })),
    server_names: Type.Optional(names),
    profiles: Type.Optional(profiles),
    from: Type.Optional(Type.String({ description: "ISO 8601; by default the alert's opening, or now" })),
    to: Type.Optional(
      Type.String({
        description:
          "ISO 8601; by default the alert's resolution, or 8 h from now. A recurring window without one goes on until it is deleted",
      }),
    ),
    recurrence: Type.Optional(recurrenceSchema),
    text: Type.String({ maxLength: LONGEST_TEXT, default: '' }),
  },
  { additionalProperties: false },
);
type Body = Static<typeof bodySchema>;

const annotationSchema = Type.Object({
  id: Type.String(),
  kind: oneOf<AnnotationKind>(ANNOTATION_KINDS),
  alert_id: orNull(Type.String()),
  server_names: Type.Union([Type.Array(Type.String()), Type.Null()]),
  profiles: Type.Union([Type.Array(Type.String()), Type.Null()]),
  from: Type.String(),
  to: orNull(Type.String()),
  recurrence: Type.Union([recurrenceSchema, Type.Null()]),
  text: Type.String(),
  created_at: Type.String(),
  author: Type.String(),
  active: Type.Boolean({ description: 'Whether it mutes alerts now' }),
});

export interface AnnotationRoutesOptions {
  readonly annotations: Annotations;
  readonly clock: Clock;
  readonly risk: {
    activeAlerts(): readonly Alert[];
    recentAlertEvents(): readonly AlertEvent[];
  };
  readonly fleet: { byName(name: string): { readonly profile: number } | undefined };
}

function answerOf(annotation: Annotation, nowMs: number) {
  const { id, kind, alert_id, server_names, profiles: profileNames, recurrence, text, author } = annotation;
  return {
    id,
    kind,
    alert_id,
    server_names: server_names && [...server_names],
    profiles: profileNames && [...profileNames],
    from: new Date(annotation.fromMs).toISOString(),
    to: annotation.toMs === null ? null : new Date(annotation.toMs).toISOString(),
    recurrence: recurrence && { ...recurrence, days: [...recurrence.days] },
    text,
    created_at: new Date(annotation.createdMs).toISOString(),
    author,
    active: isWindow(annotation) && holdsAt(annotation, nowMs),
  };
}

function invalid(field: string, msg: string, part = 'body'): InvalidInput {
  return new InvalidInput([{ loc: [part, field], msg, type: 'value_error' }]);
}

function timeOf(field: string, text: string | undefined, part = 'body'): number | undefined {
  if (text === undefined) return undefined;
  const timeMs = parseTimestamp(text);
  if (Number.isNaN(timeMs)) {
    throw invalid(field, 'must be a date and time such as 2026-01-31T08:00:00Z', part);
  }
  return timeMs;
}

/** An alert as it was last announced. @throws AlertUnknown */
function alertOf(id: string, risk: AnnotationRoutesOptions['risk']): Alert {
  const open = risk.activeAlerts().find((alert) => alert.id === id);
  const found = open ?? risk.recentAlertEvents().findLast(({ alert }) => alert.id === id)?.alert;
  if (found === undefined) throw new AlertUnknown(id);
  return found;
}

function checkScope(body: Body): void {
  const isVerdict = (VERDICTS as readonly string[]).includes(body.kind);
  if (isVerdict && body.alert_id === undefined) {
    throw invalid('alert_id', `is needed: "${body.kind}" is said of an alert`);
  }
  if (body.alert_id !== undefined && (body.server_names ?? body.profiles ?? body.recurrence) !== undefined) {
    throw invalid(
      'alert_id',
      'names its server and time itself; leave server_names, profiles and recurrence out',
    );
  }
  if (body.recurrence !== undefined && !isTimeZone(body.recurrence.time_zone)) {
    throw invalid(
      'recurrence',
      `"${body.recurrence.time_zone}" is no time zone; use an IANA name such as Europe/Berlin`,
    );
  }
}

/** What is said of a cascade is said of all that were part of it. */
function serversOf({ server, group }: Alert): readonly string[] {
  return group === null ? [server] : group.members.map((member) => member.server).sort();
}

function annotationOf(
  body: Body,
  author: string,
  { clock, risk }: AnnotationRoutesOptions,
): Omit<Annotation, 'id' | 'createdMs'> {
  checkScope(body);
  const alert = body.alert_id === undefined ? undefined : alertOf(body.alert_id, risk);
  const nowMs = clock.now();
  const fromMs = timeOf('from', body.from) ?? alert?.openedAtMs ?? nowMs;
  const untilMs = timeOf('to', body.to) ?? alert?.resolvedAtMs ?? null;
  const toMs = untilMs ?? (body.recurrence === undefined ? nowMs + EXPECTED_MS : null);
  if (toMs !== null && toMs <= fromMs) throw invalid('to', 'must lie after from');
  return {
    kind: body.kind,
    alert_id: alert?.id ?? null,
    server_names: alert === undefined ? (body.server_names ?? null) : serversOf(alert),
    profiles: body.profiles ?? null,
    fromMs,
    toMs,
    recurrence: body.recurrence ?? null,
    text: body.text,
    author,
  };
}

export const annotationRoutes: FastifyPluginAsyncTypebox<AnnotationRoutesOptions> = async (app, options) => {
  const { annotations, clock, fleet } = options;
  app.post(
    '/annotations',
    {
      config: { scope: 'admin' },
      schema: {
        tags: TAGS,
        summary: 'Judge an alert, or name a time in which alerts are muted and nothing is learned',
        body: bodySchema,
        response: { 201: annotationSchema },
      },
    },
    async ({ body, identification }, reply) => {
      const author = typeof identification === 'object' ? identification.name : 'local';
      const made = await annotations.add(annotationOf(body, author, options));
      return reply.code(201).send(answerOf(made, clock.now()));
    },
  );

  app.get(
    '/annotations',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'What people have said, newest first',
        querystring: Type.Object({
          from: Type.Optional(Type.String({ description: 'Only those that hold at or after this time' })),
          to: Type.Optional(Type.String({ description: 'Only those that hold before this time' })),
          kind: Type.Optional(Type.Array(oneOf<AnnotationKind>(ANNOTATION_KINDS))),
          server_name: Type.Optional(Type.String({ maxLength: LONGEST_NAME })),
          alert_id: Type.Optional(Type.String({ maxLength: 100 })),
          active: Type.Optional(Type.Boolean({ description: 'Only those that mute alerts now, or do not' })),
          limit: Type.Integer({ minimum: 1, maximum: MOST_ROWS, default: 1000 }),
        }),
        response: {
          200: Type.Object({ count: Type.Integer(), annotations: Type.Array(annotationSchema) }),
        },
      },
    },
    async ({ query }) => {
      const nowMs = clock.now();
      const fromMs = timeOf('from', query.from, 'query') ?? 0;
      const span = { fromMs, toMs: timeOf('to', query.to, 'query') ?? END_OF_TIME_MS };
      const isMeant = (one: Annotation): boolean => {
        const profile =
          query.server_name === undefined ? undefined : fleet.byName(query.server_name)?.profile;
        return (
          (query.kind?.includes(one.kind) ?? true) &&
          (query.alert_id ?? one.alert_id) === one.alert_id &&
          (query.server_name === undefined || concerns(one, query.server_name, profile ?? null)) &&
          (query.active ?? (isWindow(one) && holdsAt(one, nowMs))) ===
            (isWindow(one) && holdsAt(one, nowMs)) &&
          holdsWithin(one, span)
        );
      };
      const found = [...annotations.all()].filter(isMeant).sort((a, b) => b.createdMs - a.createdMs);
      const shown = found.slice(0, query.limit).map((one) => answerOf(one, nowMs));
      return { count: shown.length, annotations: shown };
    },
  );

  app.delete(
    '/annotations/:id',
    {
      config: { scope: 'admin' },
      schema: {
        tags: TAGS,
        summary: 'Take an annotation back',
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: { 200: Type.Object({ success: Type.Boolean() }) },
      },
    },
    async ({ params: { id } }) => {
      if (!(await annotations.remove(id))) throw new AnnotationUnknown(id);
      return { success: true };
    },
  );
};

/** Whether it holds in a span; of recurring ones in a span without end, only whether it has not ended before. */
function holdsWithin(annotation: Annotation, span: { fromMs: number; toMs: number }): boolean {
  const isBounded = span.toMs < END_OF_TIME_MS && span.fromMs > 0;
  return timesWithin(isBounded ? annotation : { ...annotation, recurrence: null }, span).length > 0;
}
