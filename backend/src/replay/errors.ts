import createError from '@fastify/error';

/** Errors of the replay stage. Those with a status reach clients. */

export const ReplaySpanError = createError<[string]>('ARGUS_REPLAY_SPAN', '%s', 422);

export const ReplayNoHistoryError = createError<[string]>('ARGUS_REPLAY_NO_HISTORY', '%s', 409);

export const ReplayTooLargeError = createError<[string, number]>(
  'ARGUS_REPLAY_TOO_LARGE',
  'The replay is about %s, more than the %d server-days of replay.maxServerDays. Choose a shorter time or name servers, or raise the setting.',
  422,
);

export const ReplayNoModelError = createError<[string]>('ARGUS_REPLAY_NO_MODEL', '%s', 409);

export const ReplayUnknownError = createError<[string]>(
  'ARGUS_REPLAY_UNKNOWN',
  'There is no replay "%s" (any more); begin it again with POST /replay.',
  404,
);

const Busy = createError<[string]>(
  'ARGUS_REPLAY_BUSY',
  'Another replay, %s, is under way, and one runs at a time. Wait for it, or cancel it with DELETE /replay/ID.',
  409,
);

export class ReplayBusyError extends Busy {
  readonly retryAfterSeconds = 10;
}

export const ReplayPrometheusError = createError<[string, string]>(
  'ARGUS_REPLAY_PROMETHEUS',
  'Prometheus at %s could not be read: %s. Check the address and what lies between, or that it keeps the whole time asked for; --prometheus wants the base address, without /api/v1.',
);

export const ReplayFailedError = createError<[string]>(
  'ARGUS_REPLAY_FAILED',
  'The replay ended by itself: %s. Begin it again; a smaller one needs less memory.',
);
