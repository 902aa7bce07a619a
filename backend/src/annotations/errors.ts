import createError from '@fastify/error';

export const AnnotationUnknown = createError<[string]>(
  'ARGUS_ANNOTATION_UNKNOWN',
  'There is no annotation "%s"; GET /annotations lists those there are.',
  404,
);

export const AlertUnknown = createError<[string]>(
  'ARGUS_ALERT_UNKNOWN',
  'No alert "%s" is known; GET /historical/incidents lists alerts with their ids.',
  404,
);

export const AnnotationsFull = createError<[number]>(
  'ARGUS_ANNOTATIONS_FULL',
  'There are %d annotations already; delete some first (DELETE /annotations/ID).',
  409,
);

export interface AnnotationIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

const Invalid = createError(
  'ARGUS_INVALID_INPUT',
  'The request breaks a rule; the list names each place.',
  422,
);

export class AnnotationInvalid extends Invalid {
  readonly issues: readonly AnnotationIssue[];

  constructor(field: string, msg: string, part = 'body') {
    super();
    this.issues = [{ loc: [part, field], msg, type: 'value_error' }];
  }
}
