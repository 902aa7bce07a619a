/** The HTTP server: everything a route can rely on, and no route of its own but the description of the API. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import cors from '@fastify/cors';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import { addAuthorization, addIdentification } from './authentication.ts';
import type { ApiConfig } from './config.ts';
import { addErrorHandlers, malformedHttpAnswer, sendError } from './errorBodies.ts';
import { CannotListen, TlsUnreadable } from './errors.ts';
import { addSecurityHeaders } from './headers.ts';
import { type KeyStore, requireKeysBeyondLoopback } from './keys.ts';
import { addRequestMetrics } from './metrics.ts';
import { addOpenApi } from './openapi.ts';
import { addRateLimits } from './rateLimits.ts';

const MEBIBYTE = 1_048_576;
const MS_PER_SECOND = 1000;
/** Node wants headers to be allowed longer than a connection may idle, or it cuts a request that just starts. */
const HEADERS_EXTRA_MS = 1000;
/** A name of 255 characters, each percent-encoded as four bytes of UTF-8. */
const LONGEST_PARAMETER = 255 * 12;
const CORS_MAX_AGE_SECONDS = 600;

export interface ServerOptions {
  readonly config: ApiConfig;
  readonly keys: KeyStore;
  readonly logger: FastifyBaseLogger;
  /** Where the API's own metrics are kept. */
  readonly registry: Registry;
  /** Version of Argus, for the API description. */
  readonly version: string;
}

function rawServer({ tls }: ApiConfig, handler: RequestListener): Server {
  if (tls === undefined) return createServer(handler);
  try {
    return createTlsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, handler);
  } catch (error) {
    throw new TlsUnreadable(tls.certFile, tls.keyFile, (error as Error).message);
  }
}

function withTimeouts(server: Server, config: ApiConfig): Server {
  server.keepAliveTimeout = config.keepAliveSeconds * MS_PER_SECOND;
  server.requestTimeout = config.requestTimeoutSeconds * MS_PER_SECOND;
  server.headersTimeout = Math.min(server.keepAliveTimeout + HEADERS_EXTRA_MS, server.requestTimeout);
  return server;
}

function bareServer({ config, logger }: ServerOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: config.bodyLimitMebibytes * MEBIBYTE,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: sendError,
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(malformedHttpAnswer(error.code));
      else socket.destroy();
    },
    serverFactory: (handler) => withTimeouts(rawServer(config, handler), config),
  });
  // Only JSON is read unless a stage says otherwise for its own routes; text would pass as a string.
  app.removeContentTypeParser('text/plain');
  return app;
}

/**
 * Builds the server without listening. Stages register their routes on it as Fastify plugins; each route declares
 * `config.scope`, or the start fails.
 * @throws TlsUnreadable
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { config, keys, registry, version } = options;
  const app = bareServer(options);
  addRequestMetrics(app, registry);
  addSecurityHeaders(app, config.tls !== undefined);
  addIdentification(app, keys);
  await addRateLimits(app, config.rateLimits);
  addErrorHandlers(app);
  if (config.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: corsOrigins(config),
      methods: ['GET', 'HEAD', 'POST', 'DELETE'],
      maxAge: CORS_MAX_AGE_SECONDS,
    });
  }
  await addOpenApi(app, version);
  addAuthorization(app);
  return app;
}

function corsOrigins({ corsOrigins: origins }: ApiConfig): string[] | string {
  return origins.includes('*') ? '*' : [...origins];
}

/**
 * Listens where the configuration says, unless that would let other machines in without a key.
 * @returns the address to open, with the port really taken
 * @throws KeysNeeded, CannotListen
 */
export async function listen(app: FastifyInstance, config: ApiConfig, keys: KeyStore): Promise<string> {
  requireKeysBeyondLoopback(keys, [{ what: 'The REST API', host: config.host }]);
  try {
    const address = await app.listen({ host: config.host, port: config.port });
    // Fastify cannot see that the server it was given speaks TLS.
    return config.tls === undefined ? address : address.replace(/^http:/, 'https:');
  } catch (error) {
    throw new CannotListen('The REST API', `${config.host}:${config.port}`, (error as Error).message);
  }
}

/** Stops taking requests, lets running ones finish for `graceSeconds`, then cuts them. */
export async function closeServer(app: FastifyInstance, graceSeconds: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceSeconds * MS_PER_SECOND);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
