/** What the API says about itself on /metrics. */
import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds; from an answer out of memory to the full stream of 10,000 servers. */
const DURATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10];
const NS_PER_SECOND = 1e9;
const startedAt = new WeakMap<object, bigint>();

/** Counts and times every request by its route, never by its address: names of servers would flood the metrics. */
export function addRequestMetrics(app: FastifyInstance, registry: Registry): void {
  const requests = new Counter({
    name: 'argus_http_requests_total',
    help: 'Requests answered by the REST API.',
    labelNames: ['route', 'method', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'argus_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer.',
    labelNames: ['route', 'method'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const aborted = new Counter({
    name: 'argus_http_requests_aborted_total',
    help: 'Requests whose client went away before the answer was complete.',
    labelNames: ['route'],
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'argus_http_requests_in_flight',
    help: 'Requests being answered now.',
    registers: [registry],
  });
  app.addHook('onRequest', async (request, reply) => {
    startedAt.set(request, process.hrtime.bigint());
    inFlight.inc();
    reply.raw.once('close', () => inFlight.dec());
  });
  app.addHook('onRequestAbort', async (request) => {
    aborted.inc({ route: request.routeOptions.url ?? 'none' });
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const method = request.method;
    requests.inc({ route, method, code: String(reply.statusCode) });
    const start = startedAt.get(request);
    if (start !== undefined) {
      durations.observe({ route, method }, Number(process.hrtime.bigint() - start) / NS_PER_SECOND);
    }
  });
}
