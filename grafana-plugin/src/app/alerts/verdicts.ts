import type { IconName } from '@grafana/data';
import type { Annotation, AnnotationKind } from '../../data/annotations';

export interface Verdict {
  readonly kind: AnnotationKind;
  readonly label: string;
  /** Its shape: the word and the shape both say it. */
  readonly icon: IconName;
  /** What it does, a sentence. */
  readonly effect: string;
}

/** What can be said of an alert. */
export const VERDICTS: readonly Verdict[] = [
  {
    kind: 'true',
    label: 'True',
    icon: 'check-circle',
    effect: 'The warning was right. It counts in the report card.',
  },
  {
    kind: 'false',
    label: 'False alarm',
    icon: 'times-circle',
    effect: 'Nothing was wrong. It counts in the report card.',
  },
  {
    kind: 'expected',
    label: 'Expected',
    icon: 'clock-nine',
    effect:
      'It was meant to be like that, as in a load test. The server is muted for 8 h, and nothing is learned from this time.',
  },
  {
    kind: 'maintenance',
    label: 'Maintenance',
    icon: 'cog',
    effect: 'Somebody works on the server. It is muted for 8 h, and nothing is learned from this time.',
  },
];

export function verdictOf(kind: AnnotationKind): Verdict | undefined {
  return VERDICTS.find((verdict) => verdict.kind === kind);
}

/** The verdict that counts of each alert: the newest. */
export function newestByAlert(annotations: readonly Annotation[]): ReadonlyMap<string, Annotation> {
  const newest = new Map<string, Annotation>();
  for (const annotation of annotations) {
    const { alert_id: alertId } = annotation;
    if (alertId !== null && !newest.has(alertId)) newest.set(alertId, annotation);
  }
  return newest;
}
