/** The machine-readable description of the API and the page that shows it. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { errorSchema, internalErrorSchema, invalidInputSchema } from './errorBodies.ts';
import type { RouteScope } from './scopes.ts';

const DOCS_PREFIX = '/docs';

const TAGS = [
  { name: 'Health', description: 'Whether Argus runs and what it runs on' },
  { name: 'Servers', description: 'The servers that are watched' },
  { name: 'Forecasts', description: 'What is expected of them in the next eight hours' },
  { name: 'Explanations', description: 'Why a server has its risk, and what would change it' },
  { name: 'Alerts', description: 'Which of them need attention' },
  { name: 'Feed', description: 'Sending measurements as JSON' },
  { name: 'Models', description: 'The model that makes the forecasts' },
  { name: 'Meta', description: 'The API about itself' },
];

/** The docs plugin's own routes and files need no key: they hold nothing but this description. */
export function isDocsRoute(url: string): boolean {
  return url === DOCS_PREFIX || url.startsWith(`${DOCS_PREFIX}/`);
}

/** What any route may answer, so that none has to repeat it. */
function commonErrors(schema: FastifySchema, isOpen: boolean): Record<string, unknown> {
  const takesInput = 'querystring' in schema || 'params' in schema || 'body' in schema;
  return {
    ...(isOpen
      ? {}
      : { 401: errorSchema('No API key'), 403: errorSchema('A wrong API key, or one without the scope') }),
    ...(takesInput ? { 422: invalidInputSchema } : {}),
    429: errorSchema('Too many requests; Retry-After says when to ask again'),
    500: internalErrorSchema,
  };
}

function withCommonAnswers(schema: FastifySchema, scope: RouteScope | undefined): FastifySchema {
  const isOpen = scope === 'open';
  const own = (schema.response ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...schema,
    security: isOpen ? [] : [{ apiKey: [] }, { bearer: [] }],
    response: { ...commonErrors(schema, isOpen), ...own },
  };
}

/** Describes every route that is registered after it. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Argus',
        version,
        description:
          'Forecasts which servers will get into trouble in the next eight hours, how sure that is, and why. Times are ISO 8601 in UTC. What was not measured is null.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'X-API-Key',
            description: 'A key made by argus keys create',
          },
          bearer: { type: 'http', scheme: 'bearer', description: 'The same key as a bearer token' },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: withCommonAnswers(schema ?? {}, route.config?.scope),
      url,
    }),
  });
  await app.register(swaggerUi, { routePrefix: DOCS_PREFIX, staticCSP: true });
  app.get(
    '/openapi.json',
    {
      config: { scope: 'open' },
      schema: {
        tags: ['Meta'],
        summary: 'This description (OpenAPI 3.1)',
        response: {
          200: Type.Unsafe<object>({
            type: 'object',
            additionalProperties: true,
            description: 'An OpenAPI document',
          }),
        },
      },
    },
    async () => app.swagger(),
  );
}
