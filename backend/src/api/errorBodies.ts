/** Turns any error into what a client may see of it. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type InputIssue, InvalidInput } from '../catalog/invalidInput.ts';
import {
  BodyTooLarge,
  MalformedJson,
  MalformedRequest,
  MediaTypeUnsupported,
  RouteUnknown,
  UriTooLong,
} from './errors.ts';

const SHOWN_PATH_LENGTH = 200;
/** What is told of a failure that is ours: the log has the rest, under the request's id. */
const INTERNAL_DETAIL = 'Something went wrong inside Argus. The log has the cause under this request id.';

export interface ErrorBody {
  readonly detail: string | readonly InputIssue[];
  readonly code: string;
  readonly error?: string;
  readonly request_id?: string;
}

/** The shape of most errors. */
export function errorSchema(description: string) {
  return Type.Object(
    {
      detail: Type.String({ description: 'What is wrong and what to do.' }),
      code: Type.String({ description: 'Stable name of the error.', examples: ['ARGUS_KEY_MISSING'] }),
    },
    { description },
  );
}

export const invalidInputSchema = Type.Object(
  {
    detail: Type.Array(
      Type.Object({
        loc: Type.Array(Type.Union([Type.String(), Type.Integer()]), {
          examples: [['query', 'limit']],
        }),
        msg: Type.String(),
        type: Type.String(),
      }),
    ),
    code: Type.String(),
  },
  { description: 'Input that breaks a rule, each mistake with its place' },
);

export const internalErrorSchema = Type.Object(
  {
    detail: Type.String(),
    error: Type.String(),
    code: Type.String(),
    request_id: Type.String({ description: 'Find the cause in the log by this.' }),
  },
  { description: 'A failure inside Argus' },
);

/** Fastify's own refusals, in our words. */
const FRAMEWORK_ERRORS: Readonly<Record<string, () => FastifyError>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => new MalformedJson(),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new MalformedJson(),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new BodyTooLarge(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new MediaTypeUnsupported(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new MalformedRequest('The body is not as long as its Content-Length says.'),
  FST_ERR_BAD_URL: () => new MalformedRequest('The address is not validly percent-encoded.'),
  FST_ERR_INVALID_URL: () => new MalformedRequest('The address is not a valid one.'),
  FST_ERR_MAX_PARAM_LENGTH: () => new UriTooLong(),
};

/** Ajv keywords and the types the seed's clients know for them. */
const ISSUE_TYPES: Readonly<Record<string, string>> = {
  required: 'missing',
  minimum: 'greater_than_equal',
  maximum: 'less_than_equal',
  enum: 'enum',
  const: 'enum',
  anyOf: 'enum',
  minLength: 'string_too_short',
  maxLength: 'string_too_long',
  pattern: 'string_pattern_mismatch',
};

type SchemaIssue = NonNullable<FastifyError['validation']>[number];

function issueOf(part: string, issue: SchemaIssue): InputIssue {
  const path = issue.instancePath
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const missing = issue.params.missingProperty;
  const allowed = issue.params.allowedValues;
  return {
    loc: [part, ...path, ...(typeof missing === 'string' ? [missing] : [])],
    msg: Array.isArray(allowed) ? `must be one of ${allowed.join(', ')}` : (issue.message ?? 'is not valid'),
    type:
      issue.keyword === 'type' ? `${issue.params.type}_type` : (ISSUE_TYPES[issue.keyword] ?? 'value_error'),
  };
}

function translated(error: FastifyError): FastifyError {
  if (error.validation !== undefined) {
    const part = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'body');
    return new InvalidInput(error.validation.map((issue) => issueOf(part, issue)));
  }
  if (error instanceof SyntaxError && error.statusCode === 400) return new MalformedJson();
  return FRAMEWORK_ERRORS[error.code]?.() ?? error;
}

function isIssueList(value: unknown): value is readonly InputIssue[] {
  return Array.isArray(value) && value.length > 0;
}

/** Whether the message was written for a client: only errors of ours with a status are. */
function isMeantForClients(error: FastifyError): boolean {
  return error.statusCode !== undefined && error.code?.startsWith('ARGUS_') === true;
}

/** Status and body for an error; what is unforeseen becomes a 500 that says nothing about our inside. */
export function errorAnswer(
  thrown: FastifyError,
  requestId: string,
): { readonly status: number; readonly body: ErrorBody } {
  const error = translated(thrown);
  const status = error.statusCode ?? 500;
  if (isMeantForClients(error)) {
    const issues = (error as { issues?: unknown }).issues;
    return { status, body: { detail: isIssueList(issues) ? issues : error.message, code: error.code } };
  }
  if (status >= 400 && status < 500) {
    return {
      status,
      body: { detail: `${STATUS_CODES[status] ?? 'Bad Request'}.`, code: 'ARGUS_MALFORMED_REQUEST' },
    };
  }
  const body = {
    detail: INTERNAL_DETAIL,
    error: 'Internal Server Error',
    code: 'ARGUS_INTERNAL',
    request_id: requestId,
  };
  return { status: 500, body };
}

/** Answers an error; for Fastify's error handler and for errors met before a route was found. */
export function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = errorAnswer(error, request.id);
  if (status === 500)
    request.log.error(
      { err: error, method: request.method, route: request.routeOptions?.url },
      'A request failed.',
    );
  const retryAfterSeconds = (error as { retryAfterSeconds?: unknown }).retryAfterSeconds;
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', Math.ceil(retryAfterSeconds));
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="argus"');
  // To close while the client still sends would reset the connection and could cost it this answer; what it still
  // sends is read and dropped, for as long as a request may take.
  if (status === 413) reply.removeHeader('connection');
  // Serialised here: a route's response schema describes its good answers and must not cut this one.
  reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
    .send(body);
}

/** Makes every refusal of this server a coded JSON body. */
export function addErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>(sendError);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request) => {
    throw new RouteUnknown(request.method, request.url.split('?')[0].slice(0, SHOWN_PATH_LENGTH));
  });
}

/** The answer to bytes that are not HTTP; there is no request to answer, only a socket. */
export function malformedHttpAnswer(errorCode: string | undefined): string {
  const [status, detail] =
    errorCode === 'HPE_HEADER_OVERFLOW'
      ? [431, 'The headers are larger than is read here.']
      : errorCode === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'The request did not arrive in time.']
        : [400, 'This is not a valid HTTP request.'];
  const body = JSON.stringify({ detail, code: 'ARGUS_MALFORMED_REQUEST' });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status as number]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
