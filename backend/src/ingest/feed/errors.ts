import createError from '@fastify/error';
import type { InputIssue } from '../../catalog/invalidInput.ts';

const Invalid = createError(
  'ARGUS_FEED_INVALID',
  'The records break rules; the list names each place. None was taken: correct them, or send ?partial=true to have the good ones taken.',
  422,
);

/** Records, or the request around them, break rules. */
export class FeedInvalidError extends Invalid {
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super();
    this.issues = issues;
  }
}
