/** A worker thread of the pool: does what it is asked in the order it is asked. */

import { parentPort } from 'node:worker_threads';
import { finishForecasts, replaceByBaselines } from './finish.ts';
import type { ForecastRequest, InspectRequest, LoadRequest, WorkerReply, WorkerRequest } from './protocol.ts';
import type { NetworkSession } from './session.ts';
import { openSession, reasonOf } from './session.ts';

const SECOND_MS = 1000;

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread only');

const sessions = new Map<number, NetworkSession>();

async function load(request: LoadRequest): Promise<WorkerReply> {
  const { session, provider, problems } = await openSession(request.graphPath, request.settings);
  sessions.set(request.generation, session);
  return { kind: 'loaded', id: request.id, provider, problems };
}

function sessionOf(generation: number): NetworkSession {
  const session = sessions.get(generation);
  if (session === undefined) throw new Error('the model was released before it was used');
  return session;
}

async function forecast(request: ForecastRequest): Promise<WorkerReply> {
  const start = performance.now();
  await sessionOf(request.generation).forecast(request.batch, request.count);
  if (request.finish) {
    finishForecasts(request.batch, request.count);
    replaceByBaselines(request.batch, request.count);
  }
  return { kind: 'forecast', id: request.id, seconds: (performance.now() - start) / SECOND_MS };
}

async function inspect(request: InspectRequest): Promise<WorkerReply> {
  const inspection = await sessionOf(request.generation).inspect(request.batch, request.count);
  return { kind: 'inspect', id: request.id, ...inspection };
}

async function release(generation: number): Promise<void> {
  const session = sessions.get(generation);
  sessions.delete(generation);
  await session?.release();
}

async function close(): Promise<void> {
  for (const generation of [...sessions.keys()]) await release(generation);
  port?.close();
}

async function handle(request: WorkerRequest): Promise<WorkerReply | undefined> {
  switch (request.kind) {
    case 'load':
      return load(request);
    case 'forecast':
      return forecast(request);
    case 'inspect':
      return inspect(request);
    case 'release':
      await release(request.generation);
      return undefined;
    case 'close':
      await close();
      return undefined;
  }
}

async function answer(request: WorkerRequest): Promise<void> {
  try {
    const reply = await handle(request);
    if (reply !== undefined) port?.postMessage(reply);
  } catch (error) {
    if ('id' in request) port?.postMessage({ kind: 'failed', id: request.id, message: reasonOf(error) });
  }
}

// One at a time: a session is released only after the runs that were asked for before.
let turn = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  turn = turn.then(() => answer(request));
});
