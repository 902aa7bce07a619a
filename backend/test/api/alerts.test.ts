import assert from 'node:assert/strict';
import test from 'node:test';
import { buildApp } from './helper.ts';

const fleet = [
  { name: 'w1', score: 65, profile: 'etl' },
  { name: 'c1', score: 81, profile: 'database' },
  { name: 'c2', score: 99, profile: 'database' },
  { name: 'fine', score: 3 },
  { name: 'newcomer' },
];

test('active alerts have the fields of the seed and more, the most urgent first', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const { count, alerts, timestamp } = (await app.inject('/alerts/active')).json();
  assert.equal(count, 3);
  assert.deepEqual(
    alerts.map(({ server_name }: { server_name: string }) => server_name),
    ['c2', 'c1', 'w1'],
  );
  assert.deepEqual(alerts[0], {
    server_name: 'c2',
    level: 'critical',
    risk_score: 99,
    profile: 'database',
    message: 'c2: CPU used reaches 95% in 40 minutes',
    time_to_issue: '45 minutes',
    lead_seconds: 2700,
    cause_metric: 'cpu_used_pct',
    id: 'alert-c2',
    kind: 'server',
    cascade: null,
    members: null,
    opened_at: '2026-03-01T11:57:00.000Z',
    updated_at: '2026-03-01T12:02:00.000Z',
    muted: false,
    muted_by: null,
  });
  assert.equal(alerts[2].time_to_issue, null);
  assert.equal(timestamp, '2026-03-01T12:02:00.000Z');
});

test('alerts can be filtered by server and level', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const names = async (query: string) =>
    (await app.inject(`/alerts/active?${query}`))
      .json()
      .alerts.map(({ server_name }: { server_name: string }) => server_name);
  assert.deepEqual(await names('level=warning'), ['w1']);
  assert.deepEqual(await names('server=c1&server=w1'), ['c1', 'w1']);
  assert.deepEqual(await names('server=c1&level=warning'), []);
});

test('an unknown level is refused with those there are', async (t) => {
  const { app } = await buildApp(t, { servers: fleet });
  const answer = await app.inject('/alerts/active?level=purple');
  assert.equal(answer.statusCode, 422);
  assert.deepEqual(answer.json().detail, [
    { loc: ['query', 'level', 0], msg: 'must be one of healthy, degraded, warning, critical', type: 'enum' },
  ]);
});

test('without any alert the list is empty', async (t) => {
  const { app } = await buildApp(t, { servers: [] });
  const { count, alerts } = (await app.inject('/alerts/active')).json();
  assert.deepEqual([count, alerts], [0, []]);
});
