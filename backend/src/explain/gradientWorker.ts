/** The gradient thread: runs grad.onnx, after everything else that wants the processor. */
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { CALENDAR_COUNT, PATCH_COUNT } from '../catalog/calendar.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { reasonOf } from '../forecast/session.ts';
import type { GradientInputs, GradientReply, GradientRequest } from './gradientProtocol.ts';

env.logLevel = 'fatal';
const FATAL = 4;

const port = parentPort;
if (port === null) throw new Error('gradientWorker.ts runs in a worker thread only');

/** On Linux a thread has a priority of its own, so that pictures never hold forecasts up; elsewhere there is none. */
function stepBack(): void {
  try {
    setPriority(
      Number(basename(readlinkSync('/proc/thread-self'))),
      constants.priority.PRIORITY_BELOW_NORMAL,
    );
  } catch {
    // It then takes its turn like any other thread.
  }
}

let session: InferenceSession | undefined;

async function load(graphPath: string): Promise<void> {
  await session?.release();
  session = undefined;
  session = await InferenceSession.create(graphPath, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: FATAL,
    extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
  });
}

async function run({ count, window, calendar, profile, server, selector }: GradientInputs) {
  if (session === undefined) throw new Error('no gradient graph is loaded');
  const outputs = await session.run(
    {
      window: new Tensor('float32', window, [count, WINDOW_STEPS, METRIC_COUNT]),
      calendar: new Tensor('float32', calendar, [count, PATCH_COUNT, CALENDAR_COUNT]),
      profile: new Tensor('int64', profile, [count]),
      server: new Tensor('int64', server, [count]),
      selector: new Tensor('float32', selector, [TARGET_COUNT, HORIZON_STEPS, QUANTILE_COUNT]),
    },
    ['gradient'],
  );
  const data = outputs.gradient?.data;
  if (!(data instanceof Float32Array)) throw new Error("the graph's output 'gradient' is not float32");
  return Float32Array.from(data);
}

async function answer(request: GradientRequest): Promise<GradientReply | undefined> {
  if (request.kind === 'close') {
    await session?.release();
    port?.close();
    return undefined;
  }
  const { id } = request;
  try {
    if (request.kind === 'run') return { kind: 'gradient', id, gradient: await run(request.inputs) };
    await load(request.graphPath);
    return { kind: 'loaded', id };
  } catch (error) {
    return { kind: 'failed', id, message: reasonOf(error) };
  }
}

stepBack();
let turn: Promise<void> = Promise.resolve();
port.on('message', (request: GradientRequest) => {
  turn = turn.then(async () => {
    const reply = await answer(request);
    if (reply !== undefined) port.postMessage(reply);
  });
});
