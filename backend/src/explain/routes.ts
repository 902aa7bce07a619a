/** GET /explain, GET /explain/{server}, POST /what-if */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { findServer } from '../fleet/findServer.ts';
import { asClientError, type ExplanationDesk } from './desk.ts';
import { ClientGoneError } from './errors.ts';
import type { ExplainMetrics } from './metrics.ts';
import type { Flight } from './queue.ts';
import {
  type ExplanationAnswer,
  errorSchema,
  explainQuerySchema,
  explanationSchema,
  type ListAnswer,
  listQuerySchema,
  listSchema,
  nameSchema,
  pendingSchema,
  type WhatIfAnswer,
  type WhatIfBody,
  whatIfBodySchema,
  whatIfSchema,
} from './schemas.ts';
import type { SubjectSources } from './subjects.ts';
import { TOO_LONG, waitSecondsOf, within } from './waiting.ts';
import { requireNumbers } from './whatIfChanges.ts';

const ACCEPTED = 202;
/** Ten changes take a thousandth of this; thousands are to be told that they are too many. */
const WHAT_IF_BODY_BYTES = 1024 * 1024;

const unknownResponse = { 404: errorSchema('No such server') };
const busyResponse = {
  503: errorSchema('No forecast yet, or too many explanations wait; Retry-After says when to ask again'),
};

export interface ListFilter {
  readonly limit: number;
  readonly level: 'degraded' | 'warning' | 'critical';
  readonly server?: string;
}

export interface ExplainRoutesOptions {
  readonly desk: ExplanationDesk;
  readonly sources: SubjectSources;
  readonly metrics: ExplainMetrics;
  readonly list: (filter: ListFilter, signal: AbortSignal) => Promise<ListAnswer>;
  readonly whatIf: (body: WhatIfBody, signal: AbortSignal) => Promise<WhatIfAnswer>;
}

/** Aborted when the client goes before it is answered. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new Error('the client has gone'));
  });
  return controller.signal;
}

/** A result, or the error a client may see; a client that has gone gets none, and the log no failure of ours. */
async function forClient<T>(work: Promise<T>, gone: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw gone.aborted ? new ClientGoneError() : asClientError(error);
  }
}

/** The answer, if it comes in time; what nobody waits for any more is given up. */
async function awaited(
  flight: Flight<ExplanationAnswer>,
  seconds: number,
  gone: AbortSignal,
): Promise<ExplanationAnswer | typeof TOO_LONG> {
  const leave = flight.join();
  gone.addEventListener('abort', leave);
  const result = await within(flight.promise, seconds);
  // Whoever is told to ask again is going to.
  if (result === TOO_LONG) flight.detach();
  leave();
  return result;
}

const explainRoute: FastifyPluginAsyncTypebox<ExplainRoutesOptions> = async (app, options) => {
  const { desk, sources, metrics } = options;
  app.get(
    '/explain/:name',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Explanations'],
        summary: 'Why a server has its risk, when that was decided, and what would bring it down',
        params: nameSchema,
        querystring: explainQuerySchema,
        response: {
          200: explanationSchema,
          202: pendingSchema,
          ...unknownResponse,
          ...busyResponse,
        },
      },
    },
    async ({ params, query, headers }, reply) => {
      const gone = goneSignal(reply);
      const asked = desk.ask(findServer(sources.fleet, params.name), query.method);
      if (asked.kind === 'there') return asked.answer;
      const seconds = waitSecondsOf(query.wait, headers.prefer);
      const answer = await forClient(awaited(asked.flight, seconds, gone), gone);
      if (answer !== TOO_LONG) return answer;
      metrics.requests.inc({ outcome: 'pending' });
      const exact = query.method === 'exact' ? '?method=exact' : '';
      const poll = `/explain/${encodeURIComponent(params.name)}${exact}`;
      const retryAfter = desk.retryAfterSeconds;
      reply.code(ACCEPTED).header('location', poll).header('retry-after', retryAfter);
      return {
        status: asked.flight.isStarted ? ('running' as const) : ('queued' as const),
        server_name: params.name,
        poll,
        retry_after_seconds: retryAfter,
        detail: `The explanation is being computed. Ask again at ${poll} in ${retryAfter} s.`,
      };
    },
  );
};

const listRoute: FastifyPluginAsyncTypebox<ExplainRoutesOptions> = async (app, { list }) => {
  app.get(
    '/explain',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Explanations'],
        summary: 'What drives the servers at most risk, by a fast approximation',
        querystring: listQuerySchema,
        response: { 200: listSchema, ...busyResponse },
      },
    },
    async ({ query }, reply) => {
      const gone = goneSignal(reply);
      return forClient(list(query, gone), gone);
    },
  );
};

const whatIfRoute: FastifyPluginAsyncTypebox<ExplainRoutesOptions> = async (app, { whatIf }) => {
  app.post(
    '/what-if',
    {
      config: { scope: 'read' },
      bodyLimit: WHAT_IF_BODY_BYTES,
      schema: {
        tags: ['Explanations'],
        summary: 'Forecast and risk of a server or a profile if something were different',
        body: whatIfBodySchema,
        response: { 200: whatIfSchema, ...unknownResponse, ...busyResponse },
      },
      preValidation: async ({ body }) => requireNumbers(body),
    },
    async ({ body }, reply) => {
      const gone = goneSignal(reply);
      return forClient(whatIf(body, gone), gone);
    },
  );
};

/** Everything that explains. */
export const explainRoutes: FastifyPluginAsyncTypebox<ExplainRoutesOptions> = async (app, options) => {
  await app.register(explainRoute, options);
  await app.register(listRoute, options);
  await app.register(whatIfRoute, options);
};
