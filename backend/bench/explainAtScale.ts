// What somebody who asks for an explanation waits in a fleet of 10,000 servers, between cycles and during one.
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { explainScene } from './support/explainScene.ts';
import { quantile as quantileOf } from './support/statistics.ts';

const SERVERS = Number(process.env.ARGUS_BENCH_SERVERS ?? 10_000);
const ASKED = Number(process.env.ARGUS_BENCH_EXPLANATIONS ?? 12);
const WORKERS = 2;

const { fleet, forecast, explain, close, ...scene } = await explainScene(SERVERS, WORKERS);
const app = fastify();
await app.register(explain.routes);
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address() as AddressInfo;
const troubled = scene.troubled.values();

interface Waited {
  /** Until the headers of the 202. */
  readonly acceptedMs: number;
  /** Until the last byte of the explanation. */
  readonly explainedMs: number;
}

/** Asks for a server that was not explained yet: without waiting, and then for the result. */
async function ask(): Promise<Waited> {
  const next = troubled.next();
  if (next.done) throw new Error('there are no more servers to explain');
  const url = `http://127.0.0.1:${port}/explain/${next.value.name}`;
  const start = performance.now();
  const accepted = await fetch(`${url}?wait=0`);
  const acceptedMs = performance.now() - start;
  if (accepted.status !== 202) throw new Error(`asked without waiting it answered ${accepted.status}`);
  await accepted.arrayBuffer();
  const answer = await fetch(`${url}?wait=30`);
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return { acceptedMs, explainedMs: performance.now() - start };
}

async function cycleMs(): Promise<number> {
  const start = performance.now();
  await forecast.runCycle(fleet.closedStep);
  return performance.now() - start;
}

const quantile = (values: readonly number[], level: number): number => Math.round(quantileOf(values, level));

function summary(waits: readonly Waited[]) {
  const accepted = waits.map(({ acceptedMs }) => acceptedMs);
  const explained = waits.map(({ explainedMs }) => explainedMs);
  return {
    accepted_p50_ms: quantile(accepted, 0.5),
    accepted_p95_ms: quantile(accepted, 0.95),
    explained_p50_ms: quantile(explained, 0.5),
    explained_p95_ms: quantile(explained, 0.95),
  };
}

// The first loads the gradient thread.
await ask();
await new Promise((resolve) => setTimeout(resolve, 8000));
const quiet: Waited[] = [];
const beside: Waited[] = [];
const alone: number[] = [];
const together: number[] = [];
for (let i = 0; i < ASKED; i++) {
  quiet.push(await ask());
  alone.push(await cycleMs());
  const cycle = cycleMs();
  // At moments spread over the cycle, the first tenth to the last but one.
  await new Promise((resolve) => setTimeout(resolve, (alone[i] * (i % 9)) / 10));
  beside.push(await ask());
  together.push(await cycle);
}
await app.close();
await close();
console.log(
  JSON.stringify({
    bench: 'explainAtScale',
    servers: SERVERS,
    workers: WORKERS,
    model: forecast.status().id,
    explanations: 2 * ASKED,
    between_cycles: summary(quiet),
    during_a_cycle: summary(beside),
    cycle_ms: quantile(alone, 0.5),
    cycle_beside_an_explanation_ms: quantile(together, 0.5),
  }),
);
