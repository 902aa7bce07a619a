/** Trainings whose model is trained and compared, and a manager that only has to take it into service. */
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { systemClock } from '../../../src/catalog/time.ts';
import { MANIFEST_FILE } from '../../../src/forecast/bundle.ts';
import { ModelFolders } from '../../../src/forecast/modelFolders.ts';
import { type TrainingConfig, TrainingConfigSchema } from '../../../src/training/jobs/config.ts';
import { JobFolder } from '../../../src/training/jobs/jobFolder.ts';
import { TrainingManager } from '../../../src/training/jobs/manager.ts';
import { TrainingMetrics } from '../../../src/training/jobs/metrics.ts';

const SHIPPED = join(import.meta.dirname, '../../../../models/bundles/default');
const silent = { info() {}, warn() {}, error() {} };

export const trainingFolder = (dataDir: string): string => join(dataDir, 'training');
export const modelFolders = (dataDir: string): ModelFolders => new ModelFolders([join(dataDir, 'models')]);

/** Writes the n-th training as it is when its process has ended. @returns its id */
export async function makeFinishedJob(folder: string, n: number): Promise<string> {
  const id = `job-${String(n).padStart(5, '0')}`;
  const job = new JobFolder(folder);
  const data = { from: '', to: '', held_back_from: '', servers: 1, days: 4 };
  await job.writeJob({
    ...{ id, trigger: 'manual', startedMs: n, epochs: 1, incremental: true, samplesPerEpoch: 64 },
    ...{ threads: 1, niceness: 0, marginPercent: 2, model: 'default', modelFolder: SHIPPED, data },
    heldBackFromMs: 0,
  });
  await mkdir(job.bundle);
  await copyFile(join(SHIPPED, MANIFEST_FILE), join(job.bundle, MANIFEST_FILE));
  const better = { loss_old: 1, loss_new: 0.9, change_pct: -10 };
  const profile = { profile: 'generic', forecasts: 100, ...better, within_margin: true } as const;
  const comparison = { forecasts: 100, from: '', to: '', ...better, margin_pct: 2, profiles: [profile] };
  await job.writeComparison(comparison);
  return id;
}

/** A manager whose models are files only: a model is in use where its folder is found and its name is noted. */
export async function managerOf(dataDir: string): Promise<TrainingManager> {
  const folders = modelFolders(dataDir);
  let name = (await folders.currentName()) ?? null;
  return TrainingManager.open({
    folder: trainingFolder(dataDir),
    modelsFolder: join(dataDir, 'models'),
    history: { ask: () => assert.fail('nothing is to be prepared') },
    forecast: {
      status: () => assert.fail('nothing is to be trained'),
      modelName: () => name,
      models: () => folders.list(),
      async reload(wanted = '') {
        await folders.find(wanted);
        name = wanted;
        await folders.setCurrent(wanted);
        return wanted;
      },
    },
    clock: systemClock,
    config: Value.Default(TrainingConfigSchema, {}) as TrainingConfig,
    logger: silent,
    metrics: new TrainingMetrics(new Registry()),
    holidays: [],
  });
}

/** Waits until no training is under way. */
export async function settled(manager: TrainingManager): Promise<void> {
  while (manager.active !== null) await sleep(1);
}
