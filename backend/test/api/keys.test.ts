import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import {
  createKey,
  type KeyLog,
  KeyStore,
  listKeys,
  presentedKey,
  requireKeysBeyondLoopback,
  revokeKey,
} from '../../src/api/keys.ts';
import { HandClock, silent, temporaryFolder } from './helper.ts';

const RELOAD_MS = 2000;
const clock = new HandClock();

function keysFile(t: TestContext): string {
  return join(temporaryFolder(t), 'data', 'keys.json');
}

const carrying = (key: string) => ({ 'x-api-key': key });

test('a new key is shown once; the file has its hash, its last characters and nothing that gives it away', async (t) => {
  const path = keysFile(t);
  const { key, listing } = await createKey(path, 'grafana', ['read'], clock);
  assert.match(key, /^argus_[A-Za-z0-9_-]{43}$/);
  assert.equal(listing.hint, key.slice(-4));
  const text = readFileSync(path, 'utf8');
  assert.doesNotMatch(text, new RegExp(key));
  assert.match(text, /"hash": "[0-9a-f]{64}"/);
  assert.deepEqual(listKeys(path), [listing]);
  assert.ok(!('hash' in listKeys(path)[0]));
});

test('the key file can be read and written by its owner alone', async (t) => {
  const path = keysFile(t);
  await createKey(path, 'a', ['read'], clock);
  await createKey(path, 'b', ['read'], clock);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a key opens what its scopes allow and is told apart from missing and wrong ones', async (t) => {
  const path = keysFile(t);
  const { key } = await createKey(path, 'collector', ['ingest'], clock);
  const store = new KeyStore(path, clock, silent);
  assert.equal(store.authorize(carrying(key), 'ingest'), 'ok');
  assert.equal(store.authorize({ authorization: `bearer ${key}` }, 'ingest'), 'ok');
  assert.equal(store.authorize(carrying(key), 'read'), 'wrong');
  assert.equal(store.authorize(carrying(`${key}x`), 'ingest'), 'wrong');
  assert.equal(store.authorize({}, 'ingest'), 'missing');
});

test('without a key file everyone may do everything', (t) => {
  const store = new KeyStore(keysFile(t), clock, silent);
  assert.equal(store.isOpen, true);
  assert.equal(store.authorize({}, 'admin'), 'ok');
});

test('names and scopes that mean nothing are refused', async (t) => {
  const path = keysFile(t);
  for (const name of ['', ' ', '-x', 'a\nb', 'x'.repeat(65), 'a/b']) {
    await assert.rejects(createKey(path, name, ['read'], clock), { code: 'ARGUS_KEY_NAME_INVALID' });
  }
  for (const scopes of [[], ['root'], ['read', 'write'], ['']]) {
    await assert.rejects(createKey(path, 'a', scopes, clock), { code: 'ARGUS_SCOPE_UNKNOWN' });
  }
  assert.ok(!existsSync(path));
});

test('two keys cannot have one name', async (t) => {
  const path = keysFile(t);
  await createKey(path, 'a', ['read'], clock);
  await assert.rejects(createKey(path, 'a', ['admin'], clock), {
    code: 'ARGUS_KEY_NAME_TAKEN',
    message: /"a"/,
  });
  assert.equal(listKeys(path).length, 1);
});

test('a key is revoked by its id or its name, and an unknown one is named', async (t) => {
  const path = keysFile(t);
  const first = await createKey(path, 'a', ['read'], clock);
  await createKey(path, 'b', ['read'], clock);
  assert.equal((await revokeKey(path, first.listing.id)).name, 'a');
  await revokeKey(path, 'b');
  assert.deepEqual(listKeys(path), []);
  await assert.rejects(revokeKey(path, 'b'), { code: 'ARGUS_KEY_UNKNOWN', message: /"b"/ });
});

test('a running server takes up new and revoked keys', async (t) => {
  const path = keysFile(t);
  const now = new HandClock();
  const first = await createKey(path, 'a', ['read'], now);
  const store = new KeyStore(path, now, silent);
  const second = await createKey(path, 'b', ['read'], now);
  assert.equal(store.authorize(carrying(second.key), 'read'), 'wrong');
  now.advance(RELOAD_MS);
  assert.equal(store.authorize(carrying(second.key), 'read'), 'ok');
  await revokeKey(path, 'a');
  now.advance(RELOAD_MS);
  assert.equal(store.authorize(carrying(first.key), 'read'), 'wrong');
});

test('the first key closes a server that was open, and revoking the last does not open it again', async (t) => {
  const path = keysFile(t);
  const now = new HandClock();
  const store = new KeyStore(path, now, silent);
  assert.equal(store.isOpen, true);
  await createKey(path, 'a', ['read'], now);
  now.advance(RELOAD_MS);
  assert.equal(store.authorize({}, 'read'), 'missing');
  await revokeKey(path, 'a');
  now.advance(RELOAD_MS);
  assert.equal(store.authorize({}, 'read'), 'missing');
  assert.equal(store.isOpen, false);
});

const spoiled: readonly (readonly [how: string, spoil: (path: string) => void])[] = [
  ['damaged', (path) => writeFileSync(path, '{"version": 1, "keys": [')],
  ['gone', (path) => rmSync(path)],
  ['writable by others', (path) => chmodSync(path, 0o666)],
];
for (const [how, spoil] of spoiled) {
  test(`a file that is ${how} while the server runs leaves the keys in use and is logged`, async (t) => {
    const path = keysFile(t);
    const now = new HandClock();
    const { key } = await createKey(path, 'a', ['read'], now);
    const errors: string[] = [];
    const log: KeyLog = { info: () => {}, error: (_fields, message) => errors.push(message) };
    const store = new KeyStore(path, now, log);
    spoil(path);
    if (existsSync(path)) utimesSync(path, 1, 1);
    now.advance(RELOAD_MS);
    assert.equal(store.authorize(carrying(key), 'read'), 'ok');
    assert.equal(store.authorize({}, 'read'), 'missing');
    now.advance(RELOAD_MS);
    assert.equal(store.authorize(carrying(key), 'read'), 'ok');
    assert.equal(errors.length, 1);
  });
}

const entry = {
  id: '01234567',
  name: 'a',
  hash: '0'.repeat(64),
  scopes: ['read'],
  created: '2026-01-01T00:00:00.000Z',
  hint: 'abcd',
};
const damages: readonly (readonly [what: string, content: string])[] = [
  ['nothing', ''],
  ['text', 'hello'],
  ['half of it', '{"version": 1, "keys": ['],
  ['an array', '[]'],
  ['null', 'null'],
  ['another version', '{"version": 2, "keys": []}'],
  ['no keys field', '{"version": 1}'],
  ['a short hash', JSON.stringify({ version: 1, keys: [{ ...entry, hash: '00' }] })],
  ['an unknown scope', JSON.stringify({ version: 1, keys: [{ ...entry, scopes: ['root'] }] })],
  ['no scope', JSON.stringify({ version: 1, keys: [{ ...entry, scopes: [] }] })],
];
for (const [what, content] of damages) {
  test(`a key file that holds ${what} stops the start and is named, instead of letting everyone in`, (t) => {
    const path = join(temporaryFolder(t), 'keys.json');
    writeFileSync(path, content, { mode: 0o600 });
    assert.throws(() => new KeyStore(path, clock, silent), {
      code: 'ARGUS_KEYS_DAMAGED',
      message: /keys\.json is damaged: .*argus keys create/s,
    });
  });
}

test('whatever bytes the key file holds, it opens with its keys or is refused by a coded error', (t) => {
  const path = join(temporaryFolder(t), 'keys.json');
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .record({ version: fc.constantFrom(1, 2), keys: fc.array(fc.constantFrom(entry, null, 1)) })
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(bytes, (content) => {
      writeFileSync(path, content, { mode: 0o600 });
      try {
        assert.equal(new KeyStore(path, clock, silent).isOpen, listKeys(path).length === 0);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ARGUS_KEYS_DAMAGED');
      }
    }),
    { numRuns: 200 },
  );
});

test('a key file that others may write is refused', async (t) => {
  const path = keysFile(t);
  await createKey(path, 'a', ['read'], clock);
  chmodSync(path, 0o620);
  assert.throws(() => new KeyStore(path, clock, silent), {
    code: 'ARGUS_KEYS_EXPOSED',
    message: /0620.*chmod 600/,
  });
});

test('a folder in place of the key file is refused', (t) => {
  const path = temporaryFolder(t);
  assert.throws(() => new KeyStore(path, clock, silent), { code: /ARGUS_KEYS_(UNREADABLE|EXPOSED)/ });
});

test('ten processes that make keys at once lose none', async (t) => {
  const path = keysFile(t);
  const script = join(import.meta.dirname, 'makeKey.ts');
  const children = Array.from({ length: 10 }, (_, i) => fork(script, [path, `key-${i}`]));
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, Array(10).fill(0));
  assert.deepEqual(
    listKeys(path)
      .map(({ name }) => name)
      .sort(),
    Array.from({ length: 10 }, (_, i) => `key-${i}`),
  );
  assert.ok(!existsSync(`${path}.lock`));
});

test('a lock left by a killed process does not block for ever', async (t) => {
  const path = join(temporaryFolder(t), 'keys.json');
  writeFileSync(`${path}.lock`, '');
  utimesSync(`${path}.lock`, 1, 1);
  await createKey(path, 'a', ['read'], clock);
  assert.equal(listKeys(path).length, 1);
});

test('listeners beyond loopback need a key, and the first such is named', async (t) => {
  const path = keysFile(t);
  const local = { what: 'The REST API', host: '127.0.0.1' };
  const everywhere = { what: 'The OTLP receiver', host: '0.0.0.0' };
  const store = new KeyStore(path, clock, silent);
  requireKeysBeyondLoopback(store, [local]);
  assert.throws(() => requireKeysBeyondLoopback(store, [local, everywhere]), {
    code: 'ARGUS_KEYS_NEEDED',
    message: /^The OTLP receiver would listen on 0\.0\.0\.0/,
  });
  await createKey(path, 'a', ['read'], clock);
  requireKeysBeyondLoopback(new KeyStore(path, clock, silent), [local, everywhere]);
});

test('X-API-Key goes before a bearer token, and of repeated headers the first counts', () => {
  assert.equal(presentedKey({ 'x-api-key': 'a', authorization: 'Bearer b' }), 'a');
  assert.equal(presentedKey({ 'x-api-key': '', authorization: 'Bearer b' }), 'b');
  assert.equal(presentedKey({ authorization: ['Bearer b', 'Bearer c'] }), 'b');
  assert.equal(presentedKey({ authorization: 'Bearer  b ' }), 'b');
  assert.equal(presentedKey({ authorization: 'Bearer a b' }), undefined);
});
