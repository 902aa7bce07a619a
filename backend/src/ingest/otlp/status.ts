/** Answers of the OTLP protocol: ExportMetricsServiceResponse and google.rpc.Status, as protobuf and as JSON. */
import { status as GrpcStatus } from '@grpc/grpc-js';
import { WireWriter } from './wireWriter.ts';

export type Encoding = 'protobuf' | 'json';

export const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Points that were refused while the rest of the request was taken. */
export interface PartialSuccess {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}

export interface Failure {
  readonly httpStatus: number;
  readonly grpcStatus: GrpcStatus;
  readonly message: string;
  /** Set where sending the same request again may succeed. */
  readonly retryAfterSeconds: number | null;
}

/** The gRPC twin of an HTTP status, as the OTLP specification pairs them. */
const GRPC_STATUS: ReadonlyMap<number, GrpcStatus> = new Map([
  [400, GrpcStatus.INVALID_ARGUMENT],
  [401, GrpcStatus.UNAUTHENTICATED],
  [403, GrpcStatus.PERMISSION_DENIED],
  [404, GrpcStatus.UNIMPLEMENTED],
  [405, GrpcStatus.UNIMPLEMENTED],
  [408, GrpcStatus.DEADLINE_EXCEEDED],
  [413, GrpcStatus.RESOURCE_EXHAUSTED],
  [415, GrpcStatus.INVALID_ARGUMENT],
  [429, GrpcStatus.RESOURCE_EXHAUSTED],
  [503, GrpcStatus.UNAVAILABLE],
]);
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);

/** What to answer to an error; one that is not ours is an internal error and keeps its message to itself. */
export function failureOf(error: unknown, retryAfterSeconds: number): Failure {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const isKnown = GRPC_STATUS.has(status);
  return {
    httpStatus: isKnown ? status : 500,
    grpcStatus: GRPC_STATUS.get(status) ?? GrpcStatus.INTERNAL,
    message:
      isKnown && error instanceof Error
        ? error.message
        : 'Argus could not take the request because of an error of its own; its log has the details.',
    retryAfterSeconds: RETRYABLE.has(status) ? retryAfterSeconds : null,
  };
}

export function encodeSuccess(partial: PartialSuccess | null, encoding: Encoding): Buffer {
  if (encoding === 'json') {
    const body =
      partial === null
        ? {}
        : {
            partialSuccess: {
              rejectedDataPoints: String(partial.rejectedDataPoints),
              errorMessage: partial.errorMessage,
            },
          };
    return Buffer.from(JSON.stringify(body));
  }
  if (partial === null) return EMPTY;
  const writer = new WireWriter();
  writer.message(1, () => {
    writer.varint(1, partial.rejectedDataPoints);
    writer.string(2, partial.errorMessage);
  });
  return writer.finish();
}

const EMPTY = Buffer.alloc(0);
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** A google.rpc.Status; with a RetryInfo where the client may try again. */
export function encodeFailure(failure: Failure, encoding: Encoding): Buffer {
  const { grpcStatus, message, retryAfterSeconds } = failure;
  if (encoding === 'json') {
    const details =
      retryAfterSeconds === null ? [] : [{ '@type': RETRY_INFO, retryDelay: `${retryAfterSeconds}s` }];
    return Buffer.from(JSON.stringify({ code: grpcStatus, message, details }));
  }
  const writer = new WireWriter();
  writer.varint(1, grpcStatus);
  writer.string(2, message);
  if (retryAfterSeconds !== null) {
    writer.message(3, () => {
      writer.string(1, RETRY_INFO);
      writer.message(2, () => writer.message(1, () => writer.varint(1, retryAfterSeconds)));
    });
  }
  return writer.finish();
}
