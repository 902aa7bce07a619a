/** Verdicts and maintenance windows through the API of a running Argus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { LATE_ROWS, send } from './rows.ts';
import { eventually, getJson, sampleSum, scrape, startArgus, temporaryFolder } from './support.ts';

const SERVER = 'ppdb-troubled';

interface AlertsJson {
  readonly alerts: readonly {
    readonly id: string;
    readonly muted: boolean;
    readonly muted_by: string | null;
  }[];
}
interface AnnotationsJson {
  readonly count: number;
  readonly annotations: readonly {
    readonly id: string;
    readonly active: boolean;
    readonly server_names: string[];
  }[];
}

test('an alert that is said to be expected is shown as muted until that is taken back', async (t) => {
  const dataDir = temporaryFolder(t);
  const settings = { ...LATE_ROWS, ARGUS_RISK__ALERTS__HOLD_CYCLES: '1' };
  const { addresses } = await startArgus(t, settings, { dataDir });
  const { rest } = addresses;
  const present = stepOf(Date.now());
  const rows = Array.from({ length: 120 }, (_, age) => ({
    server: SERVER,
    step: present - 3 - age,
    timeMs: stepStartMs(present - 3 - age) + 1000,
    memoryPercent: 99 - age / 10,
    load: 1,
  }));
  await send(addresses, rows);
  const alertsOf = (query = '') => getJson<AlertsJson>(`${rest}/alerts/active${query}`);
  const alert = await eventually('an alert', async () => (await alertsOf())?.alerts[0]);
  assert.deepEqual([alert.muted, alert.muted_by], [false, null]);

  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${rest}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const made = await call('POST', '/annotations', {
    kind: 'expected',
    alert_id: alert.id,
    text: 'a load test',
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(
    [made.body.server_names, made.body.active, made.body.author],
    [[SERVER], true, 'without a key'],
  );
  const muted = (await alertsOf())?.alerts[0];
  assert.deepEqual([muted?.muted, muted?.muted_by], [true, made.body.id]);
  assert.equal((await alertsOf('?muted=false'))?.alerts.length, 0);
  assert.equal((await alertsOf('?muted=true'))?.alerts.length, 1);
  assert.equal(sampleSum(await scrape(addresses), 'argus_server_muted', `server="${SERVER}"`), 1);

  await call('POST', '/annotations', { kind: 'true', alert_id: alert.id });
  const card = await getJson<{ verdicts: Record<string, number> }>(`${rest}/report-card`);
  assert.deepEqual([card?.verdicts.true, card?.verdicts.expected, card?.verdicts.precision], [1, 1, 1]);
  const listed = await getJson<AnnotationsJson>(
    `${rest}/annotations?server_name=${SERVER}&kind=expected&active=true`,
  );
  assert.deepEqual(
    listed?.annotations.map(({ id }) => id),
    [made.body.id],
  );

  assert.equal((await call('DELETE', `/annotations/${made.body.id}`)).status, 200);
  assert.equal((await call('DELETE', `/annotations/${made.body.id}`)).status, 404);
  assert.equal((await alertsOf())?.alerts[0]?.muted, false);

  const refused = async (body: object, status: number, code: string) => {
    const answer = await call('POST', '/annotations', body);
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
  };
  await refused({ kind: 'false' }, 422, 'ARGUS_INVALID_INPUT');
  await refused({ kind: 'perhaps' }, 422, 'ARGUS_INVALID_INPUT');
  await refused({ kind: 'false', alert_id: 'nobody' }, 404, 'ARGUS_ALERT_UNKNOWN');
  await refused({ kind: 'false', alert_id: alert.id, server_names: ['x'] }, 422, 'ARGUS_INVALID_INPUT');
  await refused({ kind: 'maintenance', from: '2026-01-02', to: '2026-01-01' }, 422, 'ARGUS_INVALID_INPUT');
  await refused(
    { kind: 'maintenance', from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    422,
    'ARGUS_INVALID_INPUT',
  );
  const weekly = { days: ['sat'], start: '02:00', duration_minutes: 60, time_zone: 'Mars/Olympus' };
  await refused({ kind: 'maintenance', recurrence: weekly }, 422, 'ARGUS_INVALID_INPUT');
  await refused(
    { kind: 'maintenance', recurrence: { ...weekly, start: '25:00' } },
    422,
    'ARGUS_INVALID_INPUT',
  );
});
