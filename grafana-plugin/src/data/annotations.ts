/** What people say of alerts and times: GET, POST and DELETE /annotations. */
import * as v from 'valibot';
import type { ArgusClient } from './client';
import { ArgusError } from './errors';

export const ANNOTATION_KINDS = ['true', 'false', 'expected', 'maintenance'] as const;
export type AnnotationKind = (typeof ANNOTATION_KINDS)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const recurrenceSchema = v.object({
  days: v.array(v.picklist(WEEKDAYS)),
  /** HH:MM */
  start: v.string(),
  duration_minutes: v.number(),
  /** IANA */
  time_zone: v.string(),
});

const names = v.nullable(v.array(v.string()));

const annotationSchema = v.object({
  id: v.string(),
  kind: v.picklist(ANNOTATION_KINDS),
  alert_id: v.nullable(v.string()),
  /** Both lists null: every server. */
  server_names: names,
  profiles: names,
  from: v.string(),
  /** Null: until it is deleted. */
  to: v.nullable(v.string()),
  recurrence: v.nullable(recurrenceSchema),
  text: v.string(),
  created_at: v.string(),
  /** Name of the key it was made with, or the system it came from. */
  author: v.string(),
  /** Whether it mutes alerts now. */
  active: v.boolean(),
});

const listSchema = v.object({ count: v.number(), annotations: v.array(annotationSchema) });
const removedSchema = v.object({ success: v.boolean() });

export type Annotation = v.InferOutput<typeof annotationSchema>;
export type Annotations = v.InferOutput<typeof listSchema>;
export type Recurrence = v.InferOutput<typeof recurrenceSchema>;

export interface AnnotationFilter {
  /** Only those that hold at or after this time, in milliseconds. */
  readonly fromMs?: number;
  /** Only those that concern this server. */
  readonly server?: string;
}

/** A verdict on an alert; its server and time are the alert's. */
export interface VerdictOrder {
  readonly kind: AnnotationKind;
  readonly alert_id: string;
  readonly text?: string;
}

/** A time in which alerts of some servers are muted and nothing is learned. */
export interface WindowOrder {
  readonly kind: 'maintenance' | 'expected';
  readonly server_names?: readonly string[];
  readonly profiles?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly recurrence?: Recurrence;
  readonly text: string;
}

/** As many as the backend gives at once. */
const MOST = 10_000;

/**
 * What people have said, newest first.
 * @throws ArgusError `unsupported` where the backend keeps none
 */
export function fetchAnnotations(
  client: ArgusClient,
  { fromMs, server }: AnnotationFilter,
  signal?: AbortSignal,
): Promise<Annotations> {
  const from = fromMs === undefined ? undefined : new Date(fromMs).toISOString();
  return client.get('/annotations', listSchema, {
    params: { from, server_name: server, limit: MOST },
    signal,
  });
}

/** Keeps an annotation. Editors only: Grafana's route sees to it. */
export function addAnnotation(client: ArgusClient, order: VerdictOrder | WindowOrder): Promise<Annotation> {
  return client.post('/annotations', annotationSchema, { body: order });
}

/** Takes an annotation back; one that is gone already is as wanted. */
export async function removeAnnotation(client: ArgusClient, id: string): Promise<void> {
  try {
    await client.delete(`/annotations/${encodeURIComponent(id)}`, removedSchema);
  } catch (error) {
    if (error instanceof ArgusError && error.code === 'ARGUS_ANNOTATION_UNKNOWN') return;
    throw error;
  }
}
