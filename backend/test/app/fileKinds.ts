/** Every kind of file under data/ that is written now and then, each with numbered content. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PastWindows } from '../../src/annotations/past.ts';
import { AnnotationStore } from '../../src/annotations/store.ts';
import type { Annotation } from '../../src/annotations/types.ts';
import { createKey, listKeys, revokeKey } from '../../src/api/keys.ts';
import { systemClock } from '../../src/catalog/time.ts';
import { ModelFolders } from '../../src/forecast/modelFolders.ts';
import {
  type Checkpoint,
  NO_TOTALS,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/training/checkpoint.ts';
import { readCare, writeCare } from '../../src/training/jobs/careFile.ts';
import { JobFolder } from '../../src/training/jobs/jobFolder.ts';
import { Ledger } from '../../src/training/jobs/ledger.ts';
import type { Comparison, TrainingJob, TrainingRecord } from '../../src/training/jobs/types.ts';
import { readSnapshotFile, writeSnapshotFile } from '../../src/watch/container.ts';
import { decodeSnapshot, encodeSnapshot, type SnapshotLayout } from '../../src/watch/snapshot.ts';

/** Writes content number n; when it resolves it is on disk. Numbers follow each other. */
export type WriteNumber = (n: number) => Promise<void>;

export interface FileKind {
  readonly name: string;
  open(dataDir: string): Promise<WriteNumber>;
  /**
   * The number that is on disk, 0 before the first; fails where what is there is damaged.
   * @param acknowledged newest number whose write is known to have ended
   */
  newest(dataDir: string, acknowledged: number): Promise<number>;
}

/** Long enough that a kill can hit the middle of a file. */
const LARGE = 20_000;
const DAY_MS = 86_400_000;
const silent = { info() {}, warn() {}, error() {} };
const unexpected = { error: (_fields: object, message?: string) => assert.fail(message) };

const LAYOUT: SnapshotLayout = {
  targets: ['a'],
  horizons: ['1h'],
  forecasters: ['model'],
  serverSize: LARGE,
  hourSize: 1,
};
const scores = (dataDir: string) => join(dataDir, 'watch', 'scores.bin');

const watchScores: FileKind = {
  name: 'scores',
  open: async (dataDir) => async (n) => {
    const numbers = new Float32Array(LARGE).fill(n);
    const servers = new Map([['a', numbers]]);
    await writeSnapshotFile(scores(dataDir), encodeSnapshot(LAYOUT, { modelId: `${n}`, hours: [], servers }));
  },
  async newest(dataDir) {
    const file = await readSnapshotFile(scores(dataDir));
    if (file === null) return 0;
    const { modelId, servers } = decodeSnapshot(LAYOUT, file);
    const n = Number(modelId);
    assert.ok(servers.get('a')?.every((value) => value === n));
    return n;
  },
};

const annotationsFile = (dataDir: string) => join(dataDir, 'annotations', 'annotations.jsonl');

function annotation(n: number): Annotation {
  return {
    id: `${n}`,
    kind: 'maintenance',
    alert_id: null,
    server_names: null,
    profiles: null,
    fromMs: n,
    toMs: n + 1,
    recurrence: null,
    text: 'x'.repeat(500),
    createdMs: n,
    author: 'test',
  };
}

/** Two are kept: each new one is added before the one before the last is taken away. */
const annotations: FileKind = {
  name: 'annotations',
  async open(dataDir) {
    const store = await AnnotationStore.open(annotationsFile(dataDir), Date.now(), silent);
    return async (n) => {
      await store.add(annotation(n));
      const old = [...store.all()].filter(({ id }) => Number(id) <= n - 2);
      for (const { id } of old) await store.remove(id);
    };
  },
  async newest(dataDir, acknowledged) {
    const store = await AnnotationStore.open(annotationsFile(dataDir), Date.now(), silent);
    const ids = [...store.all()].map(({ id }) => Number(id));
    const newest = Math.max(0, ...ids);
    for (const id of [newest, newest - 1]) assert.ok(id <= 0 || ids.includes(id), `annotation ${id} is lost`);
    for (const id of ids) assert.ok(id >= acknowledged - 1, `annotation ${id} was taken away and is back`);
    return newest;
  },
};

const pastFile = (dataDir: string) => join(dataDir, 'annotations', 'elsewhere.json');

/** A source that tells each day of another window. */
const windowsElsewhere: FileKind = {
  name: 'windows of others',
  async open(dataDir) {
    const past = await PastWindows.open(pastFile(dataDir), Date.now(), silent);
    return (n) => {
      const beginMs = n * DAY_MS;
      return past.told('test', [{ ...annotation(n), fromMs: beginMs, toMs: beginMs + 1 }], beginMs);
    };
  },
  async newest(dataDir) {
    const past = await PastWindows.open(pastFile(dataDir), Date.now(), unexpected);
    const ids = [...past.all()].map(({ id }) => Number(id));
    for (const [i, id] of ids.entries()) assert.equal(id, ids[0] + i, 'each once, in order');
    return ids.at(-1) ?? 0;
  },
};

const trainingFolder = (dataDir: string) => join(dataDir, 'training');
const trainingLogFile = (dataDir: string) => join(trainingFolder(dataDir), 'log.jsonl');

function record(n: number): TrainingRecord {
  return {
    training_id: `${n}`,
    trigger: 'manual',
    started_at: '2026-01-01T00:00:00Z',
    finished_at: '2026-01-01T00:00:00Z',
    minutes: 0,
    epochs: 1,
    incremental: true,
    outcome: 'rejected',
    reason: 'x'.repeat(500),
    model: null,
    compared_with: null,
    data: null,
    comparison: null,
  };
}

const trainingLog: FileKind = {
  name: 'training log',
  async open(dataDir) {
    const { ledger } = await Ledger.open(trainingLogFile(dataDir));
    return (n) => ledger.append(record(n));
  },
  async newest(dataDir) {
    const { ledger } = await Ledger.open(trainingLogFile(dataDir));
    const ids = ledger.records.map(({ training_id: id }) => Number(id));
    assert.deepEqual(
      ids,
      Array.from(ids, (_, i) => i + 1),
      'each once, in order',
    );
    return ids.length;
  },
};

const careFile = (dataDir: string) => join(trainingFolder(dataDir), 'care.json');

const care: FileKind = {
  name: 'care',
  open: async (dataDir) => (n) =>
    writeCare(careFile(dataDir), { firstMs: n, watch: null, known: null, drift: null }),
  newest: async (dataDir) => (await readCare(careFile(dataDir)))?.firstMs ?? 0,
};

const jobFolder = (dataDir: string) => new JobFolder(join(trainingFolder(dataDir), 'job'));

function job(n: number): TrainingJob {
  return {
    id: `${n}`,
    trigger: 'manual',
    startedMs: 0,
    epochs: n,
    incremental: true,
    samplesPerEpoch: 64,
    threads: 1,
    niceness: 0,
    marginPercent: 2,
    model: 'default',
    modelFolder: '/models/default',
    data: null,
    heldBackFromMs: 0,
  };
}

function comparison(n: number): Comparison {
  const loss = { loss_old: n, loss_new: n, change_pct: 0 };
  return { forecasts: n, from: '', to: '', ...loss, margin_pct: 2, profiles: [] };
}

/** A job is written before what was found about it. */
const trainingJob: FileKind = {
  name: 'job',
  open: async (dataDir) => async (n) => {
    await jobFolder(dataDir).writeJob(job(n));
    await jobFolder(dataDir).writeComparison(comparison(n));
  },
  async newest(dataDir) {
    const { epochs = 0 } = (await jobFolder(dataDir).readJob()) ?? {};
    const { forecasts = 0 } = (await jobFolder(dataDir).readComparison()) ?? {};
    assert.ok(epochs === forecasts || epochs === forecasts + 1, `job ${epochs}, comparison ${forecasts}`);
    return forecasts;
  },
};

const FINGERPRINT = 'crash';
const checkpointFile = (dataDir: string) => join(dataDir, 'checkpoint');

const checkpoint: FileKind = {
  name: 'checkpoint',
  open: async (dataDir) => (n) => {
    const array = () => new Float32Array(LARGE).fill(n);
    const arrays: Pick<Checkpoint, 'weights' | 'firstMoment' | 'secondMoment' | 'average' | 'bestAverage'> = {
      weights: array(),
      firstMoment: array(),
      secondMoment: array(),
      average: array(),
      bestAverage: array(),
    };
    const state = {
      fingerprint: FINGERPRINT,
      step: n,
      totals: NO_TOTALS,
      place: null,
      best: null,
      epochs: [],
    };
    return writeCheckpoint(checkpointFile(dataDir), { ...state, ...arrays });
  },
  async newest(dataDir) {
    const found = await readCheckpoint(checkpointFile(dataDir), FINGERPRINT).catch((error: Error) => {
      if (/is not there/.test(error.message)) return null;
      throw error;
    });
    if (found === null) return 0;
    for (const array of [found.weights, found.bestAverage])
      assert.ok(array.every((value) => value === found.step));
    return found.step;
  },
};

const modelsFolders = (dataDir: string) => new ModelFolders([join(dataDir, 'models')]);

const chosenModel: FileKind = {
  name: 'models/current',
  open: async (dataDir) => (n) => modelsFolders(dataDir).setCurrent(`model-${n}`),
  newest: async (dataDir) =>
    Number((await modelsFolders(dataDir).currentName())?.slice('model-'.length) ?? 0),
};

const keysFile = (dataDir: string) => join(dataDir, 'keys.json');
const keyNumbers = (dataDir: string) => listKeys(keysFile(dataDir)).map(({ name }) => Number(name));

/** As annotations: each new one before the one before the last goes. */
const keys: FileKind = {
  name: 'keys',
  open: async (dataDir) => async (n) => {
    await createKey(keysFile(dataDir), `${n}`, ['read'], systemClock);
    const old = listKeys(keysFile(dataDir)).find(({ name }) => Number(name) <= n - 2);
    if (old !== undefined) await revokeKey(keysFile(dataDir), old.id);
    await sleep(1);
  },
  async newest(dataDir) {
    const numbers = keyNumbers(dataDir);
    const newest = Math.max(0, ...numbers);
    for (const n of [newest, newest - 1]) assert.ok(n <= 0 || numbers.includes(n), `key ${n} is lost`);
    return newest;
  },
};

export const FILE_KINDS: readonly FileKind[] = [
  watchScores,
  annotations,
  windowsElsewhere,
  trainingLog,
  care,
  trainingJob,
  checkpoint,
  chosenModel,
  keys,
];
