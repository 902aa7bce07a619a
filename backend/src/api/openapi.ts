/** The machine-readable description of the API and the page that shows it. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

const DOCS_PREFIX = '/docs';

const TAGS = [
  { name: 'Health', description: 'Whether Argus runs and what it runs on' },
  { name: 'Servers', description: 'The servers that are watched' },
  { name: 'Forecasts', description: 'What is expected of them in the next eight hours' },
  { name: 'Alerts', description: 'Which of them need attention' },
  { name: 'Feed', description: 'Sending measurements as JSON' },
  { name: 'Models', description: 'The model that makes the forecasts' },
  { name: 'Meta', description: 'The API about itself' },
];

/** The docs plugin's own routes and files need no key: they hold nothing but this description. */
export function isDocsRoute(url: string): boolean {
  return url === DOCS_PREFIX || url.startsWith(`${DOCS_PREFIX}/`);
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
    transform: ({ schema, url, route }) => {
      const open = route.config?.scope === 'open';
      const security = open ? [] : [{ apiKey: [] }, { bearer: [] }];
      return { schema: { ...schema, security }, url };
    },
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
