/**
 * OTLP over HTTP. Plain node:http rather than Fastify: the protocol has one route, its own error bodies and limits
 * after decompression, and takes 30% more points per CPU-second without a framework.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { OtlpConfig } from '../config.ts';
import {
  MalformedMessageError,
  MessageTooLargeError,
  MethodNotAllowedError,
  NoSuchSignalError,
  UnsupportedMediaError,
} from '../errors.ts';
import type { IngestMetrics } from '../metrics.ts';
import { type Authorize, requireKey } from './authorization.ts';
import type { Gate, Pass } from './gate.ts';
import { jsonToProtobuf } from './jsonMessage.ts';
import { listenError } from './listen.ts';
import type { IngestLogger } from './logger.ts';
import type { MetricsService } from './metricsService.ts';
import { type Encoding, encodeFailure, encodeSuccess, failureOf, MEDIA_TYPES } from './status.ts';
import type { TlsFiles } from './tls.ts';

const PATH = '/v1/metrics';
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Metrics as protobuf shrink about 12-fold: with this guess most bodies are inflated in one go. */
const EXPECTED_RATIO = 12;
const MIN_CHUNK = 16 * 1024;
const MAX_CHUNK = 1024 * 1024;

const inflate = promisify(gunzip);

export interface HttpDependencies {
  readonly service: MetricsService;
  readonly gate: Gate;
  readonly config: OtlpConfig;
  readonly metrics: IngestMetrics;
  readonly logger: IngestLogger;
  readonly authorize: Authorize;
  readonly tls: TlsFiles | null;
}

export class OtlpHttpServer {
  readonly #dependencies: HttpDependencies;
  readonly #server: Server;

  constructor(dependencies: HttpDependencies) {
    this.#dependencies = dependencies;
    const { tls } = dependencies;
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      void this.#handle(request, response);
    };
    this.#server = tls === null ? createServer(listener) : createTlsServer({ ...tls }, listener);
    this.#server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.#server.requestTimeout = REQUEST_TIMEOUT_MS;
  }

  /**
   * @returns the address as HOST:PORT
   * @throws ListenError
   */
  async listen(): Promise<string> {
    const { host, port } = this.#dependencies.config.http;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => reject(listenError(error, host, port, 'ingest.otlp.http'));
      this.#server.once('error', fail);
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', fail);
        resolve();
      });
    });
    const address = this.#server.address() as AddressInfo;
    return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  /** Ends once the requests in flight are answered, or cut off after the time given. */
  async stop(drainMs: number): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), drainMs);
    await closed;
    clearTimeout(timer);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gate, config, metrics, logger } = this.#dependencies;
    const encoding = encodingOf(request);
    let pass: Pass | null = null;
    try {
      this.#checkRequest(request);
      if (encoding === null) throw unsupportedType(request);
      pass = gate.enter();
      const message = await this.#message(request, encoding, pass);
      const partial = this.#dependencies.service.export(message);
      metrics.requests.inc({ transport: 'http', code: 200 });
      send(response, 200, encodeSuccess(partial, encoding), encoding, gate.isOpen ? {} : CLOSE);
    } catch (error) {
      const failure = failureOf(error, config.retryAfterSeconds);
      if (failure.httpStatus === 500) logger.error({ error }, 'an OTLP request over HTTP failed');
      metrics.requests.inc({ transport: 'http', code: failure.httpStatus });
      const answer = encoding ?? 'json';
      send(response, failure.httpStatus, encodeFailure(failure, answer), answer, {
        ...(gate.isOpen ? {} : CLOSE),
        ...(failure.retryAfterSeconds === null ? {} : { 'Retry-After': String(failure.retryAfterSeconds) }),
        ...(failure.httpStatus === 405 ? { Allow: 'POST' } : {}),
        ...(failure.httpStatus === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      });
      dropRest(request, response);
    } finally {
      pass?.leave();
    }
  }

  /** Everything that can be said before the body is read. */
  #checkRequest(request: IncomingMessage): void {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== PATH) throw new NoSuchSignalError(printablePath(path));
    if (request.method !== 'POST') throw new MethodNotAllowedError(request.method ?? 'This method');
    requireKey(this.#dependencies.authorize, request.headers);
    const { maxMessageBytes } = this.#dependencies.config;
    if (Number(request.headers['content-length'] ?? 0) > maxMessageBytes) throw tooLarge(maxMessageBytes);
  }

  async #message(request: IncomingMessage, encoding: Encoding, pass: Pass): Promise<Buffer> {
    const { maxMessageBytes } = this.#dependencies.config;
    const compression = request.headers['content-encoding'] ?? 'identity';
    if (!['identity', 'none', 'gzip', ''].includes(compression)) {
      throw new UnsupportedMediaError(
        `Content-Encoding ${compression} is not understood. Send gzip or identity.`,
      );
    }
    const sent = await readBody(request, maxMessageBytes, pass);
    const body = compression === 'gzip' ? await decompress(sent, maxMessageBytes) : sent;
    if (body !== sent) pass.hold(body.length);
    return encoding === 'json' ? jsonToProtobuf(body) : body;
  }
}

/** How long a client whose request was refused may go on sending it. */
const LINGER_MS = 2000;
const CLOSE = { Connection: 'close' } as const;

function encodingOf(request: IncomingMessage): Encoding | null {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
  if (type === MEDIA_TYPES.protobuf) return 'protobuf';
  return type === MEDIA_TYPES.json ? 'json' : null;
}

function unsupportedType(request: IncomingMessage): Error {
  const type = request.headers['content-type'];
  const sent =
    type === undefined ? 'There is no Content-Type' : `Content-Type ${printablePath(type)} is not understood`;
  return new UnsupportedMediaError(`${sent}. Send ${MEDIA_TYPES.protobuf} or ${MEDIA_TYPES.json}.`);
}

const tooLarge = (limit: number): Error =>
  new MessageTooLargeError(`The request is larger than ${limit} bytes. Send smaller batches.`);

/** Reads a body within the limits. */
function readBody(request: IncomingMessage, limit: number, pass: Pass): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      try {
        length += chunk.length;
        if (length > limit) throw tooLarge(limit);
        pass.hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        request.pause();
        reject(error);
      }
    });
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length)));
    request.once('error', () => reject(brokenOff()));
    request.once('close', () => reject(brokenOff()));
  });
}

const brokenOff = (): Error =>
  new MalformedMessageError('The connection was closed before the body was complete.');

async function decompress(body: Buffer, limit: number): Promise<Buffer> {
  const chunkSize = Math.min(MAX_CHUNK, Math.max(MIN_CHUNK, body.length * EXPECTED_RATIO));
  try {
    return await inflate(body, { maxOutputLength: limit, chunkSize });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new MalformedMessageError(
      'The body is not valid gzip although Content-Encoding says so. Compress it, or leave the header out.',
    );
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: Buffer,
  encoding: Encoding,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'Content-Type': MEDIA_TYPES[encoding],
    'Content-Length': String(body.length),
    ...headers,
  });
  response.end(body);
}

/**
 * After an early answer the client may still be sending. To close at once would reset the connection, and could cost it
 * the answer: what it sends is read and dropped for a while.
 */
function dropRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  response.once('finish', () => {
    const giveUp = setTimeout(() => request.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(giveUp)).resume();
  });
}

const MAX_SHOWN = 100;

const printablePath = (text: string): string => text.slice(0, MAX_SHOWN).replace(/[^\x20-\x7e]/g, '?');
