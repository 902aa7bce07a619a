/** OTLP over gRPC. Messages pass @grpc/grpc-js undecoded: a generated decoder costs seven times what our reader does. */
import {
  status as GrpcStatus,
  type handleUnaryCall,
  logVerbosity,
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServiceDefinition,
  type StatusObject,
  setLogVerbosity,
} from '@grpc/grpc-js';
import type { OtlpConfig } from '../config.ts';
import { NoSuchSignalError } from '../errors.ts';
import type { IngestMetrics } from '../metrics.ts';
import { type Authorize, requireKey } from './authorization.ts';
import type { Gate } from './gate.ts';
import { listenError } from './listen.ts';
import type { IngestLogger } from './logger.ts';
import type { MetricsService } from './metricsService.ts';
import { encodeFailure, encodeSuccess, type Failure, failureOf } from './status.ts';
import type { TlsFiles } from './tls.ts';

// What grpc-js would print on the console is answered or thrown with a code.
setLogVerbosity(logVerbosity.NONE);

const REQUEST_TIMEOUT_MS = 60_000;

const identity = (bytes: Buffer): Buffer => bytes;
const exportService = (path: string): ServiceDefinition => ({
  Export: {
    path: `/${path}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  },
});
const PACKAGE = 'opentelemetry.proto.collector';
const METRICS_SERVICE = exportService(`${PACKAGE}.metrics.v1.MetricsService`);
const OTHER_SIGNALS = [`${PACKAGE}.trace.v1.TraceService`, `${PACKAGE}.logs.v1.LogsService`];

export interface GrpcDependencies {
  readonly service: MetricsService;
  readonly gate: Gate;
  readonly config: OtlpConfig;
  readonly metrics: IngestMetrics;
  readonly logger: IngestLogger;
  readonly authorize: Authorize;
  readonly tls: TlsFiles | null;
}

export class OtlpGrpcServer {
  readonly #dependencies: GrpcDependencies;
  readonly #server: Server;

  constructor(dependencies: GrpcDependencies) {
    this.#dependencies = dependencies;
    const { config } = dependencies;
    this.#server = new Server({
      'grpc.max_receive_message_length': config.maxMessageBytes,
      'grpc.max_concurrent_streams': config.maxRequestsInFlight,
      'grpc.so_reuseport': 0,
      interceptors: [this.#guard],
    });
    const take: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
      try {
        answer(null, encodeSuccess(dependencies.service.export(call.request), 'protobuf'));
      } catch (error) {
        answer(this.#statusOf(error));
      }
    };
    this.#server.addService(METRICS_SERVICE, { Export: take });
    for (const path of OTHER_SIGNALS) {
      const refuse: handleUnaryCall<Buffer, Buffer> = (_call, answer) => {
        answer(this.#statusOf(new NoSuchSignalError(path)));
      };
      this.#server.addService(exportService(path), { Export: refuse });
    }
  }

  /**
   * @returns the address as HOST:PORT
   * @throws ListenError
   */
  listen(): Promise<string> {
    const { config, tls } = this.#dependencies;
    const { host, port } = config.grpc;
    const shownHost = host.includes(':') ? `[${host}]` : host;
    const credentials =
      tls === null
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${shownHost}:${port}`, credentials, (error, bound) => {
        if (error === null) resolve(`${shownHost}:${bound}`);
        else reject(listenError(error, host, port, 'ingest.otlp.grpc'));
      });
    });
  }

  /** Ends once the calls in flight are answered, or cut off after the time given. */
  async stop(drainMs: number): Promise<void> {
    const timer = setTimeout(() => this.#server.forceShutdown(), drainMs);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  /** Checks keys and limits before the message is read, and gives the place back whatever way the call ends. */
  readonly #guard: ServerInterceptor = (_method, call) => {
    const { gate, metrics } = this.#dependencies;
    let leave = (): void => {};
    let isAnswered = false;
    const count = (code: string) => {
      if (!isAnswered) metrics.requests.inc({ transport: 'grpc', code });
      isAnswered = true;
    };
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            try {
              requireKey(this.#dependencies.authorize, keyHeaders(metadata));
              const place = gate.enter();
              const timer = setTimeout(() => call.sendStatus(TIMED_OUT), REQUEST_TIMEOUT_MS);
              leave = () => {
                clearTimeout(timer);
                place.leave();
              };
              pass(metadata);
            } catch (error) {
              const refused = this.#statusOf(error);
              count(codeName(refused.code));
              call.sendStatus(refused);
            }
          },
          // Also where the library gives up by itself: a message that is too large or no gzip.
          onCancel: () => {
            leave();
            count('INCOMPLETE');
          },
        });
      },
      sendStatus: (sent, next) => {
        leave();
        count(codeName(sent.code));
        next(sent);
      },
    });
  };

  #statusOf(error: unknown): StatusObject {
    const failure = failureOf(error, this.#dependencies.config.retryAfterSeconds);
    if (failure.httpStatus === 500) {
      this.#dependencies.logger.error({ error }, 'an OTLP request over gRPC failed');
    }
    return { code: failure.grpcStatus, details: failure.message, metadata: retryMetadata(failure) };
  }
}

const TIMED_OUT: StatusObject = {
  code: GrpcStatus.DEADLINE_EXCEEDED,
  details: `The message was not complete after ${REQUEST_TIMEOUT_MS / 1000} s.`,
  metadata: new Metadata(),
};

/** Clients retry RESOURCE_EXHAUSTED only where a RetryInfo says so. */
function retryMetadata(failure: Failure): Metadata {
  const metadata = new Metadata();
  if (failure.retryAfterSeconds !== null) {
    metadata.set('grpc-status-details-bin', encodeFailure(failure, 'protobuf'));
  }
  return metadata;
}

function keyHeaders(metadata: Metadata): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of ['x-api-key', 'authorization']) {
    const [value] = metadata.get(name);
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

const codeName = (code: GrpcStatus | undefined): string => GrpcStatus[code ?? GrpcStatus.UNKNOWN];
