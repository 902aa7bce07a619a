import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { Value } from 'typebox/value';
import { configurationPage } from '../../src/config/documentation.ts';
import { ConfigInvalid } from '../../src/config/errors.ts';
import { type ConfigSources, checkConfig, loadConfig } from '../../src/config/load.ts';
import { variableName } from '../../src/config/overrides.ts';
import { closestWord, problemLine } from '../../src/config/problem.ts';
import { configSchema } from '../../src/config/schema.ts';
import { configFile } from './helper.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

/** Loads with a file that says nothing, so that no argus.yaml of the working folder has a say. */
function load(t: TestContext, sources: Omit<ConfigSources, 'file'> & { readonly yaml?: string } = {}) {
  const { yaml = '', ...others } = sources;
  return loadConfig({ file: configFile(t, yaml), ...others });
}

function mistakes(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems.map(problemLine);
    throw error;
  }
  return [];
}

test('without any source the defaults hold and fit the schema', (t) => {
  const config = load(t);
  assert.equal(config.api.port, 8000);
  assert.equal(config.api.host, '127.0.0.1');
  assert.equal(config.ingest.otlp.grpc.port, 4317);
  assert.equal(config.fleet.staleAfterMinutes, 15);
  assert.equal(config.api.tls, undefined);
  assert.ok(Value.Check(configSchema, config));
});

test('flags go before the environment, the environment before the file, the file before the defaults', (t) => {
  const yaml = 'api:\n  host: 127.0.0.2\n  port: 1001\n  keepAliveSeconds: 11\n';
  const env = { ARGUS_API__PORT: '1002', ARGUS_API__HOST: '127.0.0.3' };
  const config = load(t, { yaml, env, flags: { http: '127.0.0.4:1003' } });
  assert.deepEqual([config.api.host, config.api.port], ['127.0.0.4', 1003]);
  assert.equal(config.api.keepAliveSeconds, 11);
  assert.equal(load(t, { yaml, env }).api.port, 1002);
  assert.equal(load(t, { yaml }).api.port, 1001);
});

test('a configuration cannot be changed after it was loaded', (t) => {
  const config = load(t);
  assert.throws(() => Object.assign(config, { dataDir: 'x' }), TypeError);
  assert.throws(() => Object.assign(config.api.rateLimits, { enabled: false }), TypeError);
  assert.throws(() => config.forecast.providers.push('cpu'), TypeError);
});

const variables: readonly (readonly [name: string, text: string, path: string, value: unknown])[] = [
  ['ARGUS_DATA_DIR', '/data', 'dataDir', '/data'],
  ['ARGUS_FLEET__STALE_AFTER_MINUTES', '7.5', 'fleet.staleAfterMinutes', 7.5],
  ['ARGUS_INGEST__OTLP__HTTP__PORT', '0', 'ingest.otlp.http.port', 0],
  ['ARGUS_FORECAST__WARM_UP', 'false', 'forecast.warmUp', false],
  [
    'ARGUS_API__CORS_ORIGINS',
    'https://a.example, https://b.example',
    'api.corsOrigins',
    ['https://a.example', 'https://b.example'],
  ],
  ['ARGUS_API__CORS_ORIGINS', '["https://a.example"]', 'api.corsOrigins', ['https://a.example']],
  ['ARGUS_API__CORS_ORIGINS', '', 'api.corsOrigins', []],
  ['ARGUS_LOG__LEVEL', 'debug', 'log.level', 'debug'],
  ['ARGUS_FORECAST__MODEL', '123', 'forecast.model', '123'],
  ['ARGUS_RISK__THRESHOLDS__SWAP_USED_PCT', 'null', 'risk.thresholds.swap_used_pct', null],
  ['ARGUS_RISK__PROFILES__DATABASE__WEIGHTS__MEMORY', '0.5', 'risk.profiles.database.weights.memory', 0.5],
  ['ARGUS_API__TRUSTED_PROXIES', '10.0.0.0/8', 'api.trustedProxies', ['10.0.0.0/8']],
];
for (const [name, text, path, value] of variables) {
  test(`${name}=${text} sets ${path}`, (t) => {
    let found: unknown = load(t, { env: { [name]: text } });
    for (const step of path.split('.')) found = (found as Record<string, unknown>)[step];
    assert.deepEqual(found, value);
  });
}

const wrongVariables: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  [
    'ARGUS_API__PROT',
    '1',
    /environment variable ARGUS_API__PROT: names no setting\. Did you mean ARGUS_API__PORT\?/,
  ],
  ['ARGUS_NO__SUCH_THING', '1', /ARGUS_NO__SUCH_THING: names no setting\. Remove it/],
  ['ARGUS_DATADIRS', 'x', /Did you mean ARGUS_DATA_DIR\?/],
  [
    'ARGUS_API__PORT',
    'eight',
    /environment variable ARGUS_API__PORT: api\.port: must be a whole number, but is "eight"/,
  ],
  ['ARGUS_API__PORT', '99999', /ARGUS_API__PORT: api\.port: must be from 0 to 65535/],
  ['ARGUS_API__PORT', '', /ARGUS_API__PORT: api\.port: must be a whole number/],
  ['ARGUS_API__PORT', '[', /ARGUS_API__PORT: api\.port: must be a whole number/],
  ['ARGUS_API', '5', /ARGUS_API: api: must be a section of settings/],
  ['ARGUS_API____PORT', '5', /ARGUS_API____PORT: names no setting/],
  ['ARGUS_API__CORS_ORIGINS', 'nonsense', /ARGUS_API__CORS_ORIGINS: api\.corsOrigins\[0\]/],
];
for (const [name, text, says] of wrongVariables) {
  test(`${name}=${text} is reported by the variable's name`, (t) => {
    const found = mistakes(() => load(t, { env: { [name]: text } }));
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0], says);
  });
}

test('variables of the same prefix that somebody else sets are left alone', (t) => {
  const env = {
    ARGUS_DEBUG: '1',
    ARGUS_PORT_8000_TCP_ADDR: '10.0.0.1',
    ARGUS_SERVICE_HOST: 'x',
    PATH: '/bin',
  };
  assert.equal(load(t, { env }).api.port, 8000);
});

test('flags set what they name', (t) => {
  const config = load(t, {
    flags: { dataDir: '/d', model: 'tft-2', http: '[::1]:1', otlpGrpc: 'localhost:2', otlpHttp: '0.0.0.0:0' },
  });
  assert.equal(config.dataDir, '/d');
  assert.equal(config.forecast.model, 'tft-2');
  assert.deepEqual([config.api.host, config.api.port], ['::1', 1]);
  assert.deepEqual(config.ingest.otlp.grpc, { host: 'localhost', port: 2 });
  assert.deepEqual(config.ingest.otlp.http, { host: '0.0.0.0', port: 0 });
});

for (const text of ['8000', 'localhost', ':8000', 'a b:1', '::1:8000', 'localhost:', 'localhost:x', '']) {
  test(`--http ${JSON.stringify(text)} is no address and is reported by the flag's name`, (t) => {
    const found = mistakes(() => load(t, { flags: { http: text } }));
    assert.deepEqual(found.length, 1);
    assert.match(found[0], /^--http: api: must be HOST:PORT.*\[::1\]:8000/);
  });
}

test('a port out of range in a flag is reported by the flag', (t) => {
  const [found] = mistakes(() => load(t, { flags: { otlpGrpc: 'localhost:70000' } }));
  assert.match(found, /^--otlp-grpc: ingest\.otlp\.grpc\.port: must be from 0 to 65535/);
});

test('mistakes of all sources are reported together in one error', (t) => {
  const sources = {
    yaml: 'api:\n  hots: x\n',
    env: { ARGUS_FLEET__GRACE_SECONDS: '-1' },
    flags: { http: 'x' },
  };
  assert.throws(
    () => load(t, sources),
    (error) => {
      assert.ok(error instanceof ConfigInvalid);
      assert.equal(error.code, 'ARGUS_CONFIG_INVALID');
      assert.match(error.message, /^The configuration has 3 mistakes\./);
      assert.equal(error.message.split('\n').length, 4);
      return true;
    },
  );
});

test('a variable repairs what the file has wrong', (t) => {
  assert.equal(load(t, { yaml: 'api:\n  port: x\n', env: { ARGUS_API__PORT: '1' } }).api.port, 1);
});

test('a percent sign in a value does not upset the message', (t) => {
  assert.throws(() => load(t, { yaml: 'api:\n  port: "%s %d"\n' }), { message: /%s %d/ });
});

test('the name of a configuration file that is missing is told', () => {
  assert.throws(() => loadConfig({ file: '/nowhere/argus.yaml' }), {
    code: 'ARGUS_CONFIG_FILE_MISSING',
    message: /\/nowhere\/argus\.yaml/,
  });
});

test('the example in the documentation is right', () => {
  assert.deepEqual(checkConfig(join(DOCS, 'argus.example.yaml')).map(problemLine), []);
});

test('the page on the configuration is that of the schema', () => {
  const page = readFileSync(join(DOCS, 'configuration.md'), 'utf8');
  assert.equal(page, configurationPage(), 'run: node backend/src/config/writeDocumentation.ts');
});

test('variables are named after settings', () => {
  assert.equal(variableName(['fleet', 'staleAfterMinutes']), 'ARGUS_FLEET__STALE_AFTER_MINUTES');
  assert.equal(variableName(['dataDir']), 'ARGUS_DATA_DIR');
});

test('a word is taken for a misspelling of the closest one, and an unlike word for none', () => {
  assert.equal(closestWord('prot', ['port', 'host']), 'port');
  assert.equal(closestWord('stale-after-minutes', ['staleAfterMinutes']), 'staleAfterMinutes');
  assert.equal(closestWord('bananas', ['port', 'host']), undefined);
  assert.equal(closestWord('x'.repeat(1e6), ['port']), undefined);
});
