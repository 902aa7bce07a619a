import createError from '@fastify/error';

/** A file of a bundle is absent or cannot be read. */
export const BundleFileMissingError = createError<[string, string, string]>(
  'ARGUS_MODEL_FILE_MISSING',
  "Model bundle '%s': %s cannot be read (%s). Copy the bundle again, or make it again with 'npm run make-bundle'.",
  422,
);

/** manifest.json is not what docs/model-bundle.md describes. */
export const ManifestInvalidError = createError<[string, string, string]>(
  'ARGUS_MODEL_MANIFEST_INVALID',
  "Model bundle '%s': manifest.json is not valid: %s %s. Make the bundle again with this version of Argus.",
  422,
);

/** A file of a bundle is not the one that was written. */
export const BundleDamagedError = createError<[string, string]>(
  'ARGUS_MODEL_FILE_DAMAGED',
  "Model bundle '%s': %s does not match its checksum. It was changed or damaged after it was made; copy the bundle again.",
  422,
);

/** The bundle was made for other metrics, targets, quantiles, profiles or clock grid. */
export const CatalogDisagreementError = createError<[string, string, string, string]>(
  'ARGUS_MODEL_CATALOG_MISMATCH',
  "Model bundle '%s': '%s' in manifest.json is %s, but this version of Argus works with %s. Use a bundle made for this version, or train a new one with 'argus train'.",
  422,
);

/** The installed onnxruntime is older than the bundle needs. */
export const RuntimeTooOldError = createError<[string, string, string]>(
  'ARGUS_MODEL_RUNTIME_TOO_OLD',
  "Model bundle '%s' needs onnxruntime %s or newer, and %s is installed. Update the package onnxruntime-node.",
  422,
);

/** golden.bin is not in the format of golden.ts. */
export const GoldenInvalidError = createError<[string, string]>(
  'ARGUS_MODEL_GOLDEN_INVALID',
  "Model bundle '%s': golden.bin cannot be used: %s. Make the bundle again with this version of Argus.",
  422,
);

/** The network runs but does not give the forecasts it gave when it was made. */
export const GoldenMismatchError = createError<[string, string]>(
  'ARGUS_MODEL_GOLDEN_MISMATCH',
  "Model bundle '%s' does not repeat the forecasts recorded in golden.bin: %s. The graph, the weights or the execution provider differ; choose the provider 'cpu' or make the bundle again.",
  422,
);

/** onnxruntime refuses the graph. */
export const ModelLoadError = createError<[string, string]>(
  'ARGUS_MODEL_LOAD_FAILED',
  "Model bundle '%s': onnxruntime cannot load the network with any configured provider: %s. Check 'forecast.providers' and the bundle.",
  422,
);

/** A reload asks for something that is no name of a bundle. */
export const ModelNameError = createError<[string]>(
  'ARGUS_MODEL_NAME_INVALID',
  "'%s' is not the name of a model. Give the name of one that GET /admin/models lists.",
  422,
);

/** A reload asks for a bundle that is not there. */
export const ModelNotFoundError = createError<[string]>(
  'ARGUS_MODEL_NOT_FOUND',
  "There is no model '%s' in the models directory. GET /admin/models lists those that are.",
  404,
);

/** Two reloads at once. */
export const ReloadInProgressError = createError(
  'ARGUS_MODEL_RELOAD_IN_PROGRESS',
  'Another model is being loaded. Ask again when it is done.',
  409,
);

/** Something was asked of the network that needs one, and none is loaded. */
export const ModelUnavailableError = createError<[string]>(
  'ARGUS_MODEL_UNAVAILABLE',
  'No model is loaded: %s',
  503,
);

/** Another model took over while a server was looked at under the one before. */
export const ModelChangedError = createError(
  'ARGUS_MODEL_CHANGED',
  'The model was changed meanwhile. Ask again.',
  503,
);

/** More forecasts wait than the pool is configured to hold. */
export const PoolOverloadedError = createError<[number]>(
  'ARGUS_FORECAST_OVERLOADED',
  '%d forecasts are waiting already. Ask again in a few seconds.',
  503,
);

/** The pool is stopping, or its worker failed twice on the same servers. */
export const PoolFailedError = createError<[string]>(
  'ARGUS_FORECAST_FAILED',
  'The forecast could not be computed: %s. It is tried again in the next cycle.',
  503,
);
