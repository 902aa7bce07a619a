import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { buildApp } from './helper.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
  }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}
interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: object };
}

const OPEN_PATHS = ['/health', '/status', '/openapi.json'];

async function describe(t: test.TestContext): Promise<Description> {
  const { app } = await buildApp(t);
  return (await app.inject('/openapi.json')).json();
}

test('the description is OpenAPI 3.1 with title, version and both ways to send a key', async (t) => {
  const { openapi, info, components } = await describe(t);
  assert.match(openapi, /^3\.1\.\d$/);
  assert.equal(info.title, 'Argus');
  assert.equal(info.version, '1.2.3');
  assert.deepEqual(Object.keys(components.securitySchemes), ['apiKey', 'bearer']);
});

test('every route of the API is described, with its path parameters', async (t) => {
  const { paths } = await describe(t);
  assert.deepEqual(Object.keys(paths).sort(), [
    '/alerts/active',
    '/health',
    '/openapi.json',
    '/predictions/current',
    '/report-card',
    '/servers',
    '/servers/{name}',
    '/servers/{name}/forecast',
    '/status',
  ]);
  for (const [path, operations] of Object.entries(paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters = [] } of Object.values(operations)) {
      assert.deepEqual(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        named,
      );
    }
  }
});

test('every operation says what it does, what it takes, what it answers and whether it needs a key', async (t) => {
  const { paths } = await describe(t);
  for (const [path, operations] of Object.entries(paths)) {
    for (const { summary, tags, security, parameters = [], responses } of Object.values(operations)) {
      assert.ok(summary !== undefined && summary.length > 10, path);
      assert.equal(tags?.length, 1, path);
      assert.equal(security?.length, OPEN_PATHS.includes(path) ? 0 : 2, path);
      for (const { name, description } of parameters) assert.ok(description, `${path} ${name}`);
      assert.ok('200' in responses, path);
      for (const [status, { description }] of Object.entries(responses)) {
        assert.notEqual(description, 'Default Response', `${path} ${status}`);
      }
      if (!OPEN_PATHS.includes(path))
        assert.ok('401' in responses && '403' in responses && '429' in responses, path);
    }
  }
});

test('what the description promises of a prediction is what comes', async (t) => {
  const { app } = await buildApp(t);
  const { paths } = (await app.inject('/openapi.json')).json();
  const { schema } = paths['/predictions/current'].get.responses['200'].content['application/json'];
  const { properties } = Object.values<{ properties: object }>(
    schema.properties.predictions.patternProperties ?? {
      any: schema.properties.predictions.additionalProperties,
    },
  )[0];
  const { predictions } = (await app.inject('/predictions/current?limit=1')).json();
  const promised = Object.keys(properties).filter((name) => name !== 'bands');
  assert.deepEqual(Object.keys(predictions.ppdb001), promised);
});

test('the page that shows the description is served from here and loads nothing from elsewhere', async (t) => {
  const { app } = await buildApp(t);
  const page = await app.inject('/docs');
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.doesNotMatch(page.body, /(src|href)="(https?:)?\/\//);
  assert.match(String(page.headers['content-security-policy']), /default-src 'self'/);
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
  assert.ok(assets.length >= 4);
  for (const url of assets) assert.equal((await app.inject(url)).statusCode, 200, url);
});

test('no query whatever makes a route fail: each is answered or refused by a coded error', async (t) => {
  const { app } = await buildApp(t, { config: { rateLimits: { enabled: false } } });
  const name = fc.constantFrom(
    'limit',
    'level',
    'fields',
    'server',
    'profile',
    'mode',
    'history',
    '__proto__',
    'limit[]',
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('1', '-1', 'critical', 'bands', 'true', '1e400', 'null'),
  );
  const path = fc.constantFrom(
    '/predictions/current',
    '/servers',
    '/servers/ppdb001',
    '/servers/ppdb001/forecast',
    '/alerts/active',
    '/status',
  );
  await fc.assert(
    fc.asyncProperty(path, fc.array(fc.tuple(name, value), { maxLength: 4 }), async (url, query) => {
      const answer = await app.inject(
        `${url}?${query.map(([key, text]) => `${encodeURIComponent(key)}=${encodeURIComponent(text.toWellFormed())}`).join('&')}`,
      );
      assert.ok([200, 422].includes(answer.statusCode), answer.body);
      if (answer.statusCode === 422) assert.equal(answer.json().code, 'ARGUS_INVALID_INPUT');
      else JSON.parse(answer.body);
    }),
    { numRuns: 300 },
  );
});
