/** What a training needs, what is left out of it, whether its model is taken, and the log of it all. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Value } from 'typebox/value';
import type { Extent } from '../../../src/history/protocol.ts';
import { geometricMean, verdictOf } from '../../../src/training/jobs/comparison.ts';
import { type TrainingConfig, TrainingConfigSchema } from '../../../src/training/jobs/config.ts';
import { type HistorySource, incidentTimes, spanOf } from '../../../src/training/jobs/data.ts';
import { Ledger } from '../../../src/training/jobs/ledger.ts';
import type { Comparison, TrainingRecord } from '../../../src/training/jobs/types.ts';
import { temporaryFolder } from '../fixtures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 4, 1);
const CONFIG = Value.Default(TrainingConfigSchema, {}) as TrainingConfig;

function historyOf(extent: Partial<Extent>, incidents: readonly object[] = []): HistorySource {
  const found: Extent = { rows: 0, servers: 0, medianSteps: 0, fromMs: null, toMs: null, ...extent };
  const answers: Readonly<Record<string, unknown>> = { extent: found, incidents };
  return { ask: (name) => Promise.resolve(answers[name] as never) };
}

function comparison(
  before: number,
  after: number,
  profiles: readonly (readonly [number, number])[],
): Comparison {
  const change = (a: number, b: number) => (b / a - 1) * 100;
  return {
    forecasts: 100,
    from: '2026-04-30T00:00:00.000Z',
    to: '2026-05-01T00:00:00.000Z',
    loss_old: before,
    loss_new: after,
    change_pct: change(before, after),
    margin_pct: 2,
    profiles: profiles.map(([a, b], i) => ({
      profile: i === 0 ? 'database' : 'web_api',
      forecasts: 50,
      loss_old: a,
      loss_new: b,
      change_pct: change(a, b),
      within_margin: change(a, b) <= 2,
    })),
  };
}

it('a share of any size counts by how much it changes, and by nothing else', () => {
  const change = (before: readonly number[], after: readonly number[]) =>
    geometricMean(after) / geometricMean(before) - 1;
  assert.ok(Math.abs(change([0.6, 0.6], [0.54, 0.6]) - change([0.6, 85], [0.54, 85])) < 1e-12);
  assert.ok(change([0.6, 85], [0.5, 87]) < 0, 'a sum would call this worse');
  assert.ok(Math.abs(geometricMean([0.5, 0.5]) - 0.5) < 1e-12);
  assert.ok(geometricMean([0.5, 0]) > 0);
});

describe('whether a new model is taken', () => {
  it('takes one that is better on the whole and nowhere worse by more than the margin', () => {
    const { isTaken, reason } = verdictOf(
      comparison(0.5, 0.45, [
        [0.5, 0.4],
        [0.5, 0.505],
      ]),
    );
    assert.equal(isTaken, true);
    assert.match(reason, /0\.5000 before, 0\.4500 after \(-10\.0 %\) on 100 forecasts/);
  });

  it('refuses one that is better on the whole but worse on one profile, and names it', () => {
    const { isTaken, reason } = verdictOf(
      comparison(0.5, 0.45, [
        [0.5, 0.3],
        [0.5, 0.6],
      ]),
    );
    assert.equal(isTaken, false);
    assert.match(reason, /web_api \(\+20\.0 %\)/);
  });

  it('refuses one that is no better, and one whose loss is no number', () => {
    assert.equal(verdictOf(comparison(0.5, 0.5, [])).isTaken, false);
    assert.equal(verdictOf(comparison(0.5, Number.NaN, [])).isTaken, false);
  });
});

describe('what a training needs', () => {
  it('says what the history holds and what is missing', async () => {
    const short = { servers: 8, medianSteps: 300, fromMs: NOW - 2 * DAY_MS, toMs: NOW };
    await assert.rejects(
      spanOf(historyOf(short), CONFIG, NOW),
      (error: Error & { code?: string; statusCode?: number }) => {
        assert.equal(error.code, 'ARGUS_TRAINING_HISTORY_SHORT');
        assert.equal(error.statusCode, 409);
        assert.match(
          error.message,
          /spans 2\.0 days.*8 servers has 1\.0 days.*needs 4 days.*3\.0 are missing/,
        );
        return true;
      },
    );
    await assert.rejects(spanOf(historyOf({}), CONFIG, NOW), /holds no measurements yet.*4\.0 are missing/);
  });

  it('holds the newest days back', async () => {
    const span = await spanOf(
      historyOf({ servers: 8, medianSteps: 5 * 288, fromMs: NOW - 5 * DAY_MS, toMs: NOW }),
      CONFIG,
      NOW,
    );
    assert.equal(span.heldBackFromMs, NOW - DAY_MS);
  });

  it('leaves out what is older than a change, as far as the rest is enough', async () => {
    const asked: number[] = [];
    const history: HistorySource = {
      ask: (_name, ask) => {
        const { fromMs } = ask as { readonly fromMs: number };
        asked.push((NOW - fromMs) / DAY_MS);
        return Promise.resolve({ rows: 1, servers: 1, medianSteps: 3000, fromMs, toMs: NOW } as never);
      },
    };
    for (const changedDays of [3, 6, 200, Number.POSITIVE_INFINITY])
      await spanOf(history, CONFIG, NOW, NOW - changedDays * DAY_MS);
    await spanOf(history, CONFIG, NOW);
    assert.deepEqual(asked, [4.5, 7, 30, 30, 30]);
  });

  it('wants more where more is held back', async () => {
    const five = { servers: 8, medianSteps: 5 * 288, fromMs: NOW - 5 * DAY_MS, toMs: NOW };
    await assert.rejects(spanOf(historyOf(five), { ...CONFIG, heldBackDays: 7 }, NOW), /needs 9\.5 days/);
  });

  it('leaves incidents out, from two hours before to their end, open ones to the end of the time', async () => {
    const incidents = [
      { server: 'a', openedMs: NOW - 10 * HOUR_MS, resolvedMs: NOW - 9 * HOUR_MS },
      { server: 'b', openedMs: NOW - HOUR_MS, resolvedMs: null },
    ];
    const times = await incidentTimes(historyOf({}, incidents), { fromMs: NOW - DAY_MS, toMs: NOW });
    assert.deepEqual(times, [
      { server: 'a', profile: null, fromMs: NOW - 12 * HOUR_MS, toMs: NOW - 9 * HOUR_MS },
      { server: 'b', profile: null, fromMs: NOW - 3 * HOUR_MS, toMs: NOW },
    ]);
  });
});

describe('the log of trainings', () => {
  const record = (id: string): TrainingRecord => ({
    training_id: id,
    trigger: 'manual',
    started_at: '2026-05-01T00:00:00.000Z',
    finished_at: '2026-05-01T00:10:00.000Z',
    minutes: 10,
    epochs: 1,
    incremental: true,
    outcome: 'rejected',
    reason: 'Not better.',
    model: null,
    compared_with: 'default',
    data: null,
    comparison: null,
  });

  it('is there again after a restart, past a line that a crash cut', async (t) => {
    const path = join(temporaryFolder(t), 'deep', 'log.jsonl');
    const { ledger } = await Ledger.open(path);
    await ledger.append(record('one'));
    appendFileSync(path, '{"training_id":"cut');
    const second = await Ledger.open(path);
    assert.equal(second.unreadable, 1);
    await second.ledger.append(record('two'));
    const third = await Ledger.open(path);
    assert.deepEqual(
      third.ledger.records.map(({ training_id }) => training_id),
      ['one', 'two'],
    );
    assert.ok(third.ledger.has('two') && !third.ledger.has('cut'));
    assert.match(readFileSync(path, 'utf8'), /Not better/);
  });
});
