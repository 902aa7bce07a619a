/** A worker without onnxruntime: on the CPU it repeats the golden forecasts it is given, on any other provider it lies. */

import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest } from '../../src/forecast/protocol.ts';

const golden = workerData as Float32Array;
let provider: 'cuda' | 'webgpu' | 'cpu' = 'cpu';

function answer(request: WorkerRequest): WorkerReply | undefined {
  if (request.kind === 'load') {
    provider = request.settings.providers[0];
    return { kind: 'loaded', id: request.id, provider, problems: [] };
  }
  if (request.kind === 'forecast') {
    request.batch.quantiles.set(provider === 'cpu' ? golden : golden.map((value) => value + 1));
    return { kind: 'forecast', id: request.id, seconds: 0 };
  }
  if (request.kind === 'close') parentPort?.close();
  return undefined;
}

parentPort?.on('message', (request: WorkerRequest) => {
  const reply = answer(request);
  if (reply !== undefined) parentPort?.postMessage(reply);
});
