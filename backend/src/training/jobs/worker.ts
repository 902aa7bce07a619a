/** The training process: trains, compares, leaves bundle and comparison in the job's folder. It can be killed at any time. */
import { setPriority } from 'node:os';
import { MANIFEST_FILE } from '../../forecast/bundle.ts';
import { STILL_CHOICES } from '../datasets/still.ts';
import type { TrainingReporter } from '../reporter.ts';
import { trainModel } from '../trainer.ts';
import { compareBundles } from './comparison.ts';
import { exists, JobFolder } from './jobFolder.ts';
import type { FromTraining, TrainingJob } from './types.ts';

const PERCENT = 100;
const PROGRESS_EVERY_MS = 500;
const EXIT_STOPPED = 130;
const SEED = 1;

function tell(message: FromTraining): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

function reporter(): TrainingReporter {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    note: (text) => void tell({ kind: 'note', text }),
    step({ epoch, epochs, step, totalSteps, secondsLeft }) {
      if (performance.now() - lastMs < PROGRESS_EVERY_MS) return;
      lastMs = performance.now();
      const percent = (step / totalSteps) * PERCENT;
      void tell({ kind: 'progress', progress: { epoch, epochs, percent, secondsLeft } });
    },
    epoch: () => undefined,
  };
}

/** @returns false where it was asked to stop */
async function train(job: TrainingJob, folder: JobFolder, signal: AbortSignal): Promise<boolean> {
  if (await exists(`${folder.bundle}/${MANIFEST_FILE}`)) return true;
  const options = {
    data: [{ path: folder.trainData }],
    out: folder.bundle,
    replace: true,
    mode: job.incremental ? 'incremental' : 'standard',
    from: job.modelFolder,
    epochs: job.epochs,
    samplesPerEpoch: job.samplesPerEpoch,
    seed: SEED,
    // A fleet may well have metrics that never move; the model in use knows them from elsewhere.
    allowStill: STILL_CHOICES,
    checkpoint: folder.checkpoint,
    threads: job.threads,
    signal,
  } as const;
  const resume = await exists(folder.checkpoint);
  try {
    return (await trainModel({ ...options, resume }, reporter())) !== undefined;
  } catch (error) {
    if (!resume || (error as { code?: unknown }).code !== 'ARGUS_TRAINING_CHECKPOINT') throw error;
    await tell({ kind: 'note', text: `${(error as Error).message} It begins again.` });
    return (await trainModel({ ...options, resume: false }, reporter())) !== undefined;
  }
}

async function run(path: string): Promise<number> {
  const folder = new JobFolder(path);
  const job = await folder.readJob();
  if (job === undefined) throw new Error(`There is no training at "${path}".`);
  setPriority(job.niceness);
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  if (!(await train(job, folder, stop.signal))) return EXIT_STOPPED;
  await tell({ kind: 'comparing' });
  const comparison = await compareBundles({
    data: folder.heldBackData,
    heldBackFromMs: job.heldBackFromMs,
    oldBundle: job.modelFolder,
    newBundle: folder.bundle,
    marginPercent: job.marginPercent,
    threads: job.threads,
  });
  await folder.writeComparison(comparison);
  return 0;
}

// Without the backend nobody would take the result now; the next start goes on from the checkpoint.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A Ctrl+C on the terminal reaches both; the backend tells this process what to do.
process.on('SIGINT', () => undefined);
try {
  process.exit(await run(process.argv[2]));
} catch (error) {
  await tell({ kind: 'failed', message: (error as Error).message });
  process.exit(1);
}
