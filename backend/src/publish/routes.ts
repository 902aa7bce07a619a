import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import type { PublishConfig } from './config.ts';
import { byteLength, gzippedPage, plainPage } from './metricsPage.ts';
import type { ServerPage } from './page.ts';

/** True where Accept-Encoding names gzip without refusing it. */
export function acceptsGzip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((entry) => {
    const [coding, ...parameters] = entry.split(';').map((text) => text.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** GET /metrics for Prometheus. */
export function metricsRoutes(
  page: ServerPage,
  registry: Registry,
  config: Pick<PublishConfig, 'scope'>,
): FastifyPluginAsync {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const isGzipped = acceptsGzip(request.headers['accept-encoding']);
    const chunks = await (isGzipped ? gzippedPage : plainPage)(page, registry);
    if (isGzipped) reply.header('content-encoding', 'gzip');
    return reply
      .header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
      .header('content-length', byteLength(chunks))
      .header('vary', 'accept-encoding')
      .send(Readable.from(chunks, { objectMode: false }));
  };
  return async (app: FastifyInstance) => {
    app.get(
      '/metrics',
      {
        config: { scope: config.scope },
        schema: {
          tags: ['metrics'],
          summary: 'Risk, forecasts and the health of Argus for Prometheus',
          produces: ['text/plain'],
        },
      },
      answer,
    );
  };
}
