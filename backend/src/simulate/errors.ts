import createError from '@fastify/error';

/** An option of `argus generate` or `argus simulate` that cannot be used. */
export const SimulationOptionError = createError('ARGUS_SIMULATE_OPTION', '%s', 422);

/** A folder or file that cannot be written. */
export const DatasetWriteError = createError<[string, string]>(
  'ARGUS_SIMULATE_WRITE',
  'Cannot write the data set into %s: %s. Choose a folder that can be written and has room.',
  500,
);

/** The receiver of the metrics says that sending the same again cannot help. */
export const DeliveryRefusedError = createError<[string, string]>(
  'ARGUS_SIMULATE_REFUSED',
  '%s refuses the metrics: %s. Check the address, the protocol and the API key (scope ingest).',
  502,
);
