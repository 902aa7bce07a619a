import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRIC } from '../../src/catalog/metrics.ts';
import { cascadeOnsets, GROUP_SIZE } from '../../src/simulate/cascade.ts';
import type { IncidentKind } from '../../src/simulate/incidentKinds.ts';
import { INCIDENTS } from '../../src/simulate/incidentKinds.ts';
import type { IncidentRecord } from '../../src/simulate/incidents.ts';
import type { Run } from './helper.ts';
import { FIRST_STEP, runServer } from './helper.ts';

const DAY = 288;
const SERVERS = 120;
const DAYS = 20;

interface Case {
  readonly run: Run;
  readonly record: IncidentRecord;
}

const cases: readonly Case[] = Array.from({ length: SERVERS }, (_, number) =>
  runServer(number, DAYS * DAY, { seed: 4 }),
).flatMap((run) => run.server.records.map((record) => ({ run, record })));
const failures = cases.filter(({ record }) => record.failed);

/** Values of a metric in the last steps that were measured before a step. */
function before({ run, record }: Case, metric: number, count = 3): number[] {
  const last = record.endStep - FIRST_STEP;
  return run.rows
    .slice(Math.max(0, last - 24), last)
    .map((row) => row[metric])
    .filter((value) => !Number.isNaN(value))
    .slice(-count);
}

test('a server fails about once in five to eight days', () => {
  const rate = failures.length / (SERVERS * DAYS);
  assert.ok(rate > 1 / 8 && rate < 1 / 5, `${rate.toFixed(3)} failures per server and day`);
});

test('three to four failures in ten come without any precursor', () => {
  const share = failures.filter(({ record }) => !record.hasPrecursor).length / failures.length;
  assert.ok(share > 0.28 && share < 0.42, `${share.toFixed(2)} without precursor`);
});

test('lead times reach from minutes to many hours', () => {
  const hours = failures
    .filter(({ record }) => record.hasPrecursor)
    .map(({ record }) => (record.endStep - record.firstSymptomStep) / 12)
    .sort((a, b) => a - b);
  const quantile = (share: number): number => hours[Math.floor(hours.length * share)];
  assert.ok(quantile(0.05) < 0.8);
  assert.ok(quantile(0.5) > 2 && quantile(0.5) < 6);
  assert.ok(quantile(0.9) > 8);
});

test('every kind that can fail does, and the look-alikes by nature never do', () => {
  const failed = new Set(failures.map(({ record }) => record.kind));
  for (const [kind, { canFail }] of Object.entries(INCIDENTS)) {
    assert.equal(failed.has(kind as IncidentKind), canFail, kind);
  }
});

test('a failure shows in the metric it comes from just before it happens', () => {
  const shows = (kind: IncidentKind, metric: number, atLeast: number) => {
    const worst = failures
      .filter(({ record }) => record.kind === kind)
      .map((one) => before(one, metric))
      .filter((values) => values.length > 0)
      .map((values) => Math.max(...values));
    assert.ok(worst.length > 3, `${kind}: ${worst.length} cases`);
    // A few give up before the limit, or rise so fast that the last step before it still looks well.
    const clear = worst.filter((value) => value >= atLeast).length / worst.length;
    assert.ok(clear >= 0.85, `${kind}: ${clear} of ${worst.map(Math.round)}`);
  };
  shows('memory_leak', METRIC.memUsed, 85);
  shows('disk_fill', METRIC.diskUsage, 85);
  shows('swap_storm', METRIC.swapUsed, 50);
});

test('a stuck-connection failure has far more connections than the server usually has', () => {
  const mine = failures.filter(({ record }) => record.kind === 'connection_leak');
  assert.ok(mine.length > 3);
  for (const one of mine) {
    const counts = [...before(one, METRIC.backCloseWait), ...before(one, METRIC.frontCloseWait)];
    if (counts.length === 0) continue; // nothing was measured before it
    const { backCloseWait, frontCloseWait } = one.run.server.traits;
    assert.ok(Math.max(...counts) > 5 * Math.max(backCloseWait, frontCloseWait), `${counts}`);
  }
});

test('after a failure the server is down and then starts anew', () => {
  for (const { run, record } of failures) {
    const at = record.endStep - FIRST_STEP;
    assert.equal(run.steps[at].status, 'offline');
    const up = run.steps.findIndex(({ status }, step) => step > at && status !== 'offline');
    if (up < 0 || Number.isNaN(run.rows[up][METRIC.uptimeDays])) continue;
    assert.ok(run.rows[up][METRIC.uptimeDays] < 0.05);
  }
});

test('what does not fail keeps running', () => {
  const survived = cases.filter(({ record }) => !record.failed);
  assert.ok(survived.length > failures.length / 2, 'look-alikes are common');
  for (const { run, record } of survived) {
    assert.notEqual(run.steps[record.endStep - FIRST_STEP].status, 'offline', record.kind);
  }
});

test('a leak that is restarted in time has a first symptom, an end, and gives its memory back', () => {
  const rescued = cases.filter(({ record }) => record.kind === 'memory_leak' && !record.failed);
  assert.ok(rescued.length > 3);
  for (const one of rescued) {
    assert.ok(one.record.firstSymptomStep < one.record.endStep);
    assert.ok(one.record.onsetStep <= one.record.firstSymptomStep);
    const after = one.run.rows[one.record.endStep - FIRST_STEP][METRIC.memUsed];
    if (!Number.isNaN(after)) assert.ok(after <= Math.max(...before(one, METRIC.memUsed)) + 5);
  }
});

test('servers that share a dependency are drawn into the same cascades, others are not', () => {
  const year = 365 * DAY;
  const onsets = (number: number) => [...cascadeOnsets(1, number, FIRST_STEP, FIRST_STEP + year)];
  const near = (a: number[], b: number[]) =>
    a.filter((step) => b.some((other) => Math.abs(other - step) <= 10)).length / a.length;
  assert.ok(onsets(0).length > 5);
  assert.ok(near(onsets(0), onsets(1)) > 0.5);
  assert.ok(near(onsets(0), onsets(GROUP_SIZE)) < 0.2);
});
