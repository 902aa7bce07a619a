/** Headers that every answer carries. */
import type { FastifyInstance } from 'fastify';

const ONE_YEAR_SECONDS = 31_536_000;

/** Tells browsers to do nothing with our answers but show them. The docs page brings its own content policy. */
export function addSecurityHeaders(app: FastifyInstance, overTls: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'no-referrer');
    if (overTls) reply.header('strict-transport-security', `max-age=${ONE_YEAR_SECONDS}`);
    if (request.url.startsWith('/docs')) return;
    reply.header('cache-control', 'no-store');
    reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  });
}
