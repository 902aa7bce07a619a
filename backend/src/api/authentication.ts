/** Who may call which route. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { HostNotLocal, KeyMissing, KeyWrong, RouteWithoutScope, ScopeMissing } from './errors.ts';
import type { Identification, KeyStore } from './keys.ts';
import { hostNameOf, isLoopback } from './loopback.ts';
import { isDocsRoute } from './openapi.ts';
import { ROUTE_SCOPES, type RouteScope, scopesAllow } from './scopes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller of the route must be allowed to do. */
    scope?: RouteScope;
  }
  interface FastifyRequest {
    /** Who sent the request, found before anything else happens with it. */
    identification: Identification;
  }
}

/** Routes that libraries add, for the docs page and for preflight requests, cannot declare a scope; they are open. */
function isLibraryRoute(route: RouteOptions): boolean {
  return isDocsRoute(route.url) || route.method === 'OPTIONS';
}

function requireScope(route: RouteOptions): void {
  if (isLibraryRoute(route)) route.config = { ...route.config, scope: 'open' };
  const scope = route.config?.scope;
  if (scope === undefined || !ROUTE_SCOPES.includes(scope)) {
    throw new RouteWithoutScope(String(route.method), route.url);
  }
}

/**
 * While nobody needs a key, a page in this machine's browser must not read the fleet through a name of its own
 * that resolves to 127.0.0.1 (DNS rebinding); its Host header gives it away.
 */
function requireLocalHost(request: FastifyRequest): void {
  const host = request.headers.host;
  if (host !== undefined && !isLoopback(hostNameOf(host))) throw new HostNotLocal();
}

function authorize(request: FastifyRequest): void {
  const scope = request.routeOptions.config.scope;
  const who = request.identification;
  if (typeof who === 'object' && who.id === 'local') requireLocalHost(request);
  if (scope === 'open') return;
  if (who === 'missing') throw new KeyMissing();
  if (who === 'wrong') throw new KeyWrong();
  // A request that matches no route has no scope; the 404 handler answers it.
  if (scope !== undefined && !scopesAllow(who.scopes, scope)) throw new ScopeMissing(scope);
}

/** First of two steps, before the rate limits: says who sent a request and refuses routes without a scope. */
export function addIdentification(app: FastifyInstance, keys: KeyStore): void {
  app.decorateRequest('identification', 'missing');
  app.addHook('onRoute', requireScope);
  app.addHook('onRequest', async (request) => {
    request.identification = keys.identify(request.headers);
  });
}

/** Second step, after the rate limits and before the body is read: lets a request pass or refuses it. */
export function addAuthorization(app: FastifyInstance): void {
  app.addHook('preParsing', async (request) => {
    if (!request.is404) authorize(request);
  });
}
