import { type BackendSrvRequest, getBackendSrv } from '@grafana/runtime';
import { type Decoder, decoded } from './decode';
import { ArgusError } from './errors';
import { errorOfFailure } from './failures';

export type { Decoder };

export type QueryParameters = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface RequestOptions {
  readonly params?: QueryParameters;
  /** JSON body of a POST. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Requests to the backend through a data source's routes: one address, one secret, the role checked by Grafana.
 * Every method throws ArgusError, or the reason of `signal` once that is aborted.
 */
export interface ArgusClient {
  /** The address the requests go to, below which the routes lie; tells clients of different data sources apart. */
  readonly baseUrl: string;
  /** @param path from the backend's root, its variable parts percent-encoded: `/servers/a%2Fb` */
  get<T>(path: string, decoder: Decoder<T>, options?: RequestOptions): Promise<T>;
  post<T>(path: string, decoder: Decoder<T>, options?: RequestOptions): Promise<T>;
  delete<T>(path: string, decoder: Decoder<T>, options?: RequestOptions): Promise<T>;
}

/** Less than the 30 seconds of Grafana's proxy, whose giving up looks like a backend that is down. */
export const DEFAULT_TIMEOUT_SECONDS = 25;
const MS_PER_SECOND = 1000;

export interface ClientSettings {
  /** Seconds after which a request is given up. */
  readonly timeoutSeconds?: number;
  /** Whether Grafana is to read the data source's settings anew: it keeps them for seconds after they were changed. */
  readonly isAfterChange?: boolean;
}

/** Grafana's own "Save & test" sends it too. */
const SETTINGS_ANEW = { 'X-Grafana-NoCache': 'true' };

/** `?server=a&server=b`: lists repeat the name, what is undefined is left out. */
export function queryString(params: QueryParameters = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function timedOut(timeoutSeconds: number): ArgusError {
  return new ArgusError(
    'timeout',
    `Argus did not answer within ${timeoutSeconds} seconds.`,
    'Try again; ask for fewer servers or a shorter range, or raise the timeout of the data source.',
  );
}

/** One request as a promise. Leaving the observable is what makes Grafana abort the request, in its queue or under way. */
function answerTo(
  request: BackendSrvRequest,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const timer = setTimeout(() => {
      subscription.unsubscribe();
      end(() => reject(timedOut(timeoutSeconds)));
    }, timeoutSeconds * MS_PER_SECOND);
    const onAbort = () => {
      subscription.unsubscribe();
      end(() => reject(signal?.reason));
    };
    signal?.addEventListener('abort', onAbort);
    const subscription = getBackendSrv()
      .fetch<unknown>(request)
      .subscribe({
        next: ({ data }) => end(() => resolve(data)),
        error: (error: unknown) => end(() => reject(errorOfFailure(error))),
        complete: () => end(() => reject(errorOfFailure(undefined))),
      });
  });
}

/** @param baseUrl the instance settings' url, below which the routes of plugin.json lie */
export function createClient(baseUrl: string, settings: ClientSettings = {}): ArgusClient {
  const timeoutSeconds = settings.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS;
  const send = async <T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    decoder: Decoder<T>,
    options: RequestOptions = {},
  ): Promise<T> => {
    const request: BackendSrvRequest = {
      url: `${baseUrl}/api${path}${queryString(options.params)}`,
      method,
      data: options.body,
      ...(settings.isAfterChange ? { headers: SETTINGS_ANEW } : {}),
      showErrorAlert: false,
      showSuccessAlert: false,
    };
    return decoded(decoder, await answerTo(request, timeoutSeconds, options.signal), path);
  };
  return {
    baseUrl,
    get: (path, decoder, options) => send('GET', path, decoder, options),
    post: (path, decoder, options) => send('POST', path, decoder, options),
    delete: (path, decoder, options) => send('DELETE', path, decoder, options),
  };
}
