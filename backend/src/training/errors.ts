import createError from '@fastify/error';

/** What a person sees when data, a bundle or a run cannot be used: what, where and the remedy. */

export const DataNotFoundError = createError<[string]>(
  'ARGUS_DATA_NOT_FOUND',
  'There is no data at "%s"; give a Parquet or CSV file, or a folder that holds some.',
);

export const DataUnreadableError = createError<[string, string]>(
  'ARGUS_DATA_UNREADABLE',
  'The data at "%s" cannot be read: %s',
);

export const DataEmptyError = createError<[string]>(
  'ARGUS_DATA_EMPTY',
  'The data at "%s" has no rows with a timestamp, a server name and a measured metric.',
);

export const DataColumnsError = createError<[string, string]>(
  'ARGUS_DATA_COLUMNS',
  'The data at "%s" has the wrong columns: %s. Long form is expected: timestamp (UTC), server_name, optional profile, and any of the 14 metrics.',
);

export const DataOverlapError = createError<[string, string]>(
  'ARGUS_DATA_OVERLAP',
  'Chunks at "%s" overlap: %s. Remove one of them, or write the data again.',
);

export const DataOrderError = createError<[string, string]>(
  'ARGUS_DATA_ORDER',
  'The chunks at "%s" are not in time order: %s. Name the files so that their names sort by time, or list them in time order in chunk_manifest.json.',
);

export const DataChunkError = createError<[string, string]>(
  'ARGUS_DATA_CHUNK',
  'The chunk "%s" cannot be used: %s Write it again, or take it out of its folder and of chunk_manifest.json there.',
);

export const DataNotChunkedError = createError<[string]>(
  'ARGUS_DATA_NOT_CHUNKED',
  'The data at "%s" is a single file, and streaming reads a folder of files that follow each other in time; use --mode standard, or split the file by time.',
);

export const StreamingOptionsError = createError<[number]>(
  'ARGUS_TRAINING_STREAMING',
  'Streaming reads one data set, and %d were given; give one --data, or use --mode standard.',
);

export const DataStillError = createError<[string, string, string]>(
  'ARGUS_DATA_STILL',
  'In the data at "%s" nothing can be learned about what never moves: %s. Check what measures it; to go on, drop the column, or pass %s.',
);

export const DataTooShortError = createError<[string, string]>(
  'ARGUS_DATA_TOO_SHORT',
  'The data at "%s" is too short: %s.',
);

export const DataTooLargeError = createError<[string, string]>(
  'ARGUS_DATA_TOO_LARGE',
  'The data at "%s" spans %s; split it by server, or check it for a wrong timestamp.',
);

export const BundleUnusableError = createError<[string, string]>(
  'ARGUS_TRAINING_BUNDLE',
  'The bundle "%s" cannot be trained from: %s',
);

export const CheckpointError = createError<[string, string]>(
  'ARGUS_TRAINING_CHECKPOINT',
  'The checkpoint "%s" cannot be resumed: %s',
);

export const TrainingDivergedError = createError<[number]>(
  'ARGUS_TRAINING_DIVERGED',
  'The loss was no longer a finite number at step %d; lower the peak learning rate, or check the data for extreme values.',
);

export const OutputExistsError = createError<[string]>(
  'ARGUS_OUTPUT_EXISTS',
  'There is already something at "%s"; choose another --out, or remove it first.',
);

export const EvaluationHorizonError = createError<[number, number]>(
  'ARGUS_EVALUATE_HORIZON',
  'The horizon is %d steps; the network forecasts 1 to %d.',
);

export const NoCasesError = createError<[string]>(
  'ARGUS_EVALUATE_NO_CASES',
  'In the data at "%s" no failing server stood above healthy in time, so there is nothing to explain; take more servers or days.',
);
