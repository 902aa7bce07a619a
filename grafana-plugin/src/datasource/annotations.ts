/** Alerts as annotations: regions from opening to end. Their colour is the annotation's; the level is told by its word. */
import type { AnnotationEvent, AnnotationSupport, DataFrame } from '@grafana/data';
import { of } from 'rxjs';
import { ALERT_FIELD } from '../shared/frames';
import { LEVELS } from '../shared/levels';
import { profileLabel } from '../shared/metrics';
import { annotationQuery } from './annotationQuery';
import { AnnotationQueryEditor } from './editors/AnnotationQueryEditor';
import type { ArgusQuery } from './types';

function reader(frame: DataFrame) {
  const columns = new Map(frame.fields.map(({ name, values }) => [name, values]));
  return {
    text: (name: string, row: number) => String(columns.get(name)?.[row] ?? ''),
    time: (name: string, row: number): number | undefined => {
      const value: unknown = columns.get(name)?.[row];
      return typeof value === 'number' ? value : undefined;
    },
  };
}

function eventsOf(frame: DataFrame, nowMs: number): AnnotationEvent[] {
  const read = reader(frame);
  return Array.from({ length: frame.length }, (_, row) => {
    const level = LEVELS.find(({ name }) => name === read.text(ALERT_FIELD.level, row));
    const end = read.time(ALERT_FIELD.timeEnd, row);
    const server = read.text(ALERT_FIELD.server, row);
    return {
      id: read.text(ALERT_FIELD.id, row),
      time: read.time(ALERT_FIELD.time, row),
      timeEnd: end ?? nowMs,
      isRegion: true,
      title: `${level?.label ?? 'Alert'}: ${server}${end === undefined ? ' (open)' : ''}`,
      text: escaped(read.text(ALERT_FIELD.message, row)),
      tags: [level?.label ?? 'Alert', server, profileLabel(read.text(ALERT_FIELD.profile, row))],
    };
  });
}

/** Grafana shows an annotation's text as HTML. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** @param now present time in ms; an open alert reaches up to it */
export function annotationSupport(now: () => number = Date.now): AnnotationSupport<ArgusQuery> {
  return {
    QueryEditor: AnnotationQueryEditor,
    getDefaultQuery: () => annotationQuery(undefined),
    prepareQuery: ({ target }) => annotationQuery(target),
    processEvents: (_annotation, frames) => of(frames.flatMap((frame) => eventsOf(frame, now()))),
  };
}
