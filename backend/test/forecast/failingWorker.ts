/** A worker of the pool that dies under as many runs as it is told to, before it does any. */

import { parentPort, workerData } from 'node:worker_threads';

/** Deaths left, shared by all workers of a test. */
const deathsLeft = new Int32Array(workerData as SharedArrayBuffer);

parentPort?.on('message', (request: { readonly kind: string; readonly finish?: boolean }) => {
  // Runs of the golden check are spared: the model has to load.
  if (request.kind !== 'forecast' || request.finish === false) return;
  if (Atomics.sub(deathsLeft, 0, 1) > 0) process.exit(1);
});

await import('../../src/forecast/worker.ts');
