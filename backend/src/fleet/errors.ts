import createError from '@fastify/error';

/** record() was called with a slot that no server holds. */
export const UnknownSlotError = createError<[number]>(
  'ARGUS_FLEET_UNKNOWN_SLOT',
  'Slot %s belongs to no server. Ask admit() for the slot in the same request that records.',
  500,
);

/** Another process holds the data directory. */
export const DataDirectoryLockedError = createError<[string, number, string, string]>(
  'ARGUS_FLEET_DATA_LOCKED',
  "Data directory '%s' is in use by process %d on host '%s'. Stop that process, or start this one with another --data-dir. If it is certain that no other Argus runs, delete '%s'.",
  409,
);

/** The data directory cannot be made or written at the start. */
export const DataDirectoryUnusableError = createError<[string, string]>(
  'ARGUS_FLEET_DATA_UNUSABLE',
  "Data directory '%s' cannot be used: %s. Make it writable for the user Argus runs as, or choose another with --data-dir.",
  500,
);

/** A time zone or country in the configuration is not known, or an entry of places cannot be used. */
export const PlaceInvalidError = createError<[string, string, string]>(
  'ARGUS_FLEET_PLACE_INVALID',
  'fleet.%s: %s. %s',
  422,
);

/** A profile pattern in the configuration is not a regular expression. */
export const ProfilePatternInvalidError = createError<[string]>(
  'ARGUS_FLEET_PATTERN_INVALID',
  'fleet.profilePatterns: %s. Write a JavaScript regular expression without slashes.',
  422,
);

/** Prometheus could not be asked, or did not answer as it should. */
export const BackfillQueryError = createError<[string, string]>(
  'ARGUS_FLEET_BACKFILL_FAILED',
  'Backfill from %s failed: %s. Check fleet.backfill in the configuration; the fleet starts without its past day.',
  502,
);

/** A client asked for a server that is not watched. */
export const ServerUnknown = createError<[string]>(
  'ARGUS_SERVER_UNKNOWN',
  'No server named "%s" is watched; GET /servers lists those that are.',
  404,
);
