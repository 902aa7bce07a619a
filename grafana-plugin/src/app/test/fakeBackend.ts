import type { BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { Observable } from 'rxjs';

/** An answer of the fake backend, or of Grafana in its place. */
export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
  /** Never comes. */
  readonly isSlow?: boolean;
}

type Handler = FakeAnswer | ((request: FakeRequest) => FakeAnswer);

export interface FakeRequest {
  readonly method: string;
  /** From the backend's root, percent-encoded as it was sent. */
  readonly path: string;
  readonly params: URLSearchParams;
  readonly body: unknown;
}

const PROXY = /^\/api\/datasources\/proxy\/uid\/[^/]+\/api/;

/** What the backend says of a route it does not have. */
export const NO_ROUTE: FakeAnswer = {
  status: 404,
  body: { detail: 'There is no such route.', code: 'ARGUS_NOT_FOUND' },
};

function requestOf({ url, method = 'GET', data }: BackendSrvRequest): FakeRequest {
  const { pathname, searchParams } = new URL(url, 'http://grafana');
  return { method, path: pathname.replace(PROXY, ''), params: searchParams, body: data };
}

/** Answers what a backend behind Grafana's proxy would, and remembers what it was asked. */
export class FakeBackend {
  readonly requests: FakeRequest[] = [];
  readonly #routes = new Map<string, Handler>();

  /** @param route method and path: "GET /servers/a%2Fb"; Grafana's own API by its full path */
  on(route: string, answer: Handler): this {
    this.#routes.set(route, answer);
    return this;
  }

  /** What was asked of a route. */
  asked(route: string): readonly FakeRequest[] {
    return this.requests.filter(({ method, path }) => `${method} ${path}` === route);
  }

  /** In the shape of BackendSrv.fetch. */
  readonly fetch = (options: BackendSrvRequest): Observable<FetchResponse<unknown>> =>
    new Observable((subscriber) => {
      const request = requestOf(options);
      this.requests.push(request);
      const handler = this.#routes.get(`${request.method} ${request.path}`) ?? NO_ROUTE;
      const {
        status = 200,
        body = {},
        isSlow = false,
      } = typeof handler === 'function' ? handler(request) : handler;
      if (isSlow) return;
      // A turn later, as over a network.
      queueMicrotask(() => {
        if (status >= 400) {
          subscriber.error({ status, data: body, config: options });
          return;
        }
        const response = { status, ok: true, data: structuredClone(body), config: options };
        subscriber.next(response as FetchResponse<unknown>);
        subscriber.complete();
      });
    });
}
