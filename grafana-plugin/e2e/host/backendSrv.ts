import { AppEvents } from '@grafana/data';
import {
  type BackendSrv,
  type BackendSrvRequest,
  type FetchError,
  type FetchResponse,
  getAppEvents,
} from '@grafana/runtime';
import { firstValueFrom, Observable } from 'rxjs';

type Params = Record<string, unknown>;

function queryString(params: Params): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.toString();
}

function urlOf({ url, params }: BackendSrvRequest): string {
  const query = params === undefined ? '' : queryString(params);
  if (query === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

function bodyOf(data: unknown): BodyInit | null {
  if (data === undefined || data === null) return null;
  if (typeof data === 'string' || data instanceof FormData || data instanceof Blob) return data;
  return JSON.stringify(data);
}

async function dataOf(response: Response, type: BackendSrvRequest['responseType']): Promise<unknown> {
  if (type === 'arraybuffer') return response.arrayBuffer();
  if (type === 'blob') return response.blob();
  const text = await response.text();
  if (type === 'text') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? undefined : text;
  }
}

function cancelled(config: BackendSrvRequest): FetchError & { type: string } {
  const statusText = 'Request was aborted';
  return { type: 'cancelled', cancelled: true, data: null, status: -1, statusText, config };
}

/** A failed answer always carries a message in its data. */
function failure(config: BackendSrvRequest, status: number, statusText: string, data: unknown): FetchError {
  if (typeof data === 'object' && data !== null) return { status, statusText, data, config };
  const message = typeof data === 'string' && data !== '' ? data : 'Unexpected error';
  return { status, statusText, data: { message, error: statusText, response: data }, config };
}

function announce(error: FetchError): void {
  if (error.isHandled) return;
  const type = error.status >= 500 || error.status === 0 ? AppEvents.alertError : AppEvents.alertWarning;
  getAppEvents().publish({ type: type.name, payload: [error.data?.message ?? error.statusText] });
}

/** Requests to the preview's server, as plugins make them through getBackendSrv(). */
export class HostBackendSrv implements BackendSrv {
  private readonly running = new Map<string, AbortController>();

  fetch<T>(config: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      this.replaceRunning(config.requestId, abort);
      config.abortSignal?.addEventListener('abort', () => abort.abort());
      this.send<T>(config, abort.signal).then(
        (response) => {
          subscriber.next(response);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
      return () => abort.abort();
    });
  }

  chunked(config: BackendSrvRequest): Observable<FetchResponse<Uint8Array | undefined>> {
    return this.fetch<Uint8Array>({ ...config, responseType: 'arraybuffer' });
  }

  datasourceRequest<T>(config: BackendSrvRequest): Promise<FetchResponse<T>> {
    return firstValueFrom(this.fetch<T>(config));
  }

  async request<T>(config: BackendSrvRequest): Promise<T> {
    try {
      return (await firstValueFrom(this.fetch<T>(config))).data;
    } catch (error) {
      if (config.showErrorAlert !== false) setTimeout(() => announce(error as FetchError), 50);
      throw error;
    }
  }

  get<T>(url: string, params?: Params, requestId?: string, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({
      ...options,
      method: 'GET',
      url,
      ...(params && { params }),
      ...(requestId && { requestId }),
    });
  }

  delete<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'DELETE', url, data });
  }

  post<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'POST', url, data });
  }

  patch<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'PATCH', url, data });
  }

  put<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'PUT', url, data });
  }

  private replaceRunning(requestId: string | undefined, abort: AbortController): void {
    if (requestId === undefined) return;
    this.running.get(requestId)?.abort();
    this.running.set(requestId, abort);
  }

  private async send<T>(config: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
    const body = bodyOf(config.data);
    const headers: Record<string, string> = {
      accept: 'application/json, text/plain, */*',
      ...config.headers,
    };
    if (body !== null && typeof body === 'string') headers['content-type'] ??= 'application/json';
    let response: Response;
    try {
      response = await fetch(urlOf(config), { method: config.method ?? 'GET', headers, body, signal });
    } catch (error) {
      if (signal.aborted) throw cancelled(config);
      throw failure(config, 0, '', error instanceof Error ? error.message : String(error));
    }
    const data = await dataOf(response, config.responseType);
    const { status, statusText, ok, redirected, type, url } = response;
    if (!ok) throw failure(config, status, statusText, data);
    return {
      data: data as T,
      status,
      statusText,
      ok,
      headers: response.headers,
      redirected,
      type,
      url,
      config,
    };
  }
}
