import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Annotation } from '../../src/annotations/types.ts';
import { stepStartMs } from '../../src/catalog/time.ts';
import { breachesOf } from '../../src/replay/alerts/breaches.ts';
import {
  type ComparedServer,
  compare,
  type JudgedAlert,
  summaryOf,
} from '../../src/replay/alerts/comparison.ts';
import { judge, openedMs } from '../../src/replay/alerts/judgement.ts';
import type { ReplayedAlert } from '../../src/replay/alerts/lifeCycle.ts';
import { calm, FIRST_STEP, leak, type Memory, rulesOf, STEPS_A_DAY, serverOf } from './support.ts';

const DAYS = 3;
const FULL_ROW = 500;
const alertAt = (row: number, resolvedRow: number | null = row + 10): ReplayedAlert => ({
  openedStep: FIRST_STEP + row,
  resolvedStep: resolvedRow === null ? null : FIRST_STEP + resolvedRow,
  level: 2,
  peakLevel: 3,
  peakScore: 91.26,
});

function judged(row: number, memory: Memory, annotations: readonly Annotation[] = []) {
  const series = serverOf('ppdb001', DAYS * STEPS_A_DAY, memory);
  return judge(alertAt(row), { series, events: breachesOf(series, rulesOf()), annotations });
}

function annotation(changes: Partial<Annotation>): Annotation {
  return {
    id: '1',
    kind: 'false',
    alert_id: null,
    server_names: ['ppdb001'],
    profiles: null,
    fromMs: 0,
    toMs: null,
    recurrence: null,
    text: '',
    createdMs: 0,
    author: 'ops',
    ...changes,
  };
}

test('a breach is 15 minutes past the critical threshold; shorter peaks are none', () => {
  const peaks = (length: number) =>
    serverOf('ppdb001', 400, (row) => (row >= 300 && row < 300 + length ? 97 : 50));
  assert.equal(breachesOf(peaks(2), rulesOf()).length, 0);
  const [breach] = breachesOf(peaks(3), rulesOf());
  assert.deepEqual(
    [breach.step, breach.lastStep, breach.threshold],
    [FIRST_STEP + 300, FIRST_STEP + 302, 95],
  );
});

test('peaks within 6 hours of the first are one breach, later ones another', () => {
  const isPeak = (row: number) => [100, 130, 190].some((start) => row >= start && row < start + 4);
  const series = serverOf('ppdb001', 400, (row) => (isPeak(row) ? 99 : 50));
  assert.deepEqual(
    breachesOf(series, rulesOf()).map(({ step, lastStep }) => [step - FIRST_STEP, lastStep - FIRST_STEP]),
    [
      [100, 133],
      [190, 193],
    ],
  );
});

test('an alert is true where a breach follows after more than 30 minutes and within 8 hours', () => {
  const memory = leak(FULL_ROW, 6);
  // The leak passes 95 % a little before it is full.
  const series = serverOf('ppdb001', DAYS * STEPS_A_DAY, memory);
  const row = breachesOf(series, rulesOf())[0].step - FIRST_STEP;
  assert.deepEqual([judged(row - 7, memory).outcome, judged(row - 7, memory).leadSeconds], ['true', 30 * 60]);
  assert.equal(judged(row - 96, memory).leadSeconds, 475 * 60);
  assert.equal(judged(row - 97, memory).outcome, 'false');
  assert.match(judged(row - 20, memory).why, /memory used stayed past 95 % from 2026-03-03T\d\d:\d\dZ on/);
  for (const late of [row - 6, row - 1, row, row + 20])
    assert.equal(judged(late, memory).outcome, 'late', `${late - row}`);
  assert.match(judged(row + 20, memory).why, /^already: /);
});

test('without a breach an alert is false, and unknown where the time after it is not measured', () => {
  assert.equal(judged(400, calm).outcome, 'false');
  const end = judged(DAYS * STEPS_A_DAY - 50, calm);
  assert.deepEqual([end.outcome, end.why], ['unknown', 'only 4 of the 8 hours after it are measured']);
});

test('what a person said counts for more than what was measured', () => {
  const timeMs = openedMs(alertAt(400));
  const said = (kind: 'true' | 'false', fromMs: number) =>
    judged(400, calm, [annotation({ kind, fromMs, toMs: fromMs + 3_600_000, text: 'a backup' })]);
  assert.equal(said('true', timeMs).outcome, 'true');
  assert.equal(said('true', timeMs).why, 'ops said true: a backup');
  assert.equal(said('true', timeMs).leadSeconds, null);
  assert.equal(said('true', timeMs + 2 * 3_600_000).outcome, 'false', 'another alert was meant');
  const memory = leak(FULL_ROW, 6);
  const row = FULL_ROW - 40;
  assert.equal(judged(row, memory).outcome, 'true');
  assert.equal(judged(row, memory, [annotation({ kind: 'false' })]).outcome, 'false');
  assert.equal(
    judged(row, memory, [annotation({ kind: 'false', server_names: ['ppdb002'] })]).outcome,
    'true',
  );
});

test('alerts in maintenance are muted, also where it comes round each week', () => {
  const timeMs = openedMs(alertAt(400));
  const maintenance = (fromMs: number) =>
    annotation({ kind: 'maintenance', server_names: null, fromMs, toMs: fromMs + 3_600_000 });
  assert.equal(judged(400, calm, [maintenance(timeMs - 60_000)]).muted, true);
  assert.equal(judged(400, calm, [maintenance(timeMs + 60_000)]).muted, false);
  // The alert opens on a Tuesday at 09:25.
  const weekly = (days: readonly ['mon' | 'tue']) =>
    annotation({
      kind: 'expected',
      server_names: null,
      recurrence: { days, start: '09:00', duration_minutes: 60, time_zone: 'UTC' },
    });
  assert.equal(judged(400, calm, [weekly(['tue'])]).muted, true);
  assert.equal(judged(400, calm, [weekly(['mon'])]).muted, false);
});

function comparedAlert(
  row: number,
  resolvedRow: number | null,
  outcome: 'true' | 'false',
  muted = false,
): JudgedAlert {
  const leadSeconds = outcome === 'true' ? 7800 : null;
  return {
    alert: alertAt(row, resolvedRow),
    causeTarget: 1,
    judgement: { outcome, leadSeconds, why: '', muted },
  };
}

function comparedServer(proposed: readonly JudgedAlert[], today: readonly JudgedAlert[]): ComparedServer {
  const step = FIRST_STEP + 160;
  const event = { step, lastStep: step, target: 1, threshold: 95, failure: null };
  return { series: { name: 'ppdb001', profile: 0 }, proposed, today, events: [event] };
}

test('alerts that stood at the same time are the same; each has one partner at most', () => {
  const long = comparedAlert(100, 300, 'true');
  const parts = [comparedAlert(110, 150, 'true'), comparedAlert(200, 250, 'false')];
  const result = compare([comparedServer(parts, [long, comparedAlert(400, null, 'false')])]);
  assert.deepEqual([result.both, result.only_proposed, result.only_today], [1, 1, 1]);
  assert.deepEqual(
    result.alerts.map((row) => row.in),
    ['today', 'proposed', 'both'],
  );
  assert.equal(result.alerts[0].today?.resolved_at, null);
  assert.equal(result.alerts[2].today?.opened_at, new Date(stepStartMs(FIRST_STEP + 101)).toISOString());
  assert.deepEqual(
    [result.alerts[2].proposed?.peak_level, result.alerts[2].proposed?.peak_score],
    ['critical', 91.3],
  );
});

test('totals count what people would have heard of, and the summary says them', () => {
  const today = [comparedAlert(100, 120, 'true'), comparedAlert(200, 220, 'false')];
  const proposed = [comparedAlert(100, 120, 'true'), comparedAlert(300, 320, 'false', true)];
  const result = compare([comparedServer(proposed, today)]);
  assert.deepEqual(result.proposed, {
    opened: 1,
    true: 1,
    late: 0,
    false: 0,
    unknown: 0,
    muted: 1,
    precision: 1,
    median_lead_seconds: 7800,
    events_caught: 1,
  });
  assert.equal(result.today.precision, 0.5);
  assert.equal(
    summaryOf(result, 30),
    "The proposed settings would have opened 1 alert in 30 days, 1 true, median lead 2 h 10 min; today's settings: 2, 1 true, 2 h 10 min.",
  );
});

test('a comparison of nothing is empty', () => {
  const result = compare([]);
  assert.deepEqual(
    [result.alerts.length, result.today.precision, result.today.median_lead_seconds],
    [0, null, null],
  );
  assert.match(summaryOf(result, 1), /0 alerts in 1 day, 0 true, median lead –/);
});
