/** Errors of the API and its keys. Messages of those with a status reach clients: no path, no stack. */
import createError from '@fastify/error';

export const KeyMissing = createError('ARGUS_KEY_MISSING', 'Invalid or missing API key', 401);
export const KeyWrong = createError(
  'ARGUS_KEY_WRONG',
  'This API key is not known here or has been revoked; ask for a new one (argus keys create).',
  403,
);
export const ScopeMissing = createError(
  'ARGUS_SCOPE_MISSING',
  "This API key lacks the scope '%s' that the request needs; use a key that has it.",
  403,
);
export const HostNotLocal = createError(
  'ARGUS_HOST_NOT_LOCAL',
  'Without API keys only requests addressed to localhost are answered; create a key (argus keys create) to use another name.',
  403,
);
export const RouteUnknown = createError(
  'ARGUS_NOT_FOUND',
  'There is no %s %s here; GET /openapi.json lists what there is.',
  404,
);
export const MalformedRequest = createError('ARGUS_MALFORMED_REQUEST', '%s', 400);
export const MalformedJson = createError(
  'ARGUS_MALFORMED_JSON',
  'The body is not valid JSON; send one JSON document encoded as UTF-8.',
  400,
);
export const BodyTooLarge = createError(
  'ARGUS_BODY_TOO_LARGE',
  'The body is larger than this route takes; send it in smaller requests.',
  413,
);
export const UriTooLong = createError(
  'ARGUS_URI_TOO_LONG',
  'A part of the address is longer than any server name can be.',
  414,
);
export const MediaTypeUnsupported = createError(
  'ARGUS_MEDIA_TYPE_UNSUPPORTED',
  'This content type is not read here; send application/json.',
  415,
);
export const RateLimited = createError(
  'ARGUS_RATE_LIMITED',
  'Rate limit exceeded. Try again in %s seconds.',
  429,
);
export const ForecastNotReady = createError('ARGUS_FORECAST_NOT_READY', '%s', 503);

export const RouteWithoutScope = createError(
  'ARGUS_ROUTE_WITHOUT_SCOPE',
  "%s %s declares no scope; give the route config: { scope: 'open' | 'read' | 'ingest' | 'admin' }.",
);
export const KeysNeeded = createError(
  'ARGUS_KEYS_NEEDED',
  '%s would listen on %s, which other machines can reach, and no API key exists. Create one first (argus keys create --name NAME --scope admin), or listen on 127.0.0.1.',
);
export const KeysDamaged = createError(
  'ARGUS_KEYS_DAMAGED',
  'The key file %s is damaged: %s. Restore it from a backup, or move it away and create new keys (argus keys create).',
);
export const KeysUnreadable = createError(
  'ARGUS_KEYS_UNREADABLE',
  'The key file %s cannot be used: %s. Give it to the user that runs Argus, with mode 0600.',
);
export const KeysExposed = createError(
  'ARGUS_KEYS_EXPOSED',
  'The key file %s can be written by other users (mode %s), who could let themselves in. Run chmod 600 on it, and revoke keys you do not know.',
);
export const KeysLocked = createError(
  'ARGUS_KEYS_LOCKED',
  'The key file %s is being changed by another process. Try again; if none is running, delete %s.',
);
export const KeyNameInvalid = createError('ARGUS_KEY_NAME_INVALID', 'A key cannot be named so: %s.');
export const KeyNameTaken = createError(
  'ARGUS_KEY_NAME_TAKEN',
  'A key named "%s" exists already. Choose another name, or revoke that key first.',
);
export const KeyUnknown = createError(
  'ARGUS_KEY_UNKNOWN',
  'There is no key with the id or name "%s"; argus keys list shows those there are.',
);
export const ScopeUnknown = createError(
  'ARGUS_SCOPE_UNKNOWN',
  '"%s" is no scope; choose at least one of read, ingest, admin.',
);
export const TlsUnreadable = createError(
  'ARGUS_TLS_UNREADABLE',
  'The certificate %s with its key %s cannot be used: %s. Give PEM files that belong together and that Argus may read.',
);
export const CannotListen = createError(
  'ARGUS_CANNOT_LISTEN',
  '%s cannot listen on %s: %s. Choose another address or port.',
);
