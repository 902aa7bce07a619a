import createError from '@fastify/error';

export const TruthNotFoundError = createError<[string]>(
  'ARGUS_TRUTH_NOT_FOUND',
  'There is no truth file at "%s". Alerts are scored against known failures: give --truth a Parquet file with server_name, failed and failure_time, as "argus generate" writes one.',
);

export const TruthUnreadableError = createError<[string, string]>(
  'ARGUS_TRUTH_UNREADABLE',
  'The truth at "%s" cannot be read: %s. Expected is Parquet with server_name, failed and failure_time (UTC), and if known kind and has_precursor.',
);

export const HazardUnreadableError = createError<[string, string]>(
  'ARGUS_HAZARD_UNREADABLE',
  'The hidden hazard at "%s" cannot be read: %s. Generate the data again, or remove the file to go without a ceiling.',
);

export const BacktestOverlapError = createError<[string, string]>(
  'ARGUS_BACKTEST_NO_OVERLAP',
  'No server in the truth at "%s" is in the data at "%s"; give the truth that belongs to the data.',
);

export const BacktestSpanError = createError<[string, string]>(
  'ARGUS_BACKTEST_SPAN',
  'The data at "%s" cannot be split for a backtest: %s.',
);

export const NoFailuresError = createError<[string, string, string, string]>(
  'ARGUS_BACKTEST_NO_FAILURES',
  'No server fails in the %s span, from %s to %s, early and late enough to be forecast there: %s.',
);

export const OutputFolderError = createError<[string]>(
  'ARGUS_OUTPUT_FOLDER',
  'There is no folder for --out "%s"; make it first, or choose another place.',
);
