import assert from 'node:assert/strict';
import test from 'node:test';
import { displayed, displayedDuration, rounded, withoutFolders } from '../../src/api/format.ts';
import { buildApp } from './helper.ts';

test('health says that Argus runs', async (t) => {
  const { app } = await buildApp(t);
  assert.deepEqual((await app.inject('/health')).json(), {
    status: 'healthy',
    service: 'argus',
    running: true,
    version: '1.2.3',
  });
});

test('status has the fields of the seed, and what runs and how far it is', async (t) => {
  const { app } = await buildApp(t);
  assert.deepEqual((await app.inject('/status')).json(), {
    model_loaded: true,
    model_path: 'tft-1',
    rolling_window_size: 288,
    servers_tracked: 3,
    last_prediction: '2026-03-01T12:02:00.000Z',
    uptime_seconds: 90,
    warmup_complete: true,
    servers_by_mode: { model: 1, baseline: 1, warming_up: 1, stale: 0 },
    model: { id: 'tft-1', provider: 'cpu', problem: null },
    last_cycle: {
      origin: '2026-03-01T12:00:00.000Z',
      finished: '2026-03-01T12:02:00.000Z',
      duration_seconds: 0.5,
      servers: 3,
    },
    journal: { healthy: true, problem: null },
    version: '1.2.3',
  });
});

test('before the first cycle, without a model and on a full disk, status says so and tells no path', async (t) => {
  const { app } = await buildApp(t, {
    servers: [],
    sources: {
      lastCycle: () => null,
      model: () => ({
        loaded: false,
        id: null,
        path: null,
        provider: null,
        problem:
          "The bundle '/srv/argus/models/tft-2' has a flipped byte in /srv/argus/models/tft-2/weights.bin.",
      }),
      journal: () => ({ healthy: false, problem: 'No space left for /data/window/journal.bin; free some.' }),
    },
  });
  const status = (await app.inject('/status')).json();
  assert.equal(status.warmup_complete, false);
  assert.equal(status.last_cycle, null);
  assert.equal(status.last_prediction, null);
  assert.equal(status.model_path, null);
  assert.equal(status.model.problem, "The bundle 'tft-2' has a flipped byte in weights.bin.");
  assert.deepEqual(status.journal, { healthy: false, problem: 'No space left for journal.bin; free some.' });
});

test('without anything kept on disk there is no journal to report', async (t) => {
  const { app } = await buildApp(t, { sources: { journal: () => null } });
  assert.equal((await app.inject('/status')).json().journal, null);
});

test('lead times read as a person says them', () => {
  const said: readonly (readonly [number, string])[] = [
    [0, 'now'],
    [59, 'now'],
    [60, '1 minute'],
    [2700, '45 minutes'],
    [5400, '90 minutes'],
    [5401, '1.5 hours'],
    [7200, '2 hours'],
    [28_800, '8 hours'],
  ];
  for (const [seconds, text] of said) assert.equal(displayedDuration(seconds), text);
});

test('values are shown in their unit, and not at all where they were not measured', () => {
  assert.equal(displayed(45.24, '%'), '45.2%');
  assert.equal(displayed(23.44, 'MB/s'), '23.4 MB/s');
  assert.equal(displayed(Number.NaN, '%'), null);
  assert.equal(rounded(1.006), 1.01);
  assert.equal(rounded(Number.NEGATIVE_INFINITY), null);
});

test('folders are taken out of a text and what is no path stays', () => {
  assert.equal(withoutFolders('/a/b/c'), 'c');
  assert.equal(
    withoutFolders('cannot read /a/b-1/c.bin, "/d/e" or C:\\x\\y.txt'),
    'cannot read c.bin, "e" or y.txt',
  );
  assert.equal(withoutFolders('no path here. 3 of 48 steps'), 'no path here. 3 of 48 steps');
});
