/** A running Argus trains on its own history: the model changes only for a better one, and a kill costs nothing. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { stepOf } from '../../src/catalog/time.ts';
import { Archive } from '../../src/history/store/archive.ts';
import type { TrainingRecord } from '../../src/training/jobs/types.ts';
import { silentReporter } from '../../src/training/reporter.ts';
import { trainModel } from '../../src/training/trainer.ts';
import { historyConfig } from '../history/support.ts';
import { writeFleet } from '../training/fixtures.ts';
import { eventually, getJson, type Serving, serve, startArgus, stop, temporaryFolder } from './support.ts';

const TEMPLATE = join(import.meta.dirname, '../../../models/bundles/default');
const skip = existsSync(join(TEMPLATE, 'train.onnx'))
  ? false
  : 'models/bundles/default has no train.onnx; make the bundle first';
const STEPS_A_DAY = 288;
/** On a machine that is busy with other things. */
const LONGEST_TRAINING_MS = 240_000;
const SERVERS = ['ppdb001', 'ppdb002', 'ppapi001', 'ppapi002'];
/** A training that a test has time for. */
const SMALL = {
  ARGUS_TRAINING__SAMPLES_PER_EPOCH: '128',
  ARGUS_TRAINING__EPOCHS: '1',
  ARGUS_TRAINING__NICENESS: '0',
  ARGUS_TRAINING__MARGIN_PERCENT: '100',
};

interface StatusJson {
  readonly training_active: boolean;
  readonly training_id: string | null;
  readonly state: string;
  readonly progress: { readonly epoch: number; readonly percent: number };
}
interface StatsJson {
  readonly total_trainings: number;
  readonly models_produced: number;
  readonly avg_training_time_minutes: number | null;
  readonly trainings: readonly TrainingRecord[];
}

/** Writes days of measurements that end now. */
async function writeHistory(dataDir: string, days: number): Promise<void> {
  const archive = await Archive.open({
    folder: join(dataDir, 'history'),
    config: historyConfig(),
    clock: { now: Date.now },
  });
  const last = stepOf(Date.now()) - 1;
  const steps = Array.from({ length: Math.round(days * STEPS_A_DAY) }, (_, i) => last - i).reverse();
  const rows = steps.flatMap((step) => SERVERS.map((server, i) => ({ server, step, i })));
  const numbers = new Float32Array(rows.length * METRIC_COUNT).fill(Number.NaN);
  rows.forEach(({ step, i }, row) => {
    const day = (2 * Math.PI * step) / STEPS_A_DAY;
    const noise = ((step * 31 + i * 17) % 23) / 5;
    numbers[row * METRIC_COUNT + METRIC.cpuIdle] = 60 - 20 * Math.sin(day + i) + noise;
    numbers[row * METRIC_COUNT + METRIC.memUsed] = 50 + 10 * Math.sin(day) + noise;
    numbers[row * METRIC_COUNT + METRIC.netIn] = 5 + 3 * Math.cos(day + i) + noise / 5;
  });
  await archive.put({
    table: 'metrics',
    steps: Int32Array.from(rows, ({ step }) => step),
    texts: [
      rows.map(({ server }) => server),
      rows.map(({ server }) => (server.startsWith('ppdb') ? 'database' : 'web_api')),
      rows.map(() => 'Europe/Berlin'),
      rows.map(() => 'DE'),
    ],
    numbers,
  });
  await archive.close();
}

/** A valid model that has hardly learned anything, as the one in use. */
async function useWeakModel(dataDir: string): Promise<string> {
  const data = join(dataDir, 'weak.parquet');
  await writeFleet(data, 2, 4);
  const out = join(dataDir, 'models', 'weak');
  mkdirSync(join(dataDir, 'models'));
  const options = {
    epochs: 1,
    samplesPerEpoch: 64,
    validationWindows: 8,
    threads: 1,
    peakRate: 1e-6,
  } as const;
  await trainModel(
    { data: [{ path: data }], out, mode: 'standard', from: TEMPLATE, ...options },
    silentReporter,
  );
  return 'weak';
}

async function post(rest: string, path: string) {
  const answer = await fetch(`${rest}${path}`, { method: 'POST' });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const statusOf = (rest: string) => getJson<StatusJson>(`${rest}/admin/training-status`);
const statsOf = (rest: string) => getJson<StatsJson>(`${rest}/admin/training-stats`);
const currentOf = async (rest: string) =>
  (await getJson<{ readonly current_model: string | null }>(`${rest}/admin/models`))?.current_model;

async function historyIsReady(rest: string): Promise<void> {
  await eventually('the history', async () =>
    (await getJson<{ healthy: boolean }>(`${rest}/historical/status`))?.healthy === true ? true : undefined,
  );
}

function ended(rest: string): Promise<TrainingRecord> {
  return eventually(
    'the end of the training',
    async () => (await statsOf(rest))?.trainings[0],
    LONGEST_TRAINING_MS,
  );
}

test('too little history, nothing to cancel and wrong numbers are said plainly', async (t) => {
  const app = await startArgus(t, SMALL);
  const { rest } = app.addresses;
  await historyIsReady(rest);
  const idle = await statusOf(rest);
  assert.deepEqual([idle?.training_active, idle?.state], [false, 'idle']);
  const short = await post(rest, '/admin/trigger-training');
  assert.deepEqual([short.status, short.body.code], [409, 'ARGUS_TRAINING_HISTORY_SHORT']);
  assert.match(String(short.body.detail), /holds no measurements yet.*are missing/);
  const nothing = await post(rest, '/admin/cancel-training');
  assert.deepEqual([nothing.status, nothing.body.code], [409, 'ARGUS_TRAINING_IDLE']);
  for (const wrong of ['epochs=0', 'epochs=many', 'incremental=perhaps']) {
    assert.equal((await post(rest, `/admin/trigger-training?${wrong}`)).status, 422, wrong);
  }
  const stats = await statsOf(rest);
  assert.deepEqual([stats?.total_trainings, stats?.avg_training_time_minutes], [0, null]);
});

test('a better model is taken and forecasts; the log has the numbers', { skip }, async (t) => {
  const dataDir = temporaryFolder(t);
  await writeHistory(dataDir, 4.2);
  const model = await useWeakModel(dataDir);
  const app = await startArgus(t, SMALL, { dataDir, flags: { model } });
  const { rest } = app.addresses;
  await historyIsReady(rest);
  const begun = await post(rest, '/admin/trigger-training?epochs=2&incremental=true');
  assert.equal(begun.status, 200, JSON.stringify(begun.body));
  assert.deepEqual([begun.body.success, begun.body.epochs, begun.body.incremental], [true, 2, true]);
  const again = await post(rest, '/admin/trigger-training');
  assert.deepEqual([again.status, again.body.code], [409, 'ARGUS_TRAINING_ACTIVE']);
  const record = await ended(rest);
  assert.equal(record.outcome, 'taken', record.reason);
  assert.equal(record.model, `trained-${begun.body.training_id}`);
  assert.equal(record.compared_with, 'weak');
  assert.deepEqual(
    record.comparison?.profiles.map(({ profile }) => profile),
    ['database', 'web_api'],
  );
  assert.ok((record.comparison?.change_pct ?? 0) < 0);
  assert.ok(record.reason.includes(record.comparison?.loss_new.toFixed(4) ?? '?'), record.reason);
  assert.equal(record.data?.servers, SERVERS.length);
  assert.equal(await currentOf(rest), record.model);
  assert.deepEqual(readdirSync(join(dataDir, 'training')).sort(), ['care.json', 'log.jsonl']);
  const stats = await statsOf(rest);
  assert.deepEqual([stats?.total_trainings, stats?.models_produced], [1, 1]);
});

test('a worse model is not taken', { skip }, async (t) => {
  const dataDir = temporaryFolder(t);
  await writeHistory(dataDir, 4.2);
  const app = await startArgus(t, SMALL, { dataDir });
  const { rest } = app.addresses;
  await historyIsReady(rest);
  // From random weights one short epoch cannot reach the shipped model.
  await post(rest, '/admin/trigger-training?epochs=1&incremental=false');
  const record = await ended(rest);
  assert.equal(record.outcome, 'rejected', record.reason);
  assert.match(record.reason, /Not better than the model in use: loss \d\.\d{4} before/);
  assert.equal(await currentOf(rest), 'default');
  assert.ok(!existsSync(join(dataDir, 'models')) || readdirSync(join(dataDir, 'models')).length === 0);
});

/** Process numbers of a backend's children: the history and, while one runs, the training. */
function childrenOf({ child }: Serving): readonly number[] {
  return readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number);
}

test('a training goes on after kills of its process and of Argus, and can be cancelled', {
  skip,
}, async (t) => {
  const dataDir = temporaryFolder(t);
  await writeHistory(dataDir, 4.2);
  const settings = { ...SMALL, ARGUS_TRAINING__EPOCHS: '500' };
  const first = await serve(t, { dataDir, settings });
  await historyIsReady(first.addresses.rest);
  const { body } = await post(first.addresses.rest, '/admin/trigger-training');
  const reached = (rest: string, epoch: number) =>
    eventually(`epoch ${epoch}`, async () => {
      const status = await statusOf(rest);
      return (status?.progress.epoch ?? 0) >= epoch ? status : undefined;
    });
  await reached(first.addresses.rest, 3);
  const pid = childrenOf(first).at(-1) ?? 0;
  process.kill(pid, 'SIGKILL');
  await eventually('its successor', async () => {
    const newest = childrenOf(first).at(-1);
    return newest !== undefined && newest !== pid ? true : undefined;
  });
  const resumed = await reached(first.addresses.rest, 3);
  assert.equal(resumed.training_id, body.training_id);
  await stop(first, 'SIGKILL');
  const second = await serve(t, { dataDir, settings });
  const { rest } = second.addresses;
  const status = await reached(rest, 3);
  assert.equal(status.training_id, body.training_id);
  assert.equal(await currentOf(rest), 'default');
  // A stop in good order keeps it as well.
  assert.equal(await stop(second), 0);
  const third = await serve(t, { dataDir, settings });
  assert.equal((await reached(third.addresses.rest, 3)).training_id, body.training_id);
  const cancelled = await post(third.addresses.rest, '/admin/cancel-training');
  assert.equal(cancelled.status, 200);
  const [record] = (await statsOf(third.addresses.rest))?.trainings ?? [];
  assert.deepEqual([record.training_id, record.outcome, record.model], [body.training_id, 'cancelled', null]);
  assert.equal(await currentOf(third.addresses.rest), 'default');
  assert.deepEqual(readdirSync(join(dataDir, 'training')).sort(), ['care.json', 'log.jsonl']);
});
