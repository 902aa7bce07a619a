/** A running Argus replays its own history for clients: one at a time, beside its work, and not for nobody. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { stepOf } from '../../src/catalog/time.ts';
import { Archive } from '../../src/history/store/archive.ts';
import { hourOf } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/types.ts';
import { historyConfig } from '../history/support.ts';
import { BUNDLE, calm, leak, type Memory, STEPS_A_DAY, serverOf } from '../replay/support.ts';
import { argus, eventually, getJson, type Settings, startArgus, temporaryFolder } from './support.ts';

const skip = existsSync(join(BUNDLE, 'forecast.onnx'))
  ? false
  : 'models/bundles/default has no forecast.onnx; make the bundle first';
const DAYS = 3;
const ROWS = DAYS * STEPS_A_DAY;
const FULL_ROW = 2 * STEPS_A_DAY;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SETTINGS = { ARGUS_REPLAY__THREADS: '1', ARGUS_REPLAY__NICENESS: '0' };
const PROPOSED = { alerts: { holdCycles: 4 } };

interface ReplayJson {
  readonly id: string;
  readonly state: string;
  readonly progress: number;
  readonly from: string;
  readonly to: string;
  readonly result: ReplayResult | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
}
interface Refusal {
  readonly code: string;
  readonly detail: string | readonly { readonly loc: readonly (string | number)[]; readonly msg: string }[];
}

/** The end of what was measured: the hour before this one, so that the present plays no part. */
const END_MS = hourOf(Date.now()) - HOUR_MS;
const FROM_MS = END_MS - (DAYS - 1) * DAY_MS;

/** Writes a fleet's history as the history stage does; the second server runs full the day before the end. */
async function writeHistory(dataDir: string, servers = 3): Promise<void> {
  const archive = await Archive.open({
    folder: join(dataDir, 'history'),
    config: historyConfig(),
    clock: { now: Date.now },
  });
  const first = stepOf(END_MS) - ROWS;
  for (let i = 0; i < servers; i++) {
    const memory: Memory = i === 1 ? leak(FULL_ROW, 8) : calm;
    const { name, profile, values } = serverOf(`ppdb00${i + 1}`, ROWS, memory);
    await archive.put({
      table: 'metrics',
      steps: Int32Array.from({ length: ROWS }, (_, row) => first + row),
      texts: [name, PROFILES[profile].name, 'UTC', null].map((text) => Array.from({ length: ROWS }, () => text)),
      numbers: values,
    });
  }
  await archive.close();
}

async function begun(t: TestContext, settings: Settings = {}, servers = 3) {
  const dataDir = temporaryFolder(t);
  await writeHistory(dataDir, servers);
  const app = await startArgus(t, { ...SETTINGS, ...settings }, { dataDir });
  const { rest } = app.addresses;
  await eventually('the history', async () =>
    (await getJson<{ healthy: boolean }>(`${rest}/historical/status`))?.healthy === true ? true : undefined,
  );
  return rest;
}

async function send<T>(method: string, url: string, body?: unknown) {
  const answer = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T };
}

const span = { from: new Date(FROM_MS).toISOString(), to: new Date(END_MS).toISOString() };
const post = <T = ReplayJson>(rest: string, body: unknown) => send<T>('POST', `${rest}/replay`, body);

function ended(rest: string, id: string): Promise<ReplayJson> {
  return eventually('the end of the replay', async () => {
    const seen = await getJson<ReplayJson>(`${rest}/replay/${id}?wait=5`);
    return seen !== undefined && ['done', 'failed', 'cancelled'].includes(seen.state) ? seen : undefined;
  });
}

test('a client tries settings on the history, and the next ones are answered from what is kept', {
  skip,
}, async (t) => {
  const rest = await begun(t);
  const asked = await post(rest, { ...span, proposed: PROPOSED });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  assert.equal(asked.headers.get('location'), `/replay/${asked.body.id}`);
  assert.ok(Number(asked.headers.get('retry-after')) > 0);
  assert.deepEqual([asked.body.from, asked.body.to], [span.from, span.to]);
  const { result, state, progress, error } = await ended(rest, asked.body.id);
  assert.deepEqual([state, progress, error], ['done', 100, null]);
  assert.ok(result !== null && result.servers === 3 && result.forecasts.made > 0);
  const [alert] = result.alerts.filter(({ server_name }) => server_name === 'ppdb002').slice(-1);
  assert.deepEqual(
    [alert.in, alert.today?.outcome, alert.today?.cause_metric],
    ['both', 'true', 'mem_used_pct'],
  );
  assert.match(result.summary, /would have opened \d+ alerts? in 2 days.*today's settings: \d+/);
  assert.equal(result.yaml, 'risk:\n  alerts:\n    holdCycles: 4\n');

  const again = await post(rest, {
    ...span,
    yaml: 'risk:\n  thresholds:\n    mem_used_pct: { warning: 92, critical: 97 }\n',
  });
  const second = await ended(rest, again.body.id);
  assert.equal(second.state, 'done', JSON.stringify(second.error));
  assert.equal(second.result?.forecasts.made, 0);
  assert.deepEqual(second.result?.today, result.today);
  const metrics = await (await fetch(`${rest}/metrics`)).text();
  assert.match(metrics, /argus_replays_total\{outcome="done"\} 2/);
});

test('a verdict and maintenance count in the next replay', { skip }, async (t) => {
  const rest = await begun(t);
  const replayed = async () =>
    (await ended(rest, (await post(rest, { ...span, proposed: {} })).body.id)).result;
  const before = await replayed();
  assert.ok(before !== null && before.today.opened > 0 && before.today.muted === 0);
  const maintenance = { kind: 'maintenance', server_names: ['ppdb002'], from: span.from, to: span.to };
  assert.equal((await send('POST', `${rest}/annotations`, maintenance)).status, 201);
  const after = await replayed();
  assert.deepEqual([after?.today.opened, after?.today.muted], [0, before.today.opened]);
});

test('one replay runs at a time; it can be joined and cancelled', { skip }, async (t) => {
  const rest = await begun(t, {}, 9);
  const first = await post(rest, { ...span, proposed: PROPOSED });
  const same = await post(rest, { ...span, proposed: PROPOSED });
  assert.deepEqual([same.status, same.body.id], [202, first.body.id]);
  const other = await post<Refusal>(rest, { ...span, proposed: {} });
  assert.deepEqual([other.status, other.body.code], [409, 'ARGUS_REPLAY_BUSY']);
  assert.ok(Number(other.headers.get('retry-after')) > 0);
  assert.deepEqual((await send('DELETE', `${rest}/replay/${first.body.id}`)).body, { success: true });
  assert.equal((await ended(rest, first.body.id)).state, 'cancelled');
  assert.equal((await send('DELETE', `${rest}/replay/${first.body.id}`)).status, 200, 'again');
  const next = await post(rest, { ...span, proposed: {} });
  assert.equal(next.status, 202);
  await send('DELETE', `${rest}/replay/${next.body.id}`);
});

test('wrong requests are refused by place, wrong settings with their remedy', async (t) => {
  const app = await startArgus(t, SETTINGS);
  const { rest } = app.addresses;
  const refused = async (body: unknown) => {
    const { status, body: answer } = await post<Refusal>(rest, body);
    assert.equal(status, 422, JSON.stringify(answer));
    assert.ok(Array.isArray(answer.detail));
    return answer.detail as Exclude<Refusal['detail'], string>;
  };
  const [yaml] = await refused({ yaml: 'risk:\n  alerts:\n    holdCycles: 0\n' });
  assert.deepEqual(yaml.loc, ['body', 'yaml', 3]);
  assert.match(yaml.msg, /risk\.alerts\.holdCycles: must be from 1 to 96, but is 0\. Choose/);
  const [json] = await refused({ proposed: { alerts: { holdCycles: 0 } } });
  assert.deepEqual(json.loc, ['body', 'proposed', 'alerts', 'holdCycles']);
  const [order] = await refused({
    proposed: { thresholds: { mem_used_pct: { warning: 95, critical: 90 } } },
  });
  assert.deepEqual(order.loc, ['body', 'proposed', 'thresholds', 'mem_used_pct']);
  const [unknown] = await refused({ proposed: { tresholds: {} } });
  assert.match(unknown.msg, /Did you mean thresholds/);
  for (const body of [{}, { proposed: {}, yaml: '' }, { proposed: 3 }, { proposed: {}, from: 'then' }]) {
    await refused(body);
  }
  const missing = await send<Refusal>('GET', `${rest}/replay/nothing`);
  assert.deepEqual([missing.status, missing.body.code], [404, 'ARGUS_REPLAY_UNKNOWN']);
});

test('a span the wrong way round and a time before the history are said with a remedy', {
  skip,
}, async (t) => {
  const rest = await begun(t);
  const wrong = await post<Refusal>(rest, { from: span.to, to: span.from, proposed: {} });
  assert.deepEqual([wrong.status, wrong.body.code], [422, 'ARGUS_INVALID_INPUT']);
  const early = { from: new Date(FROM_MS - 5 * DAY_MS).toISOString(), to: span.to, proposed: {} };
  const { state, error } = await ended(rest, (await post(rest, early)).body.id);
  assert.deepEqual([state, error?.code], ['failed', 'ARGUS_REPLAY_NO_HISTORY']);
  assert.match(error?.detail ?? '', /The history begins at .* choose a beginning from/);
});

test('the settings in use are told as they are configured and as they hold', async (t) => {
  const app = await startArgus(t, { ...SETTINGS, ARGUS_RISK__ALERTS__HOLD_CYCLES: '3' });
  const settings = await eventually('the settings', () =>
    getJson<{
      readonly risk: { readonly alerts: Readonly<Record<string, unknown>> };
      readonly effective: readonly {
        readonly profile: string;
        readonly thresholds: Readonly<Record<string, unknown>>;
      }[];
      readonly yaml: string;
      readonly history: unknown;
      readonly history_problem: string | null;
    }>(`${app.addresses.rest}/replay/settings`),
  );
  assert.deepEqual(settings.risk.alerts, { minimumLevel: 'degraded', holdCycles: 3, hysteresisPoints: 5 });
  assert.deepEqual(settings.effective[0].thresholds.mem_used_pct, { warning: 88, critical: 95 });
  assert.equal(settings.effective[0].thresholds.load_average, null);
  assert.equal(settings.yaml, 'risk:\n  alerts:\n    holdCycles: 3\n');
  assert.ok(settings.history === null && settings.history_problem !== null);
});

test('argus replay reads the history of a data folder and names mistakes of a configuration', {
  skip,
}, async (t) => {
  const dataDir = temporaryFolder(t);
  await writeHistory(dataDir);
  const good = join(dataDir, 'good.yaml');
  writeFileSync(good, 'risk:\n  alerts: { holdCycles: 4 }\n');
  const args = ['replay', '--data-dir', dataDir, '--from', span.from, '--to', span.to, '--threads', '1'];
  const json = argus(t, [...args, '--config', good, '--json']);
  assert.equal(await json.ended, 0, json.stderr());
  const result = JSON.parse(json.stdout()) as ReplayResult;
  assert.ok(result.both > 0 && result.servers === 3);
  assert.ok(existsSync(join(dataDir, 'replay')), 'forecasts are kept');
  const table = argus(t, [...args, '--config', good]);
  assert.equal(await table.ended, 0, table.stderr());
  assert.match(table.stdout(), /The proposed settings would have opened[\s\S]*ppdb002[\s\S]*holdCycles: 4/);
  const bad = join(dataDir, 'bad.yaml');
  writeFileSync(bad, 'risk:\n  alerts:\n    holdCycles: many\n');
  const wrong = argus(t, [...args, '--config', bad]);
  assert.equal(await wrong.ended, 1);
  assert.match(wrong.stderr(), /ARGUS_CONFIG_INVALID[\s\S]*bad\.yaml:3:5: risk\.alerts\.holdCycles/);
  const both = argus(t, [...args, '--data', 'a', '--prometheus', 'http://localhost:9090']);
  assert.equal(await both.ended, 2);
  const backwards = argus(t, ['replay', '--data-dir', dataDir, '--from', span.to, '--to', span.from]);
  assert.equal(await backwards.ended, 1);
  assert.match(backwards.stderr(), /ARGUS_REPLAY_SPAN/);
});
