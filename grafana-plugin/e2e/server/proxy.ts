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

/** An action that is asked for counts instead of the role; nobody in the preview has been granted any of a plugin's own. */
function mayTake({ reqAction, reqRole }: PluginRoute, role: Role): boolean {
  return (reqAction === undefined || reqAction === '') && hasRole(role, reqRole);
}

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
  if (route !== undefined && !mayTake(route, role)) {
    throw new HttpError(403, 'plugin proxy route access denied');
  }
  return route;
}

const WITH = /\{\{\s*with\s+(\.[\w.]+)\s*\}\}(.*?)\{\{\s*end\s*\}\}/g;
const VALUE = /\{\{\s*(\.[\w.]+)\s*\}\}/g;
const DOT = /\{\{\s*\.\s*\}\}/g;

/** `.URL`, `.SecureJsonData.name`, `.JsonData.name`; empty where it is not set. */
function templateValue(path: string, { url, jsonData, secureJsonData }: DataSource): string {
  const [, root, key = ''] = path.split('.');
  if (root === 'URL') return url;
  return String((root === 'SecureJsonData' ? secureJsonData : jsonData)[key] ?? '');
}

/** Fills in what plugin.json's templates use of Go's: values, and `with` for one that may be missing. */
export function fillIn(template: string, dataSource: DataSource): string {
  return template
    .replace(WITH, (_, path: string, inner: string) => {
      const value = templateValue(path, dataSource);
      return value === '' ? '' : inner.replace(DOT, () => value);
    })
    .replace(VALUE, (_, path: string) => templateValue(path, dataSource));
}

/** Where a request goes; undefined where the data source's address is none. */
function target(
  dataSource: DataSource,
  route: PluginRoute | undefined,
  path: string,
  search: string,
): URL | undefined {
  const base = route?.url === undefined ? dataSource.url : fillIn(route.url, dataSource);
  const rest = route === undefined ? path : path.slice(route.path.length);
  // As Grafana joins them: where the route is the whole path no slash is added.
  const joined = rest === '' ? base : `${base.replace(/\/$/, '')}/${rest.replace(/^\//, '')}`;
  const url = `${joined}${search}`;
  return URL.canParse(url) ? new URL(url) : undefined;
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

/** Empty, as Grafana answers whatever kept it from reaching a data source: address, certificate or time. */
function sendBadGateway(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(502, { 'content-length': 0 }).end();
}

function sendBack(answer: IncomingMessage, response: ServerResponse): void {
  // A 401 of a data source must not look like the end of the Grafana session.
  if (answer.statusCode === 401) {
    answer.resume();
    response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('Authentication to data source failed');
    return;
  }
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !NOT_RETURNED.has(name)) response.setHeader(name, value);
  }
  response.writeHead(answer.statusCode ?? 502);
  answer.pipe(response);
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
  if (url === undefined) {
    sendBadGateway(response);
    return;
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const outgoing = send(
    url,
    { method: request.method, headers: requestHeaders(request, dataSource, route), timeout: TIMEOUT_MS },
    (answer) => sendBack(answer, response),
  );
  outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
  outgoing.on('error', () => sendBadGateway(response));
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}
