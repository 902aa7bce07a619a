import createError from '@fastify/error';

/** One mistake in a request: where it is, what it should be, and its kind. */
export interface FeedIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

const Invalid = createError(
  'ARGUS_FEED_INVALID',
  'The records break rules; the list names each place. None was taken: correct them, or send ?partial=true to have the good ones taken.',
  422,
);

/** Records, or the request around them, break rules. */
export class FeedInvalidError extends Invalid {
  readonly issues: readonly FeedIssue[];

  constructor(issues: readonly FeedIssue[]) {
    super();
    this.issues = issues;
  }
}
