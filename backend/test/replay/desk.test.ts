/** Replays in a process of their own: one at a time, and not for nobody. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Value } from 'typebox/value';
import { HistoryUnavailable } from '../../src/history/errors.ts';
import type { TrainingFile } from '../../src/history/protocol.ts';
import { type ReplayConfig, ReplayConfigSchema } from '../../src/replay/config.ts';
import { ReplayDesk } from '../../src/replay/jobs/desk.ts';
import type { ReplayJob } from '../../src/replay/jobs/protocol.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { folderUntilExit } from '../folders.ts';
import { BUNDLE } from './support.ts';

const skip = existsSync(join(BUNDLE, 'manifest.json'))
  ? false
  : 'models/bundles/default is not there; make the bundle first';
const FROM_MS = Date.UTC(2026, 2, 4);
const HOUR_MS = 3_600_000;

function jobOf(changes: Partial<ReplayJob> = {}): ReplayJob {
  return {
    fromMs: FROM_MS,
    toMs: FROM_MS + 24 * HOUR_MS,
    nowMs: FROM_MS + 48 * HOUR_MS,
    names: null,
    today: DEFAULT_RISK_CONFIG,
    proposed: DEFAULT_RISK_CONFIG,
    model: BUNDLE,
    annotations: [],
    extent: null,
    holidays: [],
    cacheFolder: folderUntilExit('argus-replay-'),
    config: Value.Default(ReplayConfigSchema, {}) as ReplayConfig,
    ...changes,
  };
}

const NEVER = new Promise<TrainingFile>(() => {});

/** A desk with a clock that is set, whose history answers as told: by default never. */
function deskOf(t: TestContext, measure: () => Promise<TrainingFile> = () => NEVER) {
  const time = { nowMs: 1_000_000 };
  const ends: string[] = [];
  const desk = new ReplayDesk({
    clock: { now: () => time.nowMs },
    abandonedAfterSeconds: 60,
    measure,
    note: (text) => assert.fail(text),
    ended: (kind) => ends.push(kind),
  });
  t.after(() => desk.close());
  return { desk, time, ends };
}

test('a replay is given up once nobody has asked about it for a while', { skip }, async (t) => {
  const { desk, time, ends } = deskOf(t);
  const { id } = desk.begin(jobOf());
  time.nowMs += 59_000;
  desk.giveUpAbandoned();
  assert.equal(desk.get(id).end, null, 'asked about just now');
  time.nowMs += 59_000;
  desk.giveUpAbandoned();
  assert.equal(desk.get(id).end, null);
  time.nowMs += 61_000;
  desk.giveUpAbandoned();
  await desk.over(id);
  assert.deepEqual([desk.get(id).end?.kind, ends], ['cancelled', ['cancelled']]);
  desk.begin(jobOf());
});

test('the same question joins the replay under way, another one is told who is in the way', { skip }, (t) => {
  const { desk } = deskOf(t);
  const { id } = desk.begin(jobOf());
  assert.equal(desk.begin(jobOf()).id, id);
  assert.throws(() => desk.begin(jobOf({ toMs: FROM_MS + HOUR_MS })), {
    code: 'ARGUS_REPLAY_BUSY',
    message: new RegExp(id),
    retryAfterSeconds: 10,
  });
});

test('cancelling what is over changes nothing, and what is not known is refused', { skip }, async (t) => {
  const { desk, ends } = deskOf(t);
  const { id } = desk.begin(jobOf());
  await desk.cancel(id);
  await desk.cancel(id);
  assert.deepEqual(ends, ['cancelled']);
  assert.throws(() => desk.get('nothing'), { code: 'ARGUS_REPLAY_UNKNOWN' });
});

test('a history that does not answer ends the replay with its own words', { skip }, async (t) => {
  const { desk } = deskOf(t, () => Promise.reject(new HistoryUnavailable('It is down.')));
  const { id } = desk.begin(jobOf());
  await desk.over(id);
  assert.deepEqual(desk.get(id).end, {
    kind: 'failed',
    fault: { code: 'ARGUS_HISTORY_UNAVAILABLE', message: 'It is down.' },
  });
});

test('only the newest replays are kept', { skip }, async (t) => {
  const { desk } = deskOf(t);
  const ids: string[] = [];
  for (let i = 0; i < 12; i++) {
    const { id } = desk.begin(jobOf());
    ids.push(id);
    await desk.cancel(id);
  }
  assert.throws(() => desk.get(ids[0]), { code: 'ARGUS_REPLAY_UNKNOWN' });
  assert.equal(desk.get(ids[11]).end?.kind, 'cancelled');
});
