/** Turns what Grafana's proxy or the backend answered instead of data into an ArgusError. */
import { ArgusError, type ArgusErrorKind } from './errors';

const CONFIGURE = 'Check the data source on the Configuration page of Argus, or ask an administrator to.';

/** Parts of a failed fetch of Grafana's, none of which can be relied on. */
interface Failure {
  readonly status: number;
  readonly data: unknown;
  readonly text: string;
}

interface BackendBody {
  readonly detail: unknown;
  readonly code: string;
  readonly request_id?: unknown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function backendBodyOf(data: unknown): BackendBody | undefined {
  if (!isRecord(data) || typeof data.code !== 'string' || !data.code.startsWith('ARGUS_')) return undefined;
  return { detail: data.detail, code: data.code, request_id: data.request_id };
}

function issueText(issue: unknown): string {
  if (!isRecord(issue)) return String(issue);
  const loc = Array.isArray(issue.loc) ? issue.loc.slice(1).join('.') : '';
  return loc === '' ? String(issue.msg) : `${loc} ${String(issue.msg)}`;
}

/** The backend's explanation as a sentence; a list of mistakes becomes "limit must be >= 1; level must be one of …". */
function detailText({ detail, code }: BackendBody): string {
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail) && detail.length > 0) {
    return `Argus refused the request: ${detail.map(issueText).join('; ')}.`;
  }
  return `Argus answered ${code}.`;
}

/** "Try again in 12 seconds": Grafana hides the Retry-After header of errors from plugins. */
function secondsIn(text: string): number | undefined {
  const found = /\bin (\d+) seconds?\b/i.exec(text);
  return found === null ? undefined : Number(found[1]);
}

const REFUSED_KEY =
  'Enter a key of scope read (argus keys create --name grafana --scope read) on the Configuration page of Argus.';

const BY_CODE: Readonly<Record<string, readonly [ArgusErrorKind, string]>> = {
  ARGUS_KEY_MISSING: ['key_missing', REFUSED_KEY],
  ARGUS_KEY_WRONG: ['key_refused', REFUSED_KEY],
  ARGUS_SCOPE_MISSING: [
    'key_refused',
    'Reading needs a key of scope read; verdicts, maintenance, training and reloading need the admin key. Enter it on the Configuration page.',
  ],
  ARGUS_HOST_NOT_LOCAL: ['key_refused', REFUSED_KEY],
  ARGUS_NOT_FOUND: [
    'unsupported',
    'The backend is older than this plugin or does not have this part: update Argus to see it.',
  ],
  ARGUS_RATE_LIMITED: [
    'busy',
    'Everyone in Grafana shares one key: refresh less often, or raise api.rateLimits in the configuration of Argus.',
  ],
  ARGUS_ALERT_UNKNOWN: ['not_found', 'It ended too long ago to be judged.'],
  ARGUS_ANNOTATION_UNKNOWN: ['not_found', 'Somebody else has taken it back already.'],
  ARGUS_REPLAY_UNKNOWN: ['not_found', 'Replay it again: only the last few are kept.'],
  ARGUS_EXPLAIN_FAILED: ['failed', 'Try again; the log of Argus has the cause.'],
};

const BY_STATUS: Readonly<Record<number, readonly [ArgusErrorKind, string]>> = {
  400: ['refused', ''],
  401: ['key_missing', REFUSED_KEY],
  403: ['key_refused', REFUSED_KEY],
  404: ['not_found', 'The Fleet page of Argus lists the servers that are watched.'],
  409: ['refused', ''],
  413: ['refused', ''],
  414: ['refused', ''],
  415: ['refused', ''],
  422: ['refused', 'Change the query, or update the older of plugin and backend.'],
  429: ['busy', 'Wait a little, then try again.'],
  503: ['not_ready', 'It is asked again by itself.'],
  504: ['timeout', 'Ask for a shorter time range.'],
};

function ofBackend({ status }: Failure, body: BackendBody): ArgusError {
  const [kind, remedy] = BY_CODE[body.code] ??
    (body.code.endsWith('_BUSY') ? BY_STATUS[429] : BY_STATUS[status]) ?? [
      'failed',
      'Try again; the log of Argus has the cause.',
    ];
  const id = typeof body.request_id === 'string' ? ` Request ${body.request_id}.` : '';
  const message = detailText(body);
  return new ArgusError(kind, `${message}${id}`, remedy, {
    status,
    code: body.code,
    retryAfterSeconds: secondsIn(message),
  });
}

const CERTIFICATE = /x509|certificate|tls:|tls handshake/i;
const NO_SUCH_HOST = /no such host|lookup .*:/i;

/**
 * Grafana's proxy answers 502 without a word, whether nothing listens, the name does not resolve or the certificate is
 * not trusted; other proxies on the way may say more.
 */
function unreachable({ status, text }: Failure): ArgusError {
  if (CERTIFICATE.test(text)) {
    return new ArgusError(
      'certificate',
      'Grafana does not trust the certificate of Argus.',
      'Give the data source the certificate authority, or use the name the certificate is for.',
      { status },
    );
  }
  const message = NO_SUCH_HOST.test(text)
    ? 'Grafana cannot find the host of Argus: its name does not resolve.'
    : 'Grafana cannot reach Argus.';
  return new ArgusError(
    'unreachable',
    message,
    'Check that Argus runs (argus serve), that the address of the data source is right as seen from the Grafana server, and, for https, that Grafana trusts the certificate. The log of Grafana has the cause (“Proxy request failed”).',
    { status },
  );
}

function refusedByGrafana({ status, text }: Failure): ArgusError {
  if (status === 401) {
    return new ArgusError('role', 'Your Grafana session has ended.', 'Sign in to Grafana again.', { status });
  }
  const message =
    text === '' ? 'Grafana does not let your role do this.' : `Grafana does not let you do this: ${text}.`;
  return new ArgusError('role', message, 'Ask an administrator of Grafana.', { status });
}

function notArgus(status: number): ArgusError {
  return new ArgusError(
    'wrong_service',
    'What answers at the address of the data source is not Argus.',
    'Check the address: it is that of the Argus REST API, by default http://localhost:8000.',
    { status },
  );
}

function missing({ status, data, text }: Failure): ArgusError {
  if (isRecord(data) && /data ?source|plugin/i.test(text)) {
    return new ArgusError('not_configured', 'The Argus data source does not exist any more.', CONFIGURE, {
      status,
    });
  }
  return notArgus(status);
}

/** Grafana turns the backend's 401 into this 400, so that it does not look like a lost session. */
const UPSTREAM_401 = /authentication to data source failed/i;

function badRequest({ status, data, text }: Failure): ArgusError {
  if (UPSTREAM_401.test(text)) {
    return new ArgusError('key_missing', 'Argus wants a key and the data source has none.', REFUSED_KEY, {
      status,
    });
  }
  if (isRecord(data)) {
    return new ArgusError('refused', `Grafana refused the request${text === '' ? '' : `: ${text}`}.`, '', {
      status,
    });
  }
  return notArgus(status);
}

function ofProxy(failure: Failure): ArgusError {
  const { status, text } = failure;
  switch (status) {
    case 400:
      return badRequest(failure);
    case 401:
    case 403:
      return refusedByGrafana(failure);
    case 404:
      return missing(failure);
    case 429:
      return new ArgusError(
        'busy',
        'Too many requests.',
        'Wait a little, then try again; refresh less often.',
        { status },
      );
    case 504:
      return new ArgusError(
        'timeout',
        'Argus did not answer Grafana in time.',
        'Try again; if it stays, look whether Argus is overloaded.',
        { status },
      );
    case 0:
      return new ArgusError(
        'unreachable',
        'Grafana itself could not be reached.',
        'Check your network connection.',
        { status },
      );
    case 500:
    case 502:
    case 503:
      return unreachable(failure);
    default:
      return new ArgusError(
        'failed',
        `The request failed with status ${status}${text === '' ? '' : `: ${text}`}.`,
        'Try again.',
        { status },
      );
  }
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data.slice(0, 500);
  if (!isRecord(data)) return '';
  return [data.message, data.error]
    .filter((part) => typeof part === 'string')
    .join(' ')
    .replace(/\.+$/, '');
}

/** @param thrown what Grafana's fetch failed with */
export function errorOfFailure(thrown: unknown): ArgusError {
  if (thrown instanceof ArgusError) return thrown;
  const known = isRecord(thrown) ? thrown : {};
  const status = typeof known.status === 'number' ? known.status : 0;
  const failure: Failure = { status, data: known.data, text: textOf(known.data) };
  const body = backendBodyOf(known.data);
  return body === undefined ? ofProxy(failure) : ofBackend(failure, body);
}
