import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { DataSource } from './dataSources.ts';
import { HttpError } from './errors.ts';
import type { PluginMeta, PluginRoute } from './plugins.ts';
import { hasRole, type Role } from './roles.ts';

/** Grafana's own limit on a data source's answer is 30 s. */
const TIMEOUT_MS = 30_000;
/** What of the browser's request a data source may see. */
const FORWARDED = ['accept', 'accept-encoding', 'content-type', 'content-length', 'prefer'];
const NOT_RETURNED = new Set([
  'set-cookie',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'www-authenticate',
]);

/**
 * The route of plugin.json that a path takes: the first whose method fits and whose path is a prefix.
 * @throws HttpError 403 where that route wants a higher role
 */
export function matchRoute(
  routes: readonly PluginRoute[],
  method: string,
  path: string,
  role: Role,
): PluginRoute | undefined {
  const route = routes.find(
    (candidate) =>
      (candidate.method === undefined || candidate.method === '*' || candidate.method === method) &&
      path.startsWith(candidate.path),
  );
  if (route !== undefined && !hasRole(role, route.reqRole)) {
    throw new HttpError(403, 'plugin proxy route access denied');
  }
  return route;
}

function fillIn(template: string, dataSource: DataSource): string {
  return template.replace(
    /\{\{\s*\.(\w+)(?:\.(\w+))?\s*\}\}/g,
    (_, name: string, key: string | undefined) => {
      if (name === 'URL') return dataSource.url;
      const values = name === 'SecureJsonData' ? dataSource.secureJsonData : dataSource.jsonData;
      return key === undefined ? '' : String(values[key] ?? '');
    },
  );
}

function target(dataSource: DataSource, route: PluginRoute | undefined, path: string, search: string): URL {
  const base = route?.url === undefined ? dataSource.url : fillIn(route.url, dataSource);
  const rest = route === undefined ? path : path.slice(route.path.length);
  try {
    return new URL(`${base.replace(/\/$/, '')}/${rest.replace(/^\//, '')}${search}`);
  } catch {
    throw new HttpError(400, `Invalid data source URL: ${dataSource.url}`);
  }
}

function requestHeaders(request: IncomingMessage, dataSource: DataSource, route: PluginRoute | undefined) {
  const headers: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  for (const { name, content } of route?.headers ?? []) headers[name] = fillIn(content, dataSource);
  return headers;
}

function sendBack(answer: IncomingMessage, response: ServerResponse): void {
  // A 401 of a data source must not look like the end of the Grafana session.
  const status = answer.statusCode === 401 ? 400 : (answer.statusCode ?? 502);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !NOT_RETURNED.has(name)) response.setHeader(name, value);
  }
  response.writeHead(status);
  answer.pipe(response);
}

function fail(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}

/**
 * Sends a request on to a data source, as plugin.json's routes say: where to, with which secret, for which role.
 * @param path below `/api/datasources/proxy/uid/:uid/`, still percent-encoded
 */
export function proxy(
  request: IncomingMessage,
  response: ServerResponse,
  dataSource: DataSource,
  meta: PluginMeta,
  role: Role,
  path: string,
  search: string,
): void {
  const route = matchRoute(meta.routes ?? [], request.method ?? 'GET', path, role);
  const url = target(dataSource, route, path, search);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const outgoing = send(
    url,
    { method: request.method, headers: requestHeaders(request, dataSource, route), timeout: TIMEOUT_MS },
    (answer) => sendBack(answer, response),
  );
  outgoing.on('timeout', () => {
    fail(response, 504, 'The data source did not answer in time.');
    outgoing.destroy();
  });
  outgoing.on('error', (error) => fail(response, 502, `Bad Gateway: ${error.message}`));
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}
