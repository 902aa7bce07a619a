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
