import createError from '@fastify/error';

/** Why a training cannot begin or be stopped; all of these reach clients. */

export const TrainingActiveError = createError<[string]>(
  'ARGUS_TRAINING_ACTIVE',
  'The training %s is under way; wait for it, or stop it with POST /admin/cancel-training.',
  409,
);

export const TrainingIdleError = createError(
  'ARGUS_TRAINING_IDLE',
  'No training is under way; GET /admin/training-stats lists those that were.',
  409,
);

export const HistoryShortError = createError<[string]>('ARGUS_TRAINING_HISTORY_SHORT', '%s', 409);

export const NoModelToTrainError = createError<[string]>('ARGUS_TRAINING_NO_MODEL', '%s', 409);
