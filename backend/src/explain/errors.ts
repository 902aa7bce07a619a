import createError from '@fastify/error';

/** There is no forecast to explain. */
export const ExplainNotReadyError = createError<[string]>('ARGUS_EXPLAIN_NOT_READY', '%s', 503);

/** More wait than may. */
export const ExplainBusyError = createError<[number]>(
  'ARGUS_EXPLAIN_BUSY',
  'Too many explanations are waiting already. Ask again in %d seconds.',
  503,
);

/** The model failed on one of the windows. */
export const ExplainFailedError = createError<[string]>(
  'ARGUS_EXPLAIN_FAILED',
  'The explanation could not be computed: %s Ask again; it is computed anew.',
  503,
);

/** Nobody reads this: it ends a request whose client has gone. */
export const ClientGoneError = createError('ARGUS_CLIENT_GONE', 'The client has gone.', 499);
