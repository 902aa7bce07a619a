import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { checkConfig } from '../../src/config/load.ts';
import { problemLine } from '../../src/config/problem.ts';
import { configFile } from './helper.ts';

interface Case {
  readonly what: string;
  readonly yaml: string;
  readonly line: number;
  readonly column?: number;
  /** The setting it is about; left out where the file as such is wrong. */
  readonly setting?: string;
  /** What the message and its remedy must say. */
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    what: 'a misspelt setting',
    yaml: 'fleet:\n  staleAftrMinutes: 5\n',
    line: 2,
    column: 3,
    setting: 'fleet.staleAftrMinutes',
    says: /is no setting.*Did you mean staleAfterMinutes\?/,
  },
  {
    what: 'a setting in snake case',
    yaml: 'fleet:\n  stale_after_minutes: 5\n',
    line: 2,
    setting: 'fleet.stale_after_minutes',
    says: /Did you mean staleAfterMinutes\?/,
  },
  {
    what: 'a misspelt section',
    yaml: 'flet:\n  graceSeconds: 5\n',
    line: 1,
    column: 1,
    setting: 'flet',
    says: /Did you mean fleet\?/,
  },
  {
    what: 'a setting that resembles none',
    yaml: 'api:\n  port: 1\n  bananas: 3\n',
    line: 3,
    setting: 'api.bananas',
    says: /is no setting.*known here: host, port/,
  },
  {
    what: 'a poisoned prototype',
    yaml: 'api:\n  __proto__: { port: 1 }\n',
    line: 2,
    setting: 'api.__proto__',
    says: /is no setting/,
  },
  {
    what: 'a number below its range',
    yaml: 'api:\n  port: -1\n',
    line: 2,
    setting: 'api.port',
    says: /must be from 0 to 65535, but is -1.*default is 8000/,
  },
  {
    what: 'a number above its range',
    yaml: '# port\n\napi:\n  port: 70000\n',
    line: 4,
    column: 3,
    setting: 'api.port',
    says: /from 0 to 65535/,
  },
  {
    what: 'a number that must be above zero',
    yaml: 'fleet:\n  removeAfterHours: 0\n',
    line: 2,
    setting: 'fleet.removeAfterHours',
    says: /must be above 0/,
  },
  {
    what: 'a fraction where a whole number belongs',
    yaml: 'fleet:\n  graceSeconds: 1.5\n',
    line: 2,
    setting: 'fleet.graceSeconds',
    says: /a whole number, but is 1\.5/,
  },
  {
    what: 'a number in quotes',
    yaml: 'api:\n  port: "8000"\n',
    line: 2,
    setting: 'api.port',
    says: /but is "8000".*Remove the quotes/,
  },
  {
    what: 'a duration with its unit',
    yaml: 'fleet:\n  staleAfterMinutes: 5m\n',
    line: 2,
    setting: 'fleet.staleAfterMinutes',
    says: /number alone; its unit is part/,
  },
  {
    what: 'a number that is none',
    yaml: 'fleet:\n  staleAfterMinutes: .nan\n',
    line: 2,
    setting: 'fleet.staleAfterMinutes',
    says: /must be a number, but is NaN/,
  },
  {
    what: 'infinity',
    yaml: 'fleet:\n  staleAfterMinutes: .inf\n',
    line: 2,
    setting: 'fleet.staleAfterMinutes',
    says: /must be a number, but is Infinity/,
  },
  {
    what: 'yes for true',
    yaml: 'forecast:\n  warmUp: yes\n',
    line: 2,
    setting: 'forecast.warmUp',
    says: /true or false, but is "yes".*YAML 1\.2/,
  },
  {
    what: 'a number for a text',
    yaml: 'api:\n  host: 127\n',
    line: 2,
    setting: 'api.host',
    says: /must be text, but is 127.*quotes/,
  },
  {
    what: 'an empty text',
    yaml: 'api:\n  host: ""\n',
    line: 2,
    setting: 'api.host',
    says: /must not be empty/,
  },
  {
    what: 'a setting without a value',
    yaml: 'api:\n  port:\n',
    line: 2,
    setting: 'api.port',
    says: /is empty.*remove the line \(the default is 8000\)/,
  },
  {
    what: 'a word that is none of the few',
    yaml: 'log:\n  level: inof\n',
    line: 2,
    setting: 'log.level',
    says: /must be one of trace, .*Did you mean info\?/,
  },
  {
    what: 'a word that resembles none',
    yaml: 'publish:\n  scope: everybody\n',
    line: 2,
    setting: 'publish.scope',
    says: /one of read, open.*Choose one of them/,
  },
  {
    what: 'a text for a list',
    yaml: 'api:\n  corsOrigins: https://a.example\n',
    line: 2,
    setting: 'api.corsOrigins',
    says: /must be a list.*\[a, b\]/,
  },
  {
    what: 'a wrong item of a list',
    yaml: 'api:\n  corsOrigins:\n    - https://a.example\n    - a.example/path\n',
    line: 4,
    column: 7,
    setting: 'api.corsOrigins[1]',
    says: /form it needs/,
  },
  {
    what: 'a list that must not be empty',
    yaml: 'ingest:\n  otlp:\n    identityAttributes: []\n',
    line: 3,
    setting: 'ingest.otlp.identityAttributes',
    says: /at least 1/,
  },
  {
    what: 'a value for a section',
    yaml: 'fleet: 5\n',
    line: 1,
    setting: 'fleet',
    says: /a section of settings, but is 5.*Indent/,
  },
  {
    what: 'a list for a section',
    yaml: 'fleet:\n  - graceSeconds: 5\n',
    line: 1,
    setting: 'fleet',
    says: /a section of settings, but is a list/,
  },
  {
    what: 'one of two settings that belong together',
    yaml: 'api:\n  tls:\n    certFile: a.pem\n',
    line: 2,
    setting: 'api.tls',
    says: /lacks the setting keyFile/,
  },
  {
    what: 'an expression that does not compile',
    yaml: 'fleet:\n  profilePatterns:\n    - pattern: "db("\n      profile: database\n',
    line: 3,
    setting: 'fleet.profilePatterns[0].pattern',
    says: /no regular expression/,
  },
  {
    what: 'a profile that does not exist',
    yaml: 'fleet:\n  profilePatterns:\n    - pattern: db\n      profile: databases\n',
    line: 4,
    setting: 'fleet.profilePatterns[0].profile',
    says: /Did you mean database\?/,
  },
  {
    what: 'a time zone that does not exist',
    yaml: 'fleet:\n  defaultTimeZone: Europe/Atlantis\n',
    line: 2,
    setting: 'fleet.defaultTimeZone',
    says: /no time zone.*IANA/,
  },
  {
    what: 'a country without known holidays',
    yaml: 'fleet:\n  defaultCountry: XX\n',
    line: 2,
    setting: 'fleet.defaultCountry',
    says: /"XX" is no country or region.*ISO 3166/,
  },
  {
    what: 'a time zone of a place that does not exist',
    yaml: 'fleet:\n  places:\n    - pattern: ^fra\n      timeZone: Europe/Atlantis\n',
    line: 4,
    setting: 'fleet.places[0].timeZone',
    says: /no time zone.*IANA/,
  },
  {
    what: 'a region of a place that does not exist',
    yaml: 'fleet:\n  places:\n    - profile: etl\n      country: DE-ZZ\n',
    line: 4,
    setting: 'fleet.places[0].country',
    says: /"DE-ZZ" is no country or region.*that of its country/,
  },
  {
    what: 'a place that is about nobody',
    yaml: 'fleet:\n  places:\n    - country: DE\n',
    line: 3,
    setting: 'fleet.places[0]',
    says: /by pattern or by profile/,
  },
  {
    what: 'a place that says nothing',
    yaml: 'fleet:\n  places:\n    - profile: etl\n',
    line: 3,
    setting: 'fleet.places[0]',
    says: /neither a timeZone nor a country/,
  },
  {
    what: 'a place with a bad expression',
    yaml: 'fleet:\n  places:\n    - pattern: (\n      country: DE\n',
    line: 3,
    setting: 'fleet.places[0].pattern',
    says: /no regular expression/,
  },
  {
    what: 'a day that does not exist',
    yaml: "forecast:\n  holidays:\n    - '2026-02-30'\n",
    line: 3,
    setting: 'forecast.holidays[0]',
    says: /not a date/,
  },
  {
    what: 'servers that leave before they are stale',
    yaml: 'fleet:\n  staleAfterMinutes: 600\n  removeAfterHours: 1\n',
    line: 3,
    setting: 'fleet.removeAfterHours',
    says: /shorter than staleAfterMinutes/,
  },
  {
    what: 'thresholds in the wrong order',
    yaml: 'risk:\n  thresholds:\n    cpu_used_pct: { warning: 95, critical: 80 }\n',
    line: 3,
    setting: 'risk.thresholds.cpu_used_pct',
    says: /must be below critical/,
  },
  {
    what: 'a wrong value inside thresholds',
    yaml: 'risk:\n  thresholds:\n    cpu_used_pct:\n      warning: high\n      critical: 90\n',
    line: 4,
    setting: 'risk.thresholds.cpu_used_pct.warning',
    says: /a number, but is "high"/,
  },
  {
    what: 'thresholds of a metric that is not forecast',
    yaml: 'risk:\n  thresholds:\n    cpu_pct: { warning: 1, critical: 2 }\n',
    line: 3,
    setting: 'risk.thresholds.cpu_pct',
    says: /is no setting/,
  },
  {
    what: 'a proxy that is no address',
    yaml: 'api:\n  trustedProxies: [10.0.0.0/8, proxy.example]\n',
    line: 2,
    setting: 'api.trustedProxies[1]',
    says: /no address or range/,
  },
  {
    what: 'two listeners on one port',
    yaml: 'api:\n  port: 4318\n',
    line: 2,
    setting: 'api.port',
    says: /127\.0\.0\.1:4318 is taken by ingest\.otlp\.http/,
  },
  {
    what: 'a setting that stands twice',
    yaml: 'api:\n  port: 1\n  port: 2\n',
    line: 3,
    column: 3,
    says: /second time/,
  },
  { what: 'a tab', yaml: 'api:\n\tport: 1\n', line: 2, says: /tab/ },
  {
    what: 'a bracket that is not closed',
    yaml: 'api:\n  corsOrigins: [\n',
    line: 3,
    says: /indentation|missing|not valid YAML/,
  },
  { what: 'a quote that is not closed', yaml: 'api:\n  host: "127\n', line: 3, says: /missing/ },
  {
    what: 'a second document',
    yaml: 'api:\n  port: 1\n---\napi:\n  port: 2\n',
    line: 3,
    says: /second document/,
  },
  {
    what: 'an alias without its anchor',
    yaml: 'api:\n  host: *nowhere\n',
    line: 2,
    column: 9,
    says: /anchor/,
  },
  { what: 'an unknown tag', yaml: 'api:\n  host: !secret x\n', line: 2, says: /tag/ },
  {
    what: 'a list as the name of a setting',
    yaml: 'api:\n  ? [a, b]\n  : 1\n',
    line: 2,
    says: /name of a setting is not a word/,
  },
  { what: 'a list as the whole', yaml: '- api\n- fleet\n', line: 1, says: /holds no settings/ },
  { what: 'a sentence as the whole', yaml: 'hello world\n', line: 1, says: /holds no settings/ },
];

for (const { what, yaml, line, column, setting, says } of cases) {
  test(`${what} is reported with its line and what to do`, (t) => {
    const file = configFile(t, yaml);
    const problems = checkConfig(file);
    assert.equal(problems.length, 1, problems.map(problemLine).join('\n'));
    const [problem] = problems;
    assert.equal(problem.origin.kind, 'file');
    if (problem.origin.kind === 'file') {
      assert.equal(problem.origin.line, line);
      if (column !== undefined) assert.equal(problem.origin.column, column);
    }
    assert.equal(problem.setting, setting ?? '');
    assert.ok(problem.remedy.length > 0);
    const text = problemLine(problem);
    assert.match(text, says);
    assert.ok(text.startsWith(`${file}:${line}:`));
  });
}

test('every mistake is reported at once, each with its line', (t) => {
  const file = configFile(t, 'api:\n  port: x\n  hots: a\nfleet:\n  graceSeconds: 999\nnonsense: 1\n');
  const found = checkConfig(file).map(({ setting, origin }) => [
    setting,
    origin.kind === 'file' ? origin.line : 0,
  ]);
  assert.deepEqual(found.sort(), [
    ['api.hots', 3],
    ['api.port', 2],
    ['fleet.graceSeconds', 5],
    ['nonsense', 6],
  ]);
});

const fine: readonly (readonly [what: string, yaml: string])[] = [
  ['an empty file', ''],
  ['a file of comments', '# nothing yet\n'],
  ['an empty mapping', '{}\n'],
  ['a section whose settings are all commented out', 'api:\n  # port: 1\nfleet:\n'],
  ['Windows line ends and a byte order mark', '\ufeffapi:\r\n  port: 1\r\n'],
  [
    'an anchor and its alias',
    'api:\n  host: &host 127.0.0.2\ningest:\n  otlp:\n    grpc:\n      host: *host\n',
  ],
  [
    'a merged section',
    'ingest:\n  otlp:\n    grpc: &a { host: 127.0.0.2 }\n    http:\n      <<: *a\n      port: 1\n',
  ],
  ['a hexadecimal number', 'api:\n  port: 0x1F40\n'],
  ['thresholds that are turned off', 'risk:\n  thresholds:\n    swap_used_pct: null\n'],
  ['JSON', '{"api": {"port": 1}}'],
];
for (const [what, yaml] of fine) {
  test(`${what} is a right configuration`, (t) => {
    assert.deepEqual(checkConfig(configFile(t, yaml)).map(problemLine), []);
  });
}

test('a mistake behind an alias is reported where the alias stands', (t) => {
  const file = configFile(
    t,
    'api:\n  bodyLimitMebibytes: &n 0\ningest:\n  otlp:\n    retryAfterSeconds: *n\n',
  );
  const lines = checkConfig(file).map(({ origin }) => (origin.kind === 'file' ? origin.line : 0));
  assert.deepEqual(lines.sort(), [2, 5]);
});

test('a secret is never repeated in a message', (t) => {
  const yaml =
    'fleet:\n  backfill:\n    prometheusUrl: http://p.example\n    bearerToken: 12345678\n    password: [hunter2]\n';
  const text = checkConfig(configFile(t, yaml)).map(problemLine).join('\n');
  assert.match(text, /bearerToken/);
  assert.doesNotMatch(text, /12345678|hunter2/);
});

test('a long value is cut in a message', (t) => {
  const [problem] = checkConfig(configFile(t, `api:\n  port: ${'x'.repeat(10_000)}\n`));
  assert.ok(problemLine(problem).length < 500);
});

test('a file that is not UTF-8 is refused', (t) => {
  const [problem] = checkConfig(configFile(t, Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe])));
  assert.match(problemLine(problem), /UTF-8/);
});

test('a file too large to be a configuration is refused without being parsed', (t) => {
  const [problem] = checkConfig(configFile(t, 'a: 1\n'.repeat(300_000)));
  assert.match(problemLine(problem), /larger than 1 MiB/);
});

test('aliases that multiply are refused instead of filling the memory', (t) => {
  const levels = Array.from({ length: 12 }, (_, i) =>
    i === 0
      ? 'l0: &l0 [x, x]'
      : `l${i}: &l${i} [${Array(12)
          .fill(`*l${i - 1}`)
          .join(', ')}]`,
  );
  const [problem] = checkConfig(configFile(t, levels.join('\n')));
  assert.match(problemLine(problem), /aliases/);
});

test('an alias of itself is refused', (t) => {
  const problems = checkConfig(configFile(t, 'api: &a\n  tls: *a\n'));
  assert.ok(problems.length > 0);
});

test('a missing file, and a folder in its place, are told apart', (t) => {
  const file = configFile(t, '');
  assert.throws(() => checkConfig(`${file}.gone`), {
    code: 'ARGUS_CONFIG_FILE_MISSING',
    message: /argus\.yaml\.gone/,
  });
  const folder = join(file, '..', 'folder');
  mkdirSync(folder);
  assert.throws(() => checkConfig(folder), { code: 'ARGUS_CONFIG_FILE_UNREADABLE' });
});

const yamlish = fc.array(
  fc.constantFrom(
    'api:',
    'fleet',
    ': ',
    '\n',
    '\n  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&a ',
    '*a',
    '!x ',
    '| ',
    '> ',
    '#',
    '? ',
    '---\n',
    '%',
    '\t',
    'port',
    '8000',
    'null',
    '<<',
    '~',
    '\u0000',
    '\\x',
    '__proto__',
    ',',
  ),
  { maxLength: 40 },
);

test('whatever the file holds, it is right or its mistakes are named with a line', (t) => {
  const garbage = fc.oneof(
    yamlish.map((parts) => Buffer.from(parts.join(''))),
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(garbage, (content) => {
      for (const problem of checkConfig(configFile(t, content))) {
        assert.equal(problem.origin.kind, 'file');
        assert.ok(problem.origin.kind === 'file' && problem.origin.line >= 1);
        assert.ok(problem.message.length > 0 && problem.remedy.length > 0);
      }
    }),
    { numRuns: 500 },
  );
});
