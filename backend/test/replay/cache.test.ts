import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CachedReplay, ReplayCache } from '../../src/replay/cache.ts';
import { plainOf } from '../../src/replay/plainSeries.ts';
import { folderUntilExit } from '../folders.ts';
import { calm, serverOf } from './support.ts';

interface Opened {
  readonly cache: ReplayCache;
  readonly folder: string;
  readonly notes: string[];
}

function opened(maxMegabytes = 10, folder = folderUntilExit('argus-replay-cache-')): Opened {
  const notes: string[] = [];
  let now = 1_000_000_000_000;
  // Every look is later than the one before.
  const clock = { now: () => (now += 1000) };
  return {
    cache: new ReplayCache({ folder, maxMegabytes, clock, note: (text) => notes.push(text) }),
    folder,
    notes,
  };
}

function replayOf(name: string, bytes = 100): CachedReplay {
  const forecasts = Uint8Array.from({ length: bytes }, (_, i) => (i * 89) % 251);
  const series = plainOf(serverOf(name, 50, calm));
  return { readToStep: 42, warnings: ['odd'], servers: [{ series, forecasts }] };
}

test('what was kept comes back, NaN and all', async () => {
  const { cache, notes } = opened();
  const kept = replayOf('ppdb001');
  await cache.write('a', kept);
  const back = await cache.read('a');
  assert.deepEqual(back?.servers[0].series, kept.servers[0].series);
  assert.deepEqual([...(back?.servers[0].forecasts ?? [])], [...(kept.servers[0].forecasts ?? [])]);
  assert.deepEqual([back?.readToStep, back?.warnings], [42, ['odd']]);
  assert.equal(await cache.read('b'), null);
  assert.deepEqual(notes, []);
});

test('a damaged file is set aside and reported, wherever the damage is', async () => {
  for (const share of [0, 0.01, 0.5, 0.99]) {
    const { cache, folder, notes } = opened();
    await cache.write('a', replayOf('ppdb001'));
    const path = join(folder, 'a.replay');
    const bytes = readFileSync(path);
    bytes[Math.floor(share * (bytes.length - 1))] ^= 0xff;
    writeFileSync(path, bytes);
    assert.equal(await cache.read('a'), null, `damage at ${share}`);
    assert.match(readdirSync(folder).join(), /^a\.replay\.damaged-\d+$/);
    assert.match(notes.join(), /set aside in .*made again/);
  }
});

test('a file that was cut off is set aside', async () => {
  const { cache, folder } = opened();
  await cache.write('a', replayOf('ppdb001'));
  const path = join(folder, 'a.replay');
  for (const length of [0, 5, 100, statSync(path).size - 1]) {
    writeFileSync(path, readFileSync(path).subarray(0, length));
    assert.equal(await cache.read('a'), null, `${length} bytes`);
    await cache.write('a', replayOf('ppdb001'));
  }
});

test('the ones used least lately give way, and one that is too large is not kept', async () => {
  const { cache, folder, notes } = opened(1);
  await cache.write('a', replayOf('ppdb001', 400_000));
  await cache.write('b', replayOf('ppdb001', 400_000));
  await cache.read('b');
  await cache.read('a');
  await cache.write('c', replayOf('ppdb001', 400_000));
  assert.deepEqual(readdirSync(folder).sort(), ['a.replay', 'c.replay']);
  await cache.write('d', replayOf('ppdb001', 1_200_000));
  assert.deepEqual(readdirSync(folder).sort(), ['a.replay', 'c.replay']);
  assert.match(notes.join(), /replay\.cacheMegabytes allows 1/);
});

test('a size of 0 keeps nothing', async () => {
  const { cache, folder } = opened(0);
  await cache.write('a', replayOf('ppdb001'));
  assert.deepEqual(readdirSync(folder), []);
});

test('a folder that cannot be written costs the memory only', async () => {
  const folder = join(folderUntilExit('argus-replay-cache-'), 'file');
  writeFileSync(folder, '');
  const { cache, notes } = opened(10, folder);
  await cache.write('a', replayOf('ppdb001'));
  assert.match(notes.join(), /could not be kept/);
});
