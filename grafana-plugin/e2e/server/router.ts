import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from './errors.ts';
import { hasRole, type Role } from './roles.ts';
import type { User } from './users.ts';

/** A request on its way through the preview's API. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Named parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly user: User;
  /** The request's JSON. @throws HttpError 400 where it is none */
  json(): Promise<Record<string, unknown>>;
}

export interface Route {
  readonly method: string;
  /** `:name` stands for one segment. */
  readonly path: string;
  /** The lowest role that may send it. */
  readonly role?: Role;
  /** What it returns is sent as JSON. */
  readonly answer: (exchange: Exchange) => unknown;
}

const MAX_BODY_BYTES = 1_000_000;

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, 'request body too large');
    chunks.push(chunk as Buffer);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // answered as bad below
  }
  throw new HttpError(400, 'bad request data');
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(value));
}

/**
 * Answers by the first route that fits.
 * @throws HttpError 404 where none fits, 403 where the user's role is too low
 */
export async function answer(
  routes: readonly Route[],
  exchange: Omit<Exchange, 'params' | 'json'>,
): Promise<void> {
  const { request, response, url, user } = exchange;
  for (const route of routes) {
    if (route.method !== request.method) continue;
    const match = pattern(route.path).exec(url.pathname);
    if (match === null) continue;
    if (!hasRole(user.role, route.role)) throw new HttpError(403, "You'll need additional permissions.");
    const params = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    const result = await route.answer({ ...exchange, params, json: () => readJson(request) });
    return sendJson(response, 200, result);
  }
  throw new HttpError(404, 'Not found');
}
