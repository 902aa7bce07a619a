/** The refusal of a request that breaks a rule; every stage with routes answers it alike. */
import createError from '@fastify/error';

/** One mistake in a request, where it is and what it should be. */
export interface InputIssue {
  /** Path to the mistake, the part of the request first: ["query", "limit"]. */
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
export class InvalidInput extends Invalid {
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super();
    this.issues = issues;
  }
}
