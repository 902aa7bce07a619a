// What somebody who asks for an explanation waits in a fleet of 10,000 servers, between cycles and during one.
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { METRIC } from '../src/catalog/metrics.ts';
import { STEP_MS, stepOf, stepStartMs } from '../src/catalog/time.ts';
import { ExplainConfigSchema } from '../src/explain/config.ts';
import { createExplainStage } from '../src/explain/index.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../src/forecast/config.ts';
import { createForecastStage } from '../src/forecast/stage.ts';
import { DEFAULT_RISK_CONFIG } from '../src/risk/config.ts';
import { createRiskStage } from '../src/risk/index.ts';
import { measuredFleet, noiseOf, PREFIXES, usualValue } from './support/measuredFleet.ts';

const SERVERS = Number(process.env.ARGUS_BENCH_SERVERS ?? 10_000);
const ASKED = Number(process.env.ARGUS_BENCH_EXPLANATIONS ?? 12);
const WORKERS = 2;
/** Every tenth server is in trouble: memory that climbs over the last 6 hours. */
const TROUBLED_EVERY = 10;
const CLIMB_STEPS = 72;
const MODELS = new URL('../../models/bundles', import.meta.url).pathname;

const logger = { info: () => {}, warn: console.error, error: console.error };

function measured(slot: number, metric: number, step: number, last: number): number {
  const calm = usualValue(slot, metric, step);
  if (metric !== METRIC.memUsed || slot % TROUBLED_EVERY !== 0) return calm;
  const climbed = (44 * Math.max(0, CLIMB_STEPS - (last - step))) / CLIMB_STEPS;
  return Math.min(98, 50 + noiseOf(slot, metric, step) + climbed);
}

async function buildScene() {
  const now = { ms: stepStartMs(stepOf(Date.now())) + STEP_MS / 2 };
  const fleet = measuredFleet(now, {
    count: SERVERS,
    admit: (all, index) =>
      all.admit(`${PREFIXES[index % PREFIXES.length]}${String(index).padStart(5, '0')}`, {}),
    isGap: () => false,
    value: measured,
  });
  const shared = { fleet, clock: { now: () => now.ms }, registry: new Registry() };
  const risk = await createRiskStage({
    ...shared,
    config: DEFAULT_RISK_CONFIG,
    dataDir: null,
    logger,
    calibration: null,
  });
  const forecast = createForecastStage({
    ...shared,
    config: { ...(Value.Default(ForecastConfigSchema, {}) as ForecastConfig), workers: WORKERS },
    logger,
    modelFolders: [MODELS],
    warmupSteps: 1,
    consume: (chunk) => risk.assess(chunk),
  });
  forecast.onCycleFinished((cycle) => risk.endCycle(cycle.originStep));
  const config = Value.Parse(ExplainConfigSchema, Value.Default(ExplainConfigSchema, {}));
  const explain = createExplainStage({ ...shared, forecast, risk, config });
  const app = fastify();
  await app.register(explain.routes);
  await app.listen({ port: 0, host: '127.0.0.1' });
  await forecast.start();
  await forecast.runCycle(fleet.closedStep);
  return { fleet, forecast, explain, risk, app };
}

const { fleet, forecast, explain, risk, app } = await buildScene();
const { port } = app.server.address() as AddressInfo;
const troubled = [...fleet.servers()].filter(({ index }) => index % TROUBLED_EVERY === 0).values();

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

function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))]);
}

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
await explain.close();
await forecast.stop();
await risk.close();
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
