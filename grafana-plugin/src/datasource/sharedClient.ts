/** Lets the panels of a dashboard share answers: the backend counts requests by key, and all of Grafana has one key. */
import type { ArgusClient, Decoder, RequestOptions } from '../data/client';
import { queryString } from '../data/client';

/** Panels of a dashboard ask within moments of one another; a forecast lives five minutes. */
const SHARED_MS = 3_000;

/** Asked again and again until it is computed: an earlier answer would be one that it is not. */
const POLLED = /^\/explain\//;

interface Shared {
  readonly answer: Promise<unknown>;
  readonly decoder: unknown;
  readonly abort: AbortController;
  readonly startedMs: number;
  waiting: number;
}

/** The answer for one of several who wait: leaving ends the request only when nobody waits any more. */
function joined(shared: Shared, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal === undefined) {
    shared.waiting = Number.POSITIVE_INFINITY;
    return shared.answer;
  }
  shared.waiting += 1;
  return new Promise((resolve, reject) => {
    const leave = () => {
      shared.waiting -= 1;
      if (shared.waiting === 0) shared.abort.abort(signal.reason);
      reject(signal.reason);
    };
    if (signal.aborted) {
      leave();
      return;
    }
    signal.addEventListener('abort', leave, { once: true });
    shared.answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** A client whose equal GET requests within a few seconds are one request. Failures are not kept. */
export function sharedClient(client: ArgusClient, now: () => number = Date.now): ArgusClient {
  const known = new Map<string, Shared>();

  function dropOld(): void {
    for (const [key, { startedMs }] of known) if (now() - startedMs >= SHARED_MS) known.delete(key);
  }

  function start<T>(key: string, path: string, decoder: Decoder<T>, options: RequestOptions): Shared {
    const abort = new AbortController();
    const answer = client.get(path, decoder, { ...options, signal: abort.signal });
    const shared = { answer, decoder, abort, startedMs: now(), waiting: 0 };
    known.set(key, shared);
    const forget = () => {
      if (known.get(key) === shared) known.delete(key);
    };
    answer.catch(forget);
    abort.signal.addEventListener('abort', forget);
    return shared;
  }

  return {
    baseUrl: client.baseUrl,
    async get<T>(path: string, decoder: Decoder<T>, options: RequestOptions = {}): Promise<T> {
      if (POLLED.test(path)) return client.get(path, decoder, options);
      dropOld();
      const key = `${path}${queryString(options.params)}`;
      const found = known.get(key);
      const shared = found?.decoder === decoder ? found : start(key, path, decoder, options);
      return (await joined(shared, options.signal)) as T;
    },
    post: client.post,
    delete: client.delete,
  };
}
