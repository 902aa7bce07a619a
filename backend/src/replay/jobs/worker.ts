/** The replay process: its work, its threads and its memory are in nobody's way, and it can be killed at any time. */
import { setPriority } from 'node:os';
import { systemClock } from '../../catalog/time.ts';
import type { TrainingDataRequest, TrainingFile } from '../../history/protocol.ts';
import { ReplayCache } from '../cache.ts';
import { replay } from '../replay.ts';
import { askedHistory } from '../sources/history.ts';
import { type FromReplay, faultOf, type ReplayJob, scratchOf, type ToReplay } from './protocol.ts';

let answered: ((message: ToReplay) => void) | null = null;

function tell(message: FromReplay): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

function askHistory(request: TrainingDataRequest): Promise<TrainingFile> {
  return new Promise((resolve, reject) => {
    answered = (message) => {
      if (message.kind === 'measured') resolve(message.file);
      else if (message.kind === 'unmeasured') {
        reject(Object.assign(new Error(message.fault.message), { code: message.fault.code }));
      }
    };
    void tell({ kind: 'measure', request });
  });
}

async function run({ config, cacheFolder, extent, holidays, ...job }: ReplayJob): Promise<void> {
  try {
    setPriority(config.niceness);
  } catch {
    // Not every system lets a process step back; it works all the same.
  }
  const note = (text: string): void => void tell({ kind: 'note', text });
  try {
    const result = await replay({
      ...job,
      source: askedHistory({
        write: askHistory,
        extent,
        holidays,
        scratchFolder: scratchOf({ cacheFolder }),
      }),
      cache: new ReplayCache({
        folder: cacheFolder,
        maxMegabytes: config.cacheMegabytes,
        clock: systemClock,
        note,
      }),
      threads: config.threads,
      maxServerDays: config.maxServerDays,
      signal: new AbortController().signal,
      progress: (progress) => void tell({ kind: 'progress', progress }),
    });
    await tell({ kind: 'done', result });
    process.exit(0);
  } catch (error) {
    await tell({ kind: 'failed', fault: faultOf(error) });
    process.exit(1);
  }
}

// Nobody would take the result.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A Ctrl+C on the terminal reaches both; the backend tells this process what to do.
process.on('SIGINT', () => undefined);
process.on('message', (message: ToReplay) => {
  if (message.kind === 'start') void run(message.job);
  else answered?.(message);
});
