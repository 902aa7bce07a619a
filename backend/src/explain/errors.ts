import createError from '@fastify/error';

/** The same code and words as the API's own: to a client it is one error. */
export const ServerUnknownError = createError<[string]>(
  'ARGUS_SERVER_UNKNOWN',
  'No server named "%s" is watched; GET /servers lists those that are.',
  404,
);

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

/** One mistake in a request, where it is and what it should be. */
export interface InputIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

const Invalid = createError(
  'ARGUS_INVALID_INPUT',
  'The request breaks a rule; the list names each place.',
  422,
);

/** Answered with 422 and the list of mistakes. */
export class ExplainInputError extends Invalid {
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super();
    this.issues = issues;
  }
}
