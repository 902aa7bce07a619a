/** The history of a running Argus: what it measured, forecast and announced can be asked for, after kills as well. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppAddresses } from '../../src/app.ts';
import { stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { LATE_ROWS, type Row, send } from './rows.ts';
import {
  eventually,
  getJson,
  type Serving,
  sampleSum,
  scrape,
  serve,
  startArgus,
  stop,
  temporaryFolder,
} from './support.ts';

const ROUNDS = Number(process.env.ARGUS_CRASH_ROUNDS ?? 4);
const SERVER = 'kept-1';
const TROUBLED = 'troubled-1';

interface SeriesJson {
  readonly step_seconds: number;
  readonly timestamps: readonly string[];
  readonly series: readonly {
    readonly metric: string;
    readonly actual: readonly (number | null)[];
    readonly forecasts: readonly { readonly lead: string; readonly p50: readonly (number | null)[] }[];
  }[];
}

/** Rows of the last `count` steps but a few: two servers, one of them with memory about to run out. */
function pastRows(presentStep: number, count: number): readonly Row[] {
  return Array.from({ length: count }, (_, age) => presentStep - 3 - age).flatMap((step, age) =>
    [SERVER, TROUBLED].map((server) => ({
      server,
      step,
      timeMs: stepStartMs(step) + 1000,
      memoryPercent: server === SERVER ? 30 + (age % 20) : 99 - age / 10,
      load: age % 5,
    })),
  );
}

/** Memory of a server by step, as the history tells it. */
async function memoryOf({ rest }: AppAddresses, server: string): Promise<ReadonlyMap<number, number>> {
  const url = `${rest}/historical/server/${server}/series?metric=mem_used_pct&lead=none&time_range=1d`;
  const found = await getJson<SeriesJson>(url);
  const entries = (found?.timestamps ?? []).flatMap((time, i) => {
    const value = found?.series[0].actual[i];
    return value == null ? [] : [[stepOf(Date.parse(time)), value] as const];
  });
  return new Map(entries);
}

const eventCount = async ({ rest }: AppAddresses): Promise<number> =>
  (await getJson<{ readonly count: number }>(`${rest}/historical/alerts?time_range=1d`))?.count ?? 0;

/** Process number of the history, which is the backend's only child. */
function historyPid({ child }: Serving): number {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  assert.match(children, /^\d+$/);
  return Number(children);
}

test('what a running Argus measures, forecasts and announces can be asked for', async (t) => {
  const { addresses } = await startArgus(t, LATE_ROWS);
  const { rest } = addresses;
  const rows = pastRows(stepOf(Date.now()), 120);
  await send(addresses, rows);
  await eventually('a snapshot', async () => {
    const answer = await getJson<{ readonly count: number }>(`${rest}/historical/environment?time_range=1d`);
    return answer !== undefined && answer.count > 0 ? answer : undefined;
  });
  await eventually('the risk of a server', async () => {
    const answer = await getJson<{ readonly assessments: number }>(`${rest}/historical/server/${TROUBLED}`);
    return answer !== undefined && answer.assessments > 0 ? answer : undefined;
  });
  await eventually('the alert', async () => ((await eventCount(addresses)) > 0 ? true : undefined));

  await t.test('every route answers with the fields that are promised', async () => {
    const summary = await getJson<Record<string, unknown>>(`${rest}/historical/summary`);
    assert.equal(summary?.time_range, '1d');
    assert.ok(Number(summary?.fleet_health_avg) > 0);
    assert.deepEqual(summary?.alerts_by_level, { degraded: 0, warning: 0, critical: 1 });
    const server = await getJson<Record<string, unknown>>(
      `${rest}/historical/server/${TROUBLED}?time_range=8h`,
    );
    assert.equal(server?.server_name, TROUBLED);
    assert.equal(server?.risk_trend, 'unknown');
    const risk = await getJson<{ risk_score: (number | null)[]; parts: Record<string, (number | null)[]> }>(
      `${rest}/historical/server/${TROUBLED}/risk`,
    );
    const score = risk?.risk_score.findLast((value) => value !== null) ?? 0;
    assert.ok(score > 0);
    const parts = Object.values(risk?.parts ?? {}).map(
      (part) => part.findLast((value) => value !== null) ?? 0,
    );
    assert.ok(Math.abs(parts.reduce((sum, part) => sum + part, 0) - score) < 1e-3);
    const status = await getJson<Record<string, unknown>>(`${rest}/historical/status`);
    assert.deepEqual([status?.healthy, status?.problem, status?.rows_lost], [true, null, 0]);
  });

  await t.test('a mistake in a question is named, and what is not there is said', async () => {
    const expect = async (path: string, status: number, code: string) => {
      const answer = await fetch(`${rest}/historical/${path}`);
      const body = (await answer.json()) as { readonly code: string };
      assert.deepEqual([answer.status, body.code], [status, code], `${path}: ${JSON.stringify(body)}`);
    };
    await expect('summary?time_range=2d', 422, 'ARGUS_INVALID_INPUT');
    await expect('alerts?from=yesterday', 422, 'ARGUS_INVALID_INPUT');
    await expect('alerts?from=2026-02-30T00:00:00Z', 422, 'ARGUS_INVALID_INPUT');
    await expect('alerts?from=2999-01-01', 422, 'ARGUS_INVALID_INPUT');
    await expect('alerts?time_zone=Mars/Olympus', 422, 'ARGUS_INVALID_INPUT');
    await expect('alerts?cursor=%21', 422, 'ARGUS_INVALID_INPUT');
    await expect('alerts?limit=0', 422, 'ARGUS_INVALID_INPUT');
    await expect('environment?limit=1000000', 422, 'ARGUS_INVALID_INPUT');
    await expect('export/keys', 422, 'ARGUS_INVALID_INPUT');
    await expect('export/alerts?format=xlsx', 422, 'ARGUS_INVALID_INPUT');
    await expect('server/nobody', 404, 'ARGUS_HISTORY_SERVER_UNKNOWN');
    await expect(`server/${SERVER}/series?metric=nothing`, 422, 'ARGUS_INVALID_INPUT');
    await expect(`server/${SERVER}/series?lead=none&lead=1h`, 422, 'ARGUS_INVALID_INPUT');
  });

  await t.test('exports come as JSON around the CSV, as CSV and as Parquet', async () => {
    const url = `${rest}/historical/export/environment?time_range=1d`;
    const wrapped = await getJson<{
      readonly csv_data: string;
      readonly filename: string;
      readonly table: string;
    }>(url);
    const csv = await fetch(url, { headers: { accept: 'text/csv' } });
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(
      csv.headers.get('content-disposition') ?? '',
      /^attachment; filename="argus-environment-.*\.csv"$/,
    );
    const text = await csv.text();
    assert.match(text, /^timestamp,total_servers,critical_count,/);
    assert.equal(wrapped?.csv_data, text);
    assert.equal(wrapped?.table, 'environment');
    const parquet = await fetch(`${url}&format=parquet`);
    const bytes = Buffer.from(await parquet.arrayBuffer());
    assert.equal(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', bytes.length - 4), 'PAR1PAR1');
  });

  await t.test('times are read and answered in the zone that is asked for', async () => {
    const answer = await getJson<{ readonly from: string; readonly to: string; readonly time_range: string }>(
      `${rest}/historical/alerts?from=2026-07-01T00:00&to=2026-07-02T00:00:00Z&time_zone=Europe/Berlin`,
    );
    assert.deepEqual(
      [answer?.time_range, answer?.from, answer?.to],
      ['custom', '2026-07-01T00:00:00.000+02:00', '2026-07-02T02:00:00.000+02:00'],
    );
  });

  await t.test('nothing that was measured is missing once Argus has stopped', async () => {
    // The late rows belong to steps that are closed: they are written when the hour ends, or Argus does.
    const page = await scrape(addresses);
    assert.equal(sampleSum(page, 'argus_history_rows_lost_total'), 0);
    assert.equal(sampleSum(page, 'argus_history_up'), 1);
  });
});

test('late rows and forecasts are there after a restart, and a damaged file is reported', async (t) => {
  const dataDir = temporaryFolder(t);
  const rows = pastRows(stepOf(Date.now()), 150);
  const first = await serve(t, { dataDir, settings: LATE_ROWS });
  await send(first.addresses, rows);
  await eventually('a forecast', () => getJson(`${first.addresses.rest}/servers/${SERVER}/forecast`));
  assert.equal(await stop(first), 0);
  const second = await serve(t, { dataDir, settings: LATE_ROWS });
  const { addresses } = second;
  const expected = rows.filter(({ server }) => server === SERVER);
  await eventually('the rows', async () =>
    (await memoryOf(addresses, SERVER)).size === expected.length ? true : undefined,
  );
  const found = await memoryOf(addresses, SERVER);
  for (const { step, memoryPercent } of expected)
    assert.ok(Math.abs((found.get(step) ?? 0) - memoryPercent) < 1e-3);

  await t.test('a file that is damaged meanwhile costs its own rows only', async () => {
    const folder = join(dataDir, 'history');
    const metrics = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /metrics\.[\d-]+\.parquet$/.test(name))
      .sort();
    assert.ok(metrics.length > 2, metrics.join());
    truncateSync(join(folder, metrics[1]), 60);
    const left = await memoryOf(addresses, SERVER);
    assert.ok(left.size > 0 && left.size < expected.length);
    const status = await getJson<{ readonly damaged_files: readonly { readonly file: string }[] }>(
      `${addresses.rest}/historical/status`,
    );
    assert.deepEqual(
      status?.damaged_files.map(({ file }) => file),
      [metrics[1]],
    );
    assert.match(second.stderr(), /A file of the history is damaged/);
    assert.equal(sampleSum(await scrape(addresses), 'argus_history_damaged_files_total'), 1);
  });
});

test('a killed history process is started again, and forecasting does not notice', async (t) => {
  const serving = await serve(t, { dataDir: temporaryFolder(t), settings: LATE_ROWS });
  const { addresses } = serving;
  const status = () =>
    getJson<{ readonly healthy: boolean; readonly problem: string | null }>(
      `${addresses.rest}/historical/status`,
    );
  await eventually('the history', async () => ((await status())?.healthy ? true : undefined));
  process.kill(historyPid(serving), 'SIGKILL');
  const down = await eventually('its end', async () => {
    const answer = await status();
    return answer?.healthy === false ? answer : undefined;
  });
  assert.match(down.problem ?? '', /forecasts go on/);
  const refused = await fetch(`${addresses.rest}/historical/summary`);
  assert.equal(refused.status, 503);
  const rows = pastRows(stepOf(Date.now()), 60);
  await send(addresses, rows);
  await eventually('a forecast', () => getJson(`${addresses.rest}/servers/${SERVER}/forecast`));
  await eventually('the history again', async () => ((await status())?.healthy ? true : undefined));
});

test(`rows and alerts that were shown survive ${ROUNDS} kills`, async (t) => {
  const dataDir = temporaryFolder(t);
  const sent: Row[] = [];
  const all = pastRows(stepOf(Date.now()), 40 * ROUNDS > 240 ? 240 : 40 * ROUNDS);
  let shownEvents = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const serving = await serve(t, {
      dataDir,
      settings: { ...LATE_ROWS, ARGUS_RISK__ALERTS__HOLD_CYCLES: '1' },
    });
    const part = all.slice((round * all.length) / ROUNDS, ((round + 1) * all.length) / ROUNDS);
    await send(serving.addresses, part);
    sent.push(...part);
    await sleep((round * 331) % 1500);
    shownEvents = Math.max(shownEvents, await eventCount(serving.addresses));
    await stop(serving, 'SIGKILL');
  }
  const last = await serve(t, { dataDir, settings: LATE_ROWS });
  const expected = sent.filter(({ server }) => server === SERVER);
  await eventually('every row', async () => {
    const found = await memoryOf(last.addresses, SERVER);
    return expected.every(
      ({ step, memoryPercent }) => Math.abs((found.get(step) ?? 0) - memoryPercent) < 1e-3,
    )
      ? true
      : undefined;
  });
  assert.ok((await eventCount(last.addresses)) >= shownEvents);
});

test('a history that is switched off says so, and Argus works without it', async (t) => {
  const { addresses } = await startArgus(t, { ...LATE_ROWS, ARGUS_HISTORY__ENABLED: 'false' });
  const answer = await fetch(`${addresses.rest}/historical/alerts`);
  assert.equal(answer.status, 503);
  assert.equal(((await answer.json()) as { code: string }).code, 'ARGUS_HISTORY_UNAVAILABLE');
  const status = await getJson<{ readonly enabled: boolean }>(`${addresses.rest}/historical/status`);
  assert.equal(status?.enabled, false);
  await send(addresses, pastRows(stepOf(Date.now()), 60));
  await eventually('a forecast', () => getJson(`${addresses.rest}/servers/${SERVER}/forecast`));
});
