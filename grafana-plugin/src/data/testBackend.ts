/** A backend for tests, in place of Grafana's fetch: what it answers by path, and what it was asked. */
import type { BackendSrvRequest } from '@grafana/runtime';
import { NEVER, Observable, of, throwError, timer } from 'rxjs';
import { mergeMap } from 'rxjs/operators';

export const BASE_URL = '/api/datasources/proxy/uid/argus';

type Answer =
  | { readonly data: unknown; readonly delayMs?: number }
  | { readonly status: number; readonly body?: unknown }
  | 'never';

export type Answers = Readonly<Record<string, Answer | ((url: URL) => Answer)>>;

export interface TestBackend {
  readonly fetch: (request: BackendSrvRequest) => Observable<unknown>;
  readonly requests: readonly BackendSrvRequest[];
  /** Requests that were left before they were answered. */
  readonly aborted: readonly string[];
  /** Paths asked for, without the proxy's part. */
  readonly paths: () => string[];
}

function observableOf(answer: Answer): Observable<unknown> {
  if (answer === 'never') return NEVER;
  if ('status' in answer) return throwError(() => ({ status: answer.status, data: answer.body }));
  const response = of({ status: 200, ok: true, data: answer.data });
  return answer.delayMs === undefined ? response : timer(answer.delayMs).pipe(mergeMap(() => response));
}

function shortOf(url: string): string {
  return url.replace(`${BASE_URL}/api`, '');
}

/** @param answers by path without the query; `*` answers all others, else they are unknown routes */
export function testBackend(answers: Answers): TestBackend {
  const requests: BackendSrvRequest[] = [];
  const aborted: string[] = [];
  const unknownRoute: Answer = {
    status: 404,
    body: { detail: 'There is no such route here.', code: 'ARGUS_NOT_FOUND' },
  };
  const fetch = (request: BackendSrvRequest) => {
    requests.push(request);
    const url = new URL(shortOf(request.url), 'http://argus');
    const found = answers[url.pathname] ?? answers['*'] ?? unknownRoute;
    const answer = typeof found === 'function' ? found(url) : found;
    return new Observable((subscriber) => {
      let isOver = false;
      const inner = observableOf(answer).subscribe({
        next: (value) => subscriber.next(value),
        error: (error) => {
          isOver = true;
          subscriber.error(error);
        },
        complete: () => {
          isOver = true;
          subscriber.complete();
        },
      });
      return () => {
        if (!isOver) aborted.push(shortOf(request.url));
        inner.unsubscribe();
      };
    });
  };
  return { fetch, requests, aborted, paths: () => requests.map(({ url }) => shortOf(url)) };
}
