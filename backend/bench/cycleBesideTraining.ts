/**
 * How much a training slows the forecast cycle: cycles of 2,000 servers while a training runs as configured by default
 * (its own process, nice 19, one thread) and while it is held, in turn.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { STEP_MS, stepOf, stepStartMs } from '../src/catalog/time.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../src/forecast/config.ts';
import { createForecastStage } from '../src/forecast/stage.ts';
import { generateDataset } from '../src/simulate/dataset.ts';
import { type TrainingConfig, TrainingConfigSchema } from '../src/training/jobs/config.ts';
import { JobFolder } from '../src/training/jobs/jobFolder.ts';
import type { FromTraining } from '../src/training/jobs/types.ts';
import {
  type MeasuredServers,
  measuredFleet,
  PREFIXES,
  recordStep,
  usualValue,
} from './support/measuredFleet.ts';
import { median } from './support/statistics.ts';

const SERVERS = 2000;
const WORKERS = 2;
/** Of each kind. */
const ROUNDS = 7;
const BOUND_PERCENT = 20;
const MODELS = new URL('../../models/bundles', import.meta.url).pathname;
const WORKER = new URL('../src/training/jobs/worker.ts', import.meta.url);
const logger = { info: () => {}, warn: console.error, error: console.error };

const MEASURED: MeasuredServers = {
  count: SERVERS,
  admit: (fleet, index) => fleet.admit(`${PREFIXES[index % PREFIXES.length]}${index}`, {}),
  isGap: () => false,
  value: usualValue,
};

/** Begins a training that outlasts the measurement. @returns its process, once it has taken steps */
async function beginTraining(path: string) {
  const folder = new JobFolder(path);
  const { threads, niceness, samplesPerEpoch, marginPercent } = Value.Default(
    TrainingConfigSchema,
    {},
  ) as TrainingConfig;
  await folder.writeJob({
    ...{ id: 'bench', trigger: 'manual', startedMs: 0, epochs: 1000, incremental: true, samplesPerEpoch },
    ...{ threads, niceness, marginPercent, model: 'default', modelFolder: join(MODELS, 'default') },
    ...{ data: null, heldBackFromMs: 0 },
  });
  await generateDataset({ directory: folder.trainData.path, servers: 20, days: 5 });
  const child = fork(WORKER, [path], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  for (;;) {
    const [message] = (await once(child, 'message')) as [FromTraining];
    if (message.kind === 'failed') throw new Error(message.message);
    if (message.kind === 'progress') return child;
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'argus-bench-'));
const now = { ms: stepStartMs(stepOf(Date.now())) + STEP_MS / 2 };
const fleet = measuredFleet(now, MEASURED);
const stage = createForecastStage({
  fleet,
  clock: { now: () => now.ms },
  config: { ...(Value.Default(ForecastConfigSchema, {}) as ForecastConfig), workers: WORKERS },
  registry: new Registry(),
  logger,
  modelFolders: [MODELS],
  warmupSteps: 3,
  consume: () => {},
});

/** Seconds of one cycle. */
async function cycle(): Promise<number> {
  now.ms += STEP_MS;
  for (const { index } of fleet.servers()) recordStep(fleet, MEASURED, index, stepOf(now.ms) - 1);
  const start = performance.now();
  fleet.tick();
  await stage.idle();
  return (performance.now() - start) / 1000;
}

await stage.start();
const training = await beginTraining(scratch);
try {
  await cycle();
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    training.kill('SIGSTOP');
    alone.push(await cycle());
    training.kill('SIGCONT');
    beside.push(await cycle());
  }
  const slowerPercent = (median(beside) / median(alone) - 1) * 100;
  console.log(
    JSON.stringify({
      bench: 'cycle beside training',
      servers: SERVERS,
      workers: WORKERS,
      alone_seconds: Number(median(alone).toFixed(3)),
      beside_seconds: Number(median(beside).toFixed(3)),
      slower_percent: Number(slowerPercent.toFixed(1)),
      bound_percent: BOUND_PERCENT,
      ok: slowerPercent <= BOUND_PERCENT,
    }),
  );
} finally {
  training.kill('SIGKILL');
  await stage.stop();
  rmSync(scratch, { recursive: true, force: true });
}
