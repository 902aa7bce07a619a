/** How often each route may be called; the one place that knows. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { ApiConfig } from './config.ts';
import { RateLimited } from './errors.ts';

const WINDOW_MS = 60_000;
const MS_PER_SECOND = 1000;
/** Counters kept at once; the oldest make room, so that a flood of addresses cannot eat the memory. */
const COUNTERS = 20_000;

type Limits = ApiConfig['rateLimits'];

const FORECAST_ROUTES = ['/predictions/current', '/alerts/active', '/explain'];

/** Requests a minute for a route. */
export function limitOf(method: string, url: string, limits: Limits): number {
  if (url === '/feed/data') return limits.feedPerMinute;
  if (FORECAST_ROUTES.some((route) => url === route || url.startsWith(`${route}/`))) {
    return limits.forecastsPerMinute;
  }
  if (url.startsWith('/admin/') && method !== 'GET' && method !== 'HEAD') return limits.adminPerMinute;
  return limits.otherPerMinute;
}

/** Requests with a known key are counted by key, all others by address, so that keys cannot be tried without end. */
function counterOf(request: FastifyRequest): string {
  const who = request.identification;
  return typeof who === 'object' && who.id !== 'local'
    ? `key:${who.id}`
    : `ip:${rateLimit.normalizeIP(request.ip)}`;
}

/** Counts requests of every route registered after it; runs after the requester is known and before the body is read. */
export async function addRateLimits(app: FastifyInstance, limits: Limits): Promise<void> {
  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.rateLimit !== undefined) return;
    const method = String(route.method);
    const max = limitOf(method, route.url, limits);
    route.config = { ...route.config, rateLimit: limits.enabled ? { max, timeWindow: WINDOW_MS } : false };
  });
  await app.register(rateLimit, {
    max: limits.enabled ? limits.otherPerMinute : Number.MAX_SAFE_INTEGER,
    timeWindow: WINDOW_MS,
    cache: COUNTERS,
    keyGenerator: counterOf,
    errorResponseBuilder: (_request, context) => {
      const seconds = Math.max(1, Math.ceil(context.ttl / MS_PER_SECOND));
      return Object.assign(new RateLimited(seconds), { retryAfterSeconds: seconds });
    },
  });
}
