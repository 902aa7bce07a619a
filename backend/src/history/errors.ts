import createError from '@fastify/error';

/** Errors of the history stage. Those with a status reach clients. */

export const HistoryUnavailable = createError<[string]>('ARGUS_HISTORY_UNAVAILABLE', '%s', 503);

const Busy = createError(
  'ARGUS_HISTORY_BUSY',
  'Too many questions to the history wait already. Try again in a few seconds.',
  503,
);

export class HistoryBusy extends Busy {
  readonly retryAfterSeconds = 5;
}

export const HistoryTimeout = createError<[number]>(
  'ARGUS_HISTORY_TIMEOUT',
  'The history did not answer within %d seconds. Ask for a shorter range or fewer servers, or raise history.queryTimeoutSeconds.',
  504,
);

export const HistoryServerUnknown = createError<[string]>(
  'ARGUS_HISTORY_SERVER_UNKNOWN',
  'Nothing is kept of a server named "%s", and none of that name is watched.',
  404,
);

/** The disk is full and nothing more may be removed. */
export const HistoryDiskFull = createError<[string]>(
  'ARGUS_HISTORY_DISK_FULL',
  'The disk is full and the newest days are kept in any case (%s). Free disk space, or lower history.keepAtLeastDays.',
  503,
);
