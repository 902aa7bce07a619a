import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText, fleetSummary, fleetTable, type PredictionRow } from '../../src/commands/table.ts';

const row = (fields: Partial<PredictionRow>): PredictionRow => ({
  risk_score: 10,
  reason: null,
  alert: { label: 'Healthy' },
  cause: 'nothing is expected',
  time_to_breach: null,
  ...fields,
});

test('a duration reads as a person would say it', () => {
  assert.equal(durationText(undefined), '–');
  assert.equal(durationText(0), 'now');
  assert.equal(durationText(59), 'now');
  assert.equal(durationText(35 * 60), '35 min');
  assert.equal(durationText(2 * 3600), '2 h');
  assert.equal(durationText(2 * 3600 + 10 * 60), '2 h 10 min');
});

test('the servers that need someone come first, those without a forecast last', () => {
  const table = fleetTable(
    {
      predictions: {
        calm: row({}),
        waiting: row({
          risk_score: null,
          alert: { label: 'Warming up' },
          cause: null,
          reason: '3 of 48 steps',
        }),
        burning: row({ risk_score: 93.25, alert: { label: 'Critical' }, time_to_breach: { seconds: 1500 } }),
      },
    },
    10,
    200,
  );
  const lines = table.split('\n');
  assert.match(lines[1], /^burning +Critical +93\.\d +25 min/);
  assert.match(lines[2], /^calm/);
  assert.match(lines[3], /^waiting +Warming up +– +– +3 of 48 steps$/);
});

test('a fleet larger than the screen says how many servers are left out', () => {
  const predictions = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`server${i}`, row({})]));
  const lines = fleetTable({ predictions }, 5, 80).split('\n');
  assert.equal(lines.length, 7);
  assert.equal(lines[6], '… and 25 more with less risk');
  assert.ok(lines.every((line) => line.length <= 80));
});

test('control characters in a name do not reach the terminal', () => {
  const table = fleetTable({ predictions: { 'evil\u001b[2J': row({}) } }, 5, 200);
  assert.ok(!table.includes('\u001b'));
});

test('the summary counts servers that wait for a forecast', () => {
  const summary = { total_servers: 41, critical: 2, warning: 1, degraded: 0, healthy: 37 };
  assert.equal(
    fleetSummary({ predictions: {}, summary }),
    '41 servers: 2 critical, 1 warning, 0 degraded, 37 healthy, 1 without a forecast yet',
  );
});
