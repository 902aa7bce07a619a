/** Replays through the shipped model. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stepStartMs } from '../../src/catalog/time.ts';
import { ReplayCache } from '../../src/replay/cache.ts';
import { type ReplayOptions, replay } from '../../src/replay/replay.ts';
import type { ReplaySource } from '../../src/replay/sources/source.ts';
import type { ComparedAlert, ReplayResult } from '../../src/replay/types.ts';
import { DEFAULT_RISK_CONFIG, type RiskConfig } from '../../src/risk/config.ts';
import { folderUntilExit } from '../folders.ts';
import {
  BUNDLE,
  calm,
  FIRST_STEP,
  leak,
  STEPS_A_DAY,
  serverOf,
  sourceOf,
  withThresholds,
} from './support.ts';

const skip = existsSync(join(BUNDLE, 'forecast.onnx'))
  ? false
  : 'models/bundles/default has no forecast.onnx; make the bundle first';
const DAYS = 4;
const STEPS = DAYS * STEPS_A_DAY;
const FULL_ROW = 2 * STEPS_A_DAY + 100;
/** A day and some hours after the first measurement. */
const FROM_MS = stepStartMs(FIRST_STEP + 300);
const TO_MS = stepStartMs(FIRST_STEP + 3 * STEPS_A_DAY);
const NOW_MS = stepStartMs(FIRST_STEP + STEPS + 12);

/** One that stays calm, one that runs full once, one whose CPU is busy for half an hour every other day. */
const fleet = [
  serverOf('ppdb001', STEPS, calm),
  serverOf('ppdb002', STEPS, leak(FULL_ROW, 8)),
  serverOf('ppapi001', STEPS, calm, (row) => (row % 577 < 6 ? 97 : 30)),
];

function optionsOf(
  source: ReplaySource,
  proposed: RiskConfig,
  changes: Partial<ReplayOptions> = {},
): ReplayOptions {
  return {
    source,
    fromMs: FROM_MS,
    toMs: TO_MS,
    nowMs: NOW_MS,
    names: null,
    today: DEFAULT_RISK_CONFIG,
    proposed,
    model: BUNDLE,
    annotations: [],
    cache: null,
    threads: 1,
    maxServerDays: 1000,
    signal: new AbortController().signal,
    ...changes,
  };
}

function cacheIn(folder: string, notes: string[] = []): ReplayCache {
  return new ReplayCache({
    folder,
    maxMegabytes: 100,
    clock: { now: Date.now },
    note: (text) => notes.push(text),
  });
}

const lives = (result: ReplayResult, side: 'proposed' | 'today') =>
  result.alerts.flatMap((row) => (row[side] === null ? [] : [{ server: row.server_name, ...row[side] }]));

test('settings as they are today give the same alerts on both sides', { skip }, async () => {
  const result = await replay(optionsOf(sourceOf(fleet), DEFAULT_RISK_CONFIG));
  assert.ok(result.both > 1, 'there are alerts to compare');
  assert.deepEqual([result.only_proposed, result.only_today], [0, 0]);
  assert.deepEqual(lives(result, 'proposed'), lives(result, 'today'));
  assert.deepEqual(result.proposed, result.today);
  assert.equal(result.yaml, 'risk: {}\n');
  assert.match(result.warnings.join(), /Never measured.*: swap_used_pct, net_out_mb_s/);
});

test('the leak is warned of in time, and nothing is said of the calm server', { skip }, async () => {
  const result = await replay(optionsOf(sourceOf(fleet), DEFAULT_RISK_CONFIG));
  const found = lives(result, 'today');
  assert.ok(found.every(({ server }) => server !== 'ppdb001'));
  const first = found.filter(({ server }) => server === 'ppdb002').at(-1);
  assert.equal(first?.outcome, 'true', first?.why);
  assert.equal(first?.cause_metric, 'mem_used_pct');
  assert.ok((first?.lead_seconds ?? 0) >= 1800);
  assert.equal(result.today.events_caught, 1);
});

test('leaving steps out finds the alerts that every step finds', { skip }, async () => {
  const proposed = withThresholds({ mem_used_pct: { warning: 80, critical: 92 } });
  const screened = await replay(optionsOf(sourceOf(fleet), proposed));
  const full = await replay(optionsOf(sourceOf(fleet), proposed, { everyStep: true }));
  assert.equal(full.forecasts.made, full.forecasts.possible);
  assert.ok(screened.forecasts.made < 0.4 * full.forecasts.made, `${screened.forecasts.made} forecasts`);
  assert.deepEqual(screened.alerts, full.alerts);
});

test('thresholds tried a second time need no forecast, and answer what a first try would', {
  skip,
}, async () => {
  const folder = folderUntilExit('argus-replay-');
  const source = sourceOf(fleet);
  const higher = withThresholds({ mem_used_pct: { warning: 92, critical: 97 } });
  const first = await replay(optionsOf(source, DEFAULT_RISK_CONFIG, { cache: cacheIn(folder) }));
  const second = await replay(optionsOf(source, higher, { cache: cacheIn(folder) }));
  assert.ok(first.forecasts.made > 0 && first.forecasts.cached === 0);
  assert.equal(second.forecasts.made, 0);
  assert.equal(source.reads(), 1);
  const anew = await replay(optionsOf(source, higher));
  assert.deepEqual(second.alerts, anew.alerts);
  assert.deepEqual(second.today, first.today);
});

test('thresholds far below those tried before are forecast again, not answered wrongly', {
  skip,
}, async () => {
  const folder = folderUntilExit('argus-replay-');
  const source = sourceOf(fleet);
  const lower = withThresholds({ mem_used_pct: { warning: 55, critical: 70 } });
  await replay(optionsOf(source, DEFAULT_RISK_CONFIG, { cache: cacheIn(folder) }));
  const second = await replay(optionsOf(source, lower, { cache: cacheIn(folder) }));
  assert.ok(second.forecasts.made > 0);
  assert.deepEqual(second.alerts, (await replay(optionsOf(source, lower))).alerts);
});

test('a damaged memory of earlier replays is set aside and made again', { skip }, async () => {
  const folder = folderUntilExit('argus-replay-');
  const source = sourceOf(fleet);
  const first = await replay(optionsOf(source, DEFAULT_RISK_CONFIG, { cache: cacheIn(folder) }));
  writeFileSync(join(folder, readdirSync(folder)[0]), 'nonsense');
  const notes: string[] = [];
  const second = await replay(optionsOf(source, DEFAULT_RISK_CONFIG, { cache: cacheIn(folder, notes) }));
  assert.equal(notes.length, 1);
  assert.equal(second.forecasts.made, first.forecasts.made);
  assert.deepEqual(second.alerts, first.alerts);
});

test('measurements that came later are read, and forecasts of changed ones made again', {
  skip,
}, async () => {
  const folder = folderUntilExit('argus-replay-');
  const changes = (nowMs: number) => ({ cache: cacheIn(folder), nowMs });
  const early = sourceOf(fleet);
  await replay(optionsOf(early, DEFAULT_RISK_CONFIG, changes(TO_MS)));
  const changed = sourceOf([fleet[0], fleet[1], serverOf('ppapi001', STEPS, calm)]);
  const later = await replay(optionsOf(changed, DEFAULT_RISK_CONFIG, changes(NOW_MS)));
  assert.equal(changed.reads(), 1);
  assert.ok(later.forecasts.cached > 0, 'servers that are as they were');
  assert.ok(later.forecasts.made > 0, 'the server that is another one now');
  assert.ok(lives(later, 'today').every(({ server }) => server !== 'ppapi001'));
});

const overlaps = (alert: ComparedAlert['today'], other: ComparedAlert['today']): boolean =>
  alert !== null &&
  other !== null &&
  alert.opened_at < (other.resolved_at ?? '9') &&
  other.opened_at < (alert.resolved_at ?? '9');

test('a higher threshold of a stock never alerts at a time without an alert before', { skip }, async () => {
  // Both thresholds move alike, so that the tails of the bands stay as long as they were.
  for (const by of [1, 3]) {
    const proposed = withThresholds({ mem_used_pct: { warning: 88 + by, critical: 95 + by } });
    const result = await replay(optionsOf(sourceOf(fleet), proposed));
    const before = lives(result, 'today');
    for (const alert of lives(result, 'proposed')) {
      assert.ok(before.some((other) => other.server === alert.server && overlaps(alert, other)));
    }
  }
});

test('holding longer opens no alert earlier', { skip }, async () => {
  const alerts = { ...DEFAULT_RISK_CONFIG.alerts, holdCycles: 6 };
  const result = await replay(optionsOf(sourceOf(fleet), { ...DEFAULT_RISK_CONFIG, alerts }));
  assert.ok(result.both > 0);
  for (const { proposed, today } of result.alerts) {
    if (proposed !== null && today !== null) assert.ok(proposed.opened_at > today.opened_at);
  }
  assert.equal(result.yaml, 'risk:\n  alerts:\n    holdCycles: 6\n');
});

test('what cannot be replayed is refused with a remedy', { skip }, async () => {
  const source = sourceOf(fleet);
  const refused = (changes: Partial<ReplayOptions>, code: string, message: RegExp) =>
    assert.rejects(replay(optionsOf(source, DEFAULT_RISK_CONFIG, changes)), { code, message });
  await refused({ fromMs: TO_MS }, 'ARGUS_REPLAY_SPAN', /must lie at least an hour before/);
  await refused(
    { fromMs: FROM_MS - 10 * 86_400_000 },
    'ARGUS_REPLAY_NO_HISTORY',
    /The test begins at 2026-03-02T00:00Z.*choose a beginning from 2026-03-03T00:00Z on/,
  );
  await refused({ names: ['nobody'] }, 'ARGUS_REPLAY_NO_HISTORY', /none of the servers nobody/);
  await refused({ maxServerDays: 3 }, 'ARGUS_REPLAY_TOO_LARGE', /replay\.maxServerDays/);
  await refused(
    { fromMs: TO_MS + 30 * 86_400_000, toMs: TO_MS + 31 * 86_400_000, nowMs: TO_MS + 40 * 86_400_000 },
    'ARGUS_REPLAY_NO_HISTORY',
    /no server/,
  );
});

test('a beginning without a whole day before it, an end without measurements, and missing servers are said', {
  skip,
}, async () => {
  const result = await replay(
    optionsOf(sourceOf(fleet), DEFAULT_RISK_CONFIG, {
      fromMs: stepStartMs(FIRST_STEP + 144),
      toMs: stepStartMs(FIRST_STEP + STEPS + STEPS_A_DAY),
      nowMs: stepStartMs(FIRST_STEP + STEPS + 2 * STEPS_A_DAY),
      names: ['ppdb002', 'nobody'],
    }),
  );
  assert.equal(result.servers, 1);
  assert.match(result.warnings.join('\n'), /Nothing could be forecast before 2026-03-03T00:00Z/);
  assert.match(result.warnings.join('\n'), /Nothing is measured after 2026-03-06T00:00Z/);
  assert.match(result.warnings.join('\n'), /Not measured in this time: nobody/);
});

test('a replay that is given up ends at once', { skip }, async () => {
  const stop = new AbortController();
  const gone = replay(
    optionsOf(sourceOf(fleet), DEFAULT_RISK_CONFIG, {
      signal: stop.signal,
      progress: ({ state }) => {
        if (state === 'forecasting') stop.abort(new Error('given up'));
      },
    }),
  );
  await assert.rejects(gone, /given up/);
});
