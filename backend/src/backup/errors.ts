import createError from '@fastify/error';

/** What a person sees when a backup cannot be made or put back. */

export const BackupSourceMissing = createError<[string]>(
  'ARGUS_BACKUP_SOURCE',
  'There is no Argus data in "%s"; give --data-dir, the folder a running Argus keeps its data in.',
);

export const BackupFileExists = createError<[string]>(
  'ARGUS_BACKUP_EXISTS',
  'There is already something at "%s"; choose another name, or remove it first.',
);

export const BackupToolFailed = createError<[string, string]>('ARGUS_BACKUP_TAR', 'tar could not %s: %s');

export const BackupUnstable = createError<[string]>(
  'ARGUS_BACKUP_UNSTABLE',
  'The data in "%s" changed under the copy again and again. Try once more when Argus is calmer.',
);

export const BackupDamaged = createError<[string, string]>(
  'ARGUS_BACKUP_DAMAGED',
  'The backup "%s" cannot be put back: %s. Nothing was changed; use another backup.',
);

export const RestoreTargetUsed = createError<[string]>(
  'ARGUS_RESTORE_TARGET',
  'The folder "%s" is not empty; restore into an empty one, then let Argus use that.',
);
