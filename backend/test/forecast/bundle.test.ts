import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST_CHECKSUM_FILE, openBundle } from '../../src/forecast/bundle.ts';
import { checkGolden, decodeGolden, encodeGolden } from '../../src/forecast/golden.ts';
import { fnv1a32, serverBucket } from '../../src/forecast/hash.ts';
import type { Manifest } from '../../src/forecast/manifest.ts';
import { manifestOf, seal, temporaryFolder, writeBundle } from './support.ts';

const RUNTIME = '1.30.0';

/** Fails with a code, a message without a path, and the bundle's name. */
function coded(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\/tmp|argus-forecast-/);
    return true;
  };
}

test('a whole bundle opens', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'good'));
  const bundle = await openBundle(folder, RUNTIME);
  assert.equal(bundle.name, 'good');
  assert.equal(bundle.manifest.id, 'fixture');
  assert.equal(bundle.golden.count, 2);
});

test('a flipped bit is found in every file of a bundle', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'flipped'));
  const names = await readdir(folder);
  assert.deepEqual(names.sort(), [
    'forecast.onnx',
    'golden.bin',
    'manifest.json',
    'manifest.sha256',
    'weights.bin',
  ]);
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    for (const position of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[position] ^= 1;
      await writeFile(join(folder, name), damaged);
      const file = name === MANIFEST_CHECKSUM_FILE ? 'manifest.json' : name;
      await assert.rejects(
        openBundle(folder, RUNTIME),
        coded('ARGUS_MODEL_FILE_DAMAGED', new RegExp(`'flipped': ${file} does not match its checksum`)),
      );
    }
    await writeFile(join(folder, name), bytes);
  }
  await openBundle(folder, RUNTIME);
});

test('a file that was cut off or is gone is named', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'short'));
  await truncate(join(folder, 'weights.bin'), 100);
  await assert.rejects(openBundle(folder, RUNTIME), coded('ARGUS_MODEL_FILE_DAMAGED', /weights\.bin/));
  await rm(join(folder, 'weights.bin'));
  await assert.rejects(
    openBundle(folder, RUNTIME),
    coded('ARGUS_MODEL_FILE_MISSING', /weights\.bin cannot be read \(ENOENT\)\. Copy the bundle again/),
  );
  await rm(folder, { recursive: true });
  await assert.rejects(openBundle(folder, RUNTIME), coded('ARGUS_MODEL_FILE_MISSING', /manifest\.json/));
});

test('a manifest that is not JSON or lacks a field is refused by field', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'm'));
  await rm(join(folder, MANIFEST_CHECKSUM_FILE));
  await writeFile(join(folder, 'manifest.json'), '{"format": 1,');
  await assert.rejects(openBundle(folder, RUNTIME), coded('ARGUS_MODEL_MANIFEST_INVALID', /is not JSON/));
  const wrongBuckets = {
    ...manifestOf('m'),
    server_hash: { algorithm: 'fnv1a32', seed: 0, buckets: 'many' },
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(wrongBuckets));
  await assert.rejects(
    openBundle(folder, RUNTIME),
    coded('ARGUS_MODEL_MANIFEST_INVALID', /\/server_hash\/buckets/),
  );
});

test('a manifest cannot name files outside its bundle', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'm'));
  await rm(join(folder, MANIFEST_CHECKSUM_FILE));
  for (const name of ['../secret', '/etc/passwd', '.hidden', 'a/b']) {
    const files = { [name]: { sha256: '0'.repeat(64), bytes: 0 } };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifestOf('m'), files }));
    await assert.rejects(
      openBundle(folder, RUNTIME),
      coded('ARGUS_MODEL_MANIFEST_INVALID', /which is not a plain file name/),
    );
  }
});

const disagreements: readonly [string, (manifest: Manifest) => Manifest][] = [
  ['metrics', (m) => ({ ...m, metrics: m.metrics.toReversed() })],
  ['targets', (m) => ({ ...m, targets: m.targets.slice(1) })],
  ['quantiles', (m) => ({ ...m, quantiles: [0.05, ...m.quantiles.slice(1)] })],
  ['profiles', (m) => ({ ...m, profiles: [...m.profiles, 'mainframe'] })],
  ['calendar', (m) => ({ ...m, calendar: m.calendar.toReversed() })],
  ['window_steps', (m) => ({ ...m, window_steps: 144 })],
  ['horizon_steps', (m) => ({ ...m, horizon_steps: 48 })],
  ['step_seconds', (m) => ({ ...m, step_seconds: 60 })],
];
for (const [field, change] of disagreements) {
  test(`a bundle made for other ${field} is refused`, async (t) => {
    const folder = await writeBundle(join(await temporaryFolder(t), 'other'));
    await seal(folder, change(manifestOf('other')));
    await assert.rejects(
      openBundle(folder, RUNTIME),
      coded(
        'ARGUS_MODEL_CATALOG_MISMATCH',
        new RegExp(`'${field}' in manifest\\.json is .* works with .*argus train`),
      ),
    );
  });
}

test('a bundle that needs a newer onnxruntime is refused, one that needs an older is not', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'new'));
  await seal(folder, { ...manifestOf('new'), minimum_onnxruntime: '1.31.0' });
  await assert.rejects(
    openBundle(folder, '1.30.2'),
    coded('ARGUS_MODEL_RUNTIME_TOO_OLD', /1\.31\.0 or newer, and 1\.30\.2/),
  );
  for (const version of ['1.31.0', '1.31.1', '1.100.0', '2.0.0']) await openBundle(folder, version);
});

test('a bundle that does not list what a forecast needs is refused', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'less'));
  await rm(join(folder, 'golden.bin'));
  await seal(folder, manifestOf('less'));
  await assert.rejects(
    openBundle(folder, RUNTIME),
    coded('ARGUS_MODEL_MANIFEST_INVALID', /does not list golden\.bin/),
  );
});

test('golden forecasts come back as they were written, NaN included', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'golden'));
  const { golden } = await openBundle(folder, RUNTIME);
  golden.window[5] = Number.NaN;
  const read = decodeGolden(encodeGolden(golden), 'golden');
  assert.deepEqual(read, golden);
});

test('golden forecasts of another format or length are refused', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'golden'));
  const bytes = encodeGolden((await openBundle(folder, RUNTIME)).golden);
  const invalid = (damaged: Uint8Array, message: RegExp): void =>
    assert.throws(() => decodeGolden(damaged, 'g'), coded('ARGUS_MODEL_GOLDEN_INVALID', message));
  invalid(bytes.subarray(0, 2), /cut off/);
  invalid(bytes.subarray(0, 40), /length of its header/);
  invalid(bytes.subarray(0, bytes.length - 4), /bytes instead of/);
  invalid(
    Buffer.from(Buffer.from(bytes).toString('latin1').replace('"format":1', '"format":2'), 'latin1'),
    /header/,
  );
});

test('golden forecasts tolerate rounding, and nothing more', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'golden'));
  const { golden } = await openBundle(folder, RUNTIME);
  const tolerance = { absolute_tolerance: 0.01, relative_tolerance: 0 };
  const check = (change: number): void => {
    const actual = golden.quantiles.slice();
    actual[7] += change;
    checkGolden(golden, actual, tolerance, 'g');
  };
  check(0.009);
  for (const change of [0.02, -0.02, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => check(change), coded('ARGUS_MODEL_GOLDEN_MISMATCH', /number 7 is /));
  }
});

test('what a network gives for a target that is not measured is not held against it', async (t) => {
  const folder = await writeBundle(join(await temporaryFolder(t), 'golden'));
  const { golden } = await openBundle(folder, RUNTIME);
  for (let i = 3; i < 288 * 14; i += 14) golden.window[i] = Number.NaN;
  const actual = golden.quantiles.slice().fill(Number.NaN, 0, 96 * 9);
  checkGolden(golden, actual, { absolute_tolerance: 0, relative_tolerance: 0 }, 'g');
});

test('the hash of a server is 32-bit FNV-1a and its bucket is never the unknown one', () => {
  assert.equal(fnv1a32(''), 0x811c9dc5);
  assert.equal(fnv1a32('a'), 0xe40c292c);
  assert.equal(fnv1a32('foobar'), 0xbf9cf968);
  const buckets = new Set(Array.from({ length: 5000 }, (_, i) => serverBucket(`host-${i}`, 7, 256)));
  assert.equal(Math.min(...buckets), 1);
  assert.equal(Math.max(...buckets), 255);
  assert.equal(buckets.size, 255);
});
