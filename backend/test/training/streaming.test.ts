import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { HORIZON_STEPS, stepOf } from '../../src/catalog/time.ts';
import { WINDOW_SIZE } from '../../src/forecast/batch.ts';
import { type ChunkManifest, generateDataset } from '../../src/simulate/dataset.ts';
import { readDataset } from '../../src/training/datasets/reader.ts';
import { copyWindow, NEEDED_STEPS } from '../../src/training/datasets/series.ts';
import { SPLIT_GAP_STEPS } from '../../src/training/datasets/windows.ts';
import { completeOptions, type TrainingOptions } from '../../src/training/options.ts';
import { Random } from '../../src/training/random.ts';
import { type EpochReport, type StepReport, silentReporter } from '../../src/training/reporter.ts';
import { StreamingSource } from '../../src/training/streaming/source.ts';
import { trainModel } from '../../src/training/trainer.ts';
import { temporaryFolder } from './fixtures.ts';

const TEMPLATE = join(import.meta.dirname, '../../../models/bundles/default');
const MAIN = join(import.meta.dirname, '../../src/main.ts');
const skip = existsSync(join(TEMPLATE, 'train.onnx'))
  ? false
  : 'models/bundles/default has no train.onnx; make the bundle first';

const CHUNK_STEPS = 24;
const SERVERS = 3;
const DAYS = 4;
const CHUNKS = (DAYS * 288) / CHUNK_STEPS;
const STEPS_A_PASS = 40;
/** What a window, a horizon and the newest chunk take, less the step they share. */
const MOST_HELD = NEEDED_STEPS - 1 + CHUNK_STEPS;

/** A generated fleet that the tests share, and must not change. */
const shared = temporaryFolder({ after });
const fleet = join(shared, 'fleet');
let manifest: ChunkManifest;

before(async () => {
  manifest = await generateDataset({ directory: fleet, servers: SERVERS, days: DAYS, seed: 3 });
});

function optionsFor(path: string, out = join(shared, 'bundle')): TrainingOptions {
  return {
    data: [{ path }],
    out,
    mode: 'streaming',
    from: TEMPLATE,
    epochs: 2,
    samplesPerEpoch: 512,
  };
}

async function openSource(t: { after(end: () => void): void }, path = fleet): Promise<StreamingSource> {
  const settings = completeOptions({ ...optionsFor(path), validationWindows: 8 });
  const source = await StreamingSource.open(settings, STEPS_A_PASS, silentReporter);
  t.after(() => source.close());
  return source;
}

/** The chunks without their manifest, in a folder of the test's own. */
async function plainCopy(t: { after(remove: () => void): void }): Promise<string> {
  const folder = join(temporaryFolder(t), 'chunks');
  await mkdir(folder);
  for (const { file } of manifest.chunks) copyFileSync(join(fleet, file), join(folder, file));
  return folder;
}

describe('data read chunk by chunk', () => {
  it('never holds more than a window, a horizon and a chunk, in every pass', async (t) => {
    const source = await openSource(t);
    for (let step = 1; step <= 2 * STEPS_A_PASS; step++) {
      await source.windowsFor(step);
      assert.ok(source.heldSteps <= MOST_HELD, `step ${step} holds ${source.heldSteps} steps`);
      assert.ok(source.heldBytes <= SERVERS * MOST_HELD * METRIC_COUNT * 4);
    }
    const kept = source.validation.flatMap(({ samples }) => samples);
    assert.equal(kept.length, 8);
    assert.ok(kept.every(({ series }) => series.values.length === NEEDED_STEPS * METRIC_COUNT));
  });

  it('draws each step from the windows its chunk completed, all within the training part', async (t) => {
    const source = await openSource(t);
    const held = source.validation[0].samples.map(({ originStep }) => originStep + 1);
    const random = new Random(1);
    let lastChunk = 0;
    for (let step = 1; step <= STEPS_A_PASS; step++) {
      const { chunk, chunks } = source.placeOf(step);
      assert.ok(chunk >= lastChunk && chunk <= chunks);
      lastChunk = chunk;
      const completeFrom = stepOf(Date.parse(manifest.chunks[chunk - 1].from));
      const windows = await source.windowsFor(step);
      for (let i = 0; i < 20; i++) {
        const end = (windows.draw(random)?.originStep ?? 0) + HORIZON_STEPS;
        assert.ok(end >= completeFrom && end < completeFrom + CHUNK_STEPS, `step ${step}`);
        assert.ok(held.every((first) => end + SPLIT_GAP_STEPS < first));
      }
    }
    assert.ok(lastChunk < CHUNKS, 'what is held back is not trained on');
  });

  it('holds the values that reading the whole data gives', async (t) => {
    const source = await openSource(t);
    const whole = await readDataset(fleet);
    const random = new Random(2);
    const [found, expected] = [new Float32Array(WINDOW_SIZE), new Float32Array(WINDOW_SIZE)];
    for (const step of [1, 17, STEPS_A_PASS, STEPS_A_PASS + 3]) {
      const sample = (await source.windowsFor(step)).draw(random);
      assert.ok(sample !== undefined);
      const series = whole.servers.find(({ name }) => name === sample.series.name);
      assert.ok(series !== undefined);
      copyWindow(sample.series, sample.originStep, found, 0);
      copyWindow(series, sample.originStep, expected, 0);
      assert.deepEqual(found, expected);
      assert.deepEqual([sample.series.profile, sample.series.timeZone], [series.profile, series.timeZone]);
    }
  });

  it('offers a step the same whether it came there step by step or at once', async (t) => {
    const [steady, sudden] = [await openSource(t), await openSource(t)];
    for (let step = 1; step <= 33; step++) await steady.windowsFor(step);
    const drawn = async (source: StreamingSource) => {
      const windows = await source.windowsFor(33);
      const random = new Random(5);
      return Array.from({ length: 30 }, () => windows.draw(random));
    };
    assert.deepEqual(await drawn(sudden), await drawn(steady));
  });

  it('reads a plain folder of files in time order, and passes over a day when nothing was measured', async (t) => {
    const folder = await plainCopy(t);
    const names = readdirSync(folder).sort();
    for (const name of names.slice(18, 30)) await rm(join(folder, name));
    const source = await openSource(t, folder);
    const random = new Random(4);
    let without = 0;
    for (let step = 1; step <= STEPS_A_PASS; step++) {
      const windows = await source.windowsFor(step);
      if (windows.draw(random) === undefined) without++;
      assert.ok(source.heldSteps <= MOST_HELD);
    }
    assert.ok(without > 0 && without < STEPS_A_PASS, `${without} steps without a window`);
  });
});

describe('chunks that cannot be used', () => {
  const refused = (path: string, code: string, message: RegExp) =>
    assert.rejects(StreamingSource.open(completeOptions(optionsFor(path)), 10, silentReporter), {
      code,
      message,
    });

  it('are named where one is damaged, before the first step', async (t) => {
    const folder = await plainCopy(t);
    await truncate(join(folder, manifest.chunks[20].file), 2000);
    const message = new RegExp(`"[^"]*${manifest.chunks[20].file}" cannot be used: .* Write it again`);
    await refused(folder, 'ARGUS_DATA_CHUNK', message);
  });

  it('are named where one reads as other values than were written', async (t) => {
    const folder = join(temporaryFolder(t), 'fleet');
    await cp(fleet, folder, { recursive: true });
    const [{ file }, other] = manifest.chunks;
    copyFileSync(join(fleet, other.file), join(folder, file));
    await refused(folder, 'ARGUS_DATA_CHUNK', new RegExp(`${file}" cannot be used: .* checksum differs`));
  });

  it('are named where one is damaged while the run goes on', async (t) => {
    const folder = await plainCopy(t);
    const source = await openSource(t, folder);
    await source.windowsFor(1);
    const { file } = manifest.chunks[source.placeOf(STEPS_A_PASS).chunk - 1];
    writeFileSync(join(folder, file), 'PAR1');
    await assert.rejects(source.windowsFor(STEPS_A_PASS), {
      code: 'ARGUS_DATA_CHUNK',
      message: new RegExp(file),
    });
  });

  it('are named where the manifest lists one that is not there', async (t) => {
    const folder = join(temporaryFolder(t), 'fleet');
    await cp(fleet, folder, { recursive: true });
    await rm(join(folder, manifest.chunks[7].file));
    await refused(folder, 'ARGUS_DATA_UNREADABLE', new RegExp(`${manifest.chunks[7].file}", which is not`));
  });

  it('are named where they are out of order or cover the same time', async (t) => {
    const folder = await plainCopy(t);
    const [first, second] = manifest.chunks;
    const chunks = [second, first, ...manifest.chunks.slice(2)];
    writeFileSync(join(folder, 'chunk_manifest.json'), JSON.stringify({ chunks }));
    const inTurn = new RegExp(`${first.file}" starts at .* comes after ".*${second.file}"`);
    await refused(folder, 'ARGUS_DATA_ORDER', inTurn);
    await rm(join(folder, 'chunk_manifest.json'));
    copyFileSync(join(folder, first.file), join(folder, `${first.file.replace('.parquet', '')}_b.parquet`));
    await refused(folder, 'ARGUS_DATA_OVERLAP', new RegExp(`${first.file}" ends at .*_b\\.parquet"`));
  });

  it('say what to do where they are one file, too few, or of several data sets', async (t) => {
    const file = join(fleet, manifest.chunks[0].file);
    await refused(file, 'ARGUS_DATA_NOT_CHUNKED', /single file.*--mode standard/);
    const folder = await plainCopy(t);
    for (const { file: name } of manifest.chunks.slice(24)) await rm(join(folder, name));
    await refused(folder, 'ARGUS_DATA_TOO_SHORT', /576 steps of five minutes where training needs/);
    const two = { ...optionsFor(fleet), data: [{ path: fleet }, { path: fleet }] };
    await assert.rejects(StreamingSource.open(completeOptions(two), 10, silentReporter), {
      code: 'ARGUS_TRAINING_STREAMING',
    });
  });
});

/** Starts `argus train` and kills it, without any warning, when its checkpoint says that it is time. */
async function killMidway(args: readonly string[], checkpoint: string, isTime: (step: number) => boolean) {
  const child = spawn(process.execPath, [MAIN, 'train', ...args], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!isTime(stepOfCheckpoint(checkpoint))) {
    assert.equal(child.exitCode, null, 'the run ended before it could be killed');
    await sleep(10);
  }
  child.kill('SIGKILL');
  assert.deepEqual(await ended, [null, 'SIGKILL']);
}

function stepOfCheckpoint(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = readFileSync(path);
  return (JSON.parse(bytes.toString('utf8', 4, 4 + bytes.readUInt32LE(0))) as { step: number }).step;
}

function logOf(bundle: string): readonly EpochReport[] {
  const lines = readFileSync(join(bundle, 'training_log.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as EpochReport);
}

describe('training in streaming mode', { skip }, () => {
  const unbroken = join(shared, 'unbroken');
  const steps: StepReport[] = [];
  const epochs: EpochReport[] = [];

  before(async () => {
    const reporter = {
      ...silentReporter,
      step: (report: StepReport) => steps.push(report),
      epoch: (report: EpochReport) => epochs.push(report),
    };
    await trainModel(optionsFor(fleet, unbroken), reporter);
  });

  it('passes over the chunks once an epoch, telling where it is, and validates after each', () => {
    assert.equal(steps.length, 16);
    const chunks = steps.map(({ place }) => place?.chunk ?? 0);
    assert.ok(chunks[0] > 1 && chunks[7] > chunks[0], 'later steps draw from later chunks');
    assert.deepEqual(chunks.slice(8), chunks.slice(0, 8));
    assert.equal(epochs.length, 2);
    assert.ok(epochs.every(({ validation }) => Number.isFinite(validation.score)));
  });

  it('writes down every epoch, and what it was made of, in the bundle', () => {
    assert.deepEqual(logOf(unbroken), epochs);
    const info = JSON.parse(readFileSync(join(unbroken, 'training_info.json'), 'utf8'));
    assert.equal(info.mode, 'streaming');
    assert.equal(info.data[0].chunks, CHUNKS);
    assert.ok(!existsSync(`${unbroken}.training_log.jsonl`));
    assert.ok(!existsSync(`${unbroken}.checkpoint`));
  });

  it('goes on after kill -9 to exactly the weights of a run that was never broken off', async (t) => {
    const out = join(temporaryFolder(t), 'bundle');
    const args = ['--mode', 'streaming', '--data', fleet, '--out', out, '--from', TEMPLATE];
    const sized = [...args, '--epochs', '2', '--samples-per-epoch', '512'];
    await killMidway(sized, `${out}.checkpoint`, (step) => step > 8);
    assert.ok(!existsSync(out), 'it was killed before the bundle was written');
    const resumed = spawn(process.execPath, [MAIN, 'train', ...sized, '--resume'], { stdio: 'pipe' });
    let told = '';
    resumed.stderr.on('data', (text) => {
      told += text;
    });
    assert.deepEqual(await once(resumed, 'exit'), [0, null], told);
    assert.match(told, /Resumes after step (9|1[0-5])\./);
    for (const name of ['weights.bin', 'optimizer.bin']) {
      assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(unbroken, name))), name);
    }
    const lossesOf = (folder: string) => logOf(folder).map(({ loss }) => loss);
    assert.deepEqual(lossesOf(out), lossesOf(unbroken), 'each epoch once, its loss over all of its steps');
  });

  it('refuses to go on where the chunks are no longer the same', async (t) => {
    const folder = await plainCopy(t);
    const out = join(folder, '../bundle');
    const stop = new AbortController();
    const reporter = { ...silentReporter, step: () => stop.abort() };
    await trainModel({ ...optionsFor(folder, out), signal: stop.signal }, reporter);
    await rm(join(folder, manifest.chunks[CHUNKS - 1].file));
    await assert.rejects(trainModel({ ...optionsFor(folder, out), resume: true }, silentReporter), {
      code: 'ARGUS_TRAINING_CHECKPOINT',
      message: /other data or settings/,
    });
  });
});
