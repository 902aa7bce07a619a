/** What people say about alerts and times. */
import type { ProfileName } from '../catalog/profiles.ts';

export const VERDICTS = ['true', 'false'] as const;
/** Kinds whose time mutes alerts and is not learned from. */
export const WINDOW_KINDS = ['expected', 'maintenance'] as const;
export const ANNOTATION_KINDS = [...VERDICTS, ...WINDOW_KINDS] as const;
export type AnnotationKind = (typeof ANNOTATION_KINDS)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A time of the week by the clocks of a zone. */
export interface Recurrence {
  readonly days: readonly Weekday[];
  /** HH:MM */
  readonly start: string;
  readonly duration_minutes: number;
  /** IANA */
  readonly time_zone: string;
}

/** Servers that are meant: all where both lists are null, else those of either. */
export interface Scope {
  readonly server_names: readonly string[] | null;
  readonly profiles: readonly ProfileName[] | null;
}

export interface Annotation extends Scope {
  readonly id: string;
  readonly kind: AnnotationKind;
  /** The alert it judges, where it judges one. */
  readonly alert_id: string | null;
  readonly fromMs: number;
  /** Null: until it is deleted. */
  readonly toMs: number | null;
  /** Null: the whole time from `fromMs` to `toMs`. */
  readonly recurrence: Recurrence | null;
  readonly text: string;
  readonly createdMs: number;
  /** Name of the key it was made with, or the system it came from. */
  readonly author: string;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
