/** Drift through the API of a running Argus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { LATE_ROWS, send } from './rows.ts';
import { eventually, getJson, scrape, startArgus, temporaryFolder } from './support.ts';

interface DriftJson {
  readonly status: string;
  readonly detected: boolean;
  readonly model: string | null;
  readonly reference: { readonly since: string | null };
  readonly profiles: readonly { readonly profile: string; readonly servers: number }[];
}

test('drift is learned from the first cycle on, and wrong questions are answered with what is right', async (t) => {
  const { addresses } = await startArgus(t, LATE_ROWS, { dataDir: temporaryFolder(t) });
  const { rest } = addresses;
  const present = stepOf(Date.now());
  const rows = Array.from({ length: 120 }, (_, age) => ({
    server: 'ppdb-steady',
    step: present - 3 - age,
    timeMs: stepStartMs(present - 3 - age) + 1000,
    memoryPercent: 40,
    load: 1,
  }));
  await send(addresses, rows);
  const drift = await eventually('a reference', async () => {
    const answer = await getJson<DriftJson>(`${rest}/drift`);
    return answer?.reference.since == null ? undefined : answer;
  });
  assert.deepEqual([drift.status, drift.detected], ['learning', false]);
  assert.notEqual(drift.model, null);
  assert.deepEqual(
    drift.profiles.map(({ profile, servers }) => [profile, servers]),
    [
      ['fleet', 1],
      ['database', 1],
    ],
  );
  assert.match(await scrape(addresses), /argus_drift_learning 1\n/);

  const wrong = await fetch(`${rest}/drift?profile=nobody`);
  assert.equal(wrong.status, 422);
  const { code, detail } = (await wrong.json()) as { code: string; detail: { loc: string[] }[] };
  assert.equal(code, 'ARGUS_INVALID_INPUT');
  assert.deepEqual(detail[0].loc, ['query', 'profile']);
  assert.equal((await fetch(`${rest}/drift?metric=uptime_days`)).status, 422);
});
