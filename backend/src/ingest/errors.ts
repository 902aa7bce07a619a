/** Errors of the ingest stage: what is wrong, where, and what to do. */
import createError from '@fastify/error';

/** The body is no OTLP message: broken protobuf, broken JSON, or a wrong type in a field. */
export const MalformedMessageError = createError<[string]>('ARGUS_OTLP_MALFORMED', '%s', 400);

/** The message is larger than the limits allow, before or after decompression. */
export const MessageTooLargeError = createError<[string]>('ARGUS_OTLP_TOO_LARGE', '%s', 413);

/** No key was sent, where one is needed. */
export const MissingKeyError = createError(
  'ARGUS_OTLP_KEY_MISSING',
  'An API key is needed. Send it as X-API-Key or as Authorization: Bearer (in a Collector: headers of the exporter).',
  401,
);

/** The key is unknown or may not ingest. */
export const WrongKeyError = createError(
  'ARGUS_OTLP_KEY_WRONG',
  'The API key is unknown or has no ingest scope. Make one with: argus keys create --scope ingest',
  403,
);

/** Only metrics are taken, at one path. */
export const NoSuchSignalError = createError<[string]>(
  'ARGUS_OTLP_NOT_FOUND',
  '%s is not served: Argus takes metrics only, at /v1/metrics. Remove it from the pipelines that export here.',
  404,
);

export const MethodNotAllowedError = createError<[string]>(
  'ARGUS_OTLP_METHOD',
  '%s is not allowed at /v1/metrics. Send POST.',
  405,
);

/** Neither protobuf nor JSON, or a compression that is not understood. */
export const UnsupportedMediaError = createError<[string]>('ARGUS_OTLP_MEDIA_TYPE', '%s', 415);

/** Too many requests, or too many bytes of them, are being read. */
export const BusyError = createError<[number]>(
  'ARGUS_OTLP_BUSY',
  'Argus is reading as many requests as it may. Send again in %d s.',
  429,
);

export const StoppingError = createError<[number]>(
  'ARGUS_OTLP_STOPPING',
  'Argus is not taking data at this moment: it is starting or stopping. Send again in %d s.',
  503,
);

/** An address could not be bound. */
export const ListenError = createError<[string, string]>(
  'ARGUS_OTLP_LISTEN',
  'The OTLP receiver cannot listen on %s: %s.',
  500,
);

/** A certificate or key file could not be read. */
export const TlsFileError = createError<[string, string]>(
  'ARGUS_OTLP_TLS_FILE',
  'The TLS file %s of the OTLP receiver cannot be read (%s). Correct ingest.otlp.tls or remove it to serve without TLS.',
  500,
);
