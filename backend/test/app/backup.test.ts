/** A backup of a running Argus, put back elsewhere, gives the same answers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { LATE_ROWS, send } from './rows.ts';
import { argus, eventually, getJson, serve, stop, temporaryFolder } from './support.ts';

const SERVER = 'ppdb-kept';

test('a backup made while Argus runs answers as the original does', async (t) => {
  const dataDir = temporaryFolder(t);
  const settings = { ...LATE_ROWS, ARGUS_RISK__ALERTS__HOLD_CYCLES: '1' };
  const first = await serve(t, { dataDir, settings });
  const present = stepOf(Date.now());
  const rows = Array.from({ length: 120 }, (_, age) => ({
    server: SERVER,
    step: present - 3 - age,
    timeMs: stepStartMs(present - 3 - age) + 1000,
    memoryPercent: 99 - age / 10,
    load: age % 7,
  }));
  await send(first.addresses, rows);
  await eventually('an alert in the history', async () => {
    const found = await getJson<{ count: number }>(`${first.addresses.rest}/historical/incidents`);
    return (found?.count ?? 0) > 0 ? found : undefined;
  });
  await fetch(`${first.addresses.rest}/annotations`, {
    method: 'POST',
    body: JSON.stringify({ kind: 'maintenance', server_names: ['other'], text: 'kept' }),
    headers: { 'content-type': 'application/json' },
  });
  const file = join(temporaryFolder(t), 'argus.tar.zst');
  const backup = argus(t, ['backup', file, '--data-dir', dataDir, '--json']);
  assert.equal(await backup.ended, 0, backup.stderr());
  assert.ok((JSON.parse(backup.stdout()) as { files: number }).files > 3);

  const answersOf = async (rest: string) => {
    const [incidents, annotations, series] = await Promise.all([
      getJson<{ incidents: readonly { alert_id: string; peak_level: string }[] }>(
        `${rest}/historical/incidents`,
      ),
      getJson<{ annotations: readonly { id: string; text: string }[] }>(`${rest}/annotations`),
      getJson<{ series: readonly { actual: readonly (number | null)[] }[]; timestamps: readonly string[] }>(
        `${rest}/historical/server/${SERVER}/series?metric=mem_used_pct&metric=load_average&lead=none&from=${new Date(stepStartMs(present - 130)).toISOString()}&to=${new Date(stepStartMs(present)).toISOString()}`,
      ),
    ]);
    const measured =
      series?.series.map(({ actual }) => actual.filter((value) => value !== null).length) ?? [];
    return {
      incidents: incidents?.incidents.map(({ alert_id, peak_level }) => `${alert_id} ${peak_level}`),
      annotations: annotations?.annotations.map(({ id, text }) => `${id} ${text}`),
      measured,
      series,
    };
  };
  // Late rows reach the history when their hour ends, or Argus stops; a start writes the whole window again.
  assert.equal(await stop(first), 0);
  const again = await serve(t, { dataDir, settings });
  const complete = async (rest: string) =>
    eventually('every row', async () => {
      const answers = await answersOf(rest);
      return answers.measured.every((count) => count === rows.length) && answers.measured.length === 2
        ? answers
        : undefined;
    });
  const original = await complete(again.addresses.rest);
  await stop(again);

  const elsewhere = join(temporaryFolder(t), 'restored');
  const restore = argus(t, ['restore', file, '--data-dir', elsewhere]);
  assert.equal(await restore.ended, 0, restore.stderr());
  const second = await serve(t, { dataDir: elsewhere, settings });
  const restored = await complete(second.addresses.rest);
  assert.deepEqual(restored, original);
  const refused = argus(t, ['restore', file, '--data-dir', elsewhere]);
  assert.equal(await refused.ended, 1);
  assert.match(refused.stderr(), /ARGUS_RESTORE_TARGET/);
});
