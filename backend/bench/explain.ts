// One full explanation while cycles of 100 servers run, and what explanations do to those cycles.
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { METRIC } from '../src/catalog/metrics.ts';
import { STEP_MS, stepOf, stepStartMs } from '../src/catalog/time.ts';
import { ExplainConfigSchema } from '../src/explain/config.ts';
import { createExplainStage, type ExplainStage } from '../src/explain/index.ts';
import type { Fleet } from '../src/fleet/fleet.ts';
import type { Server } from '../src/fleet/types.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../src/forecast/config.ts';
import { createForecastStage, type ForecastStage } from '../src/forecast/stage.ts';
import { DEFAULT_RISK_CONFIG } from '../src/risk/config.ts';
import { createRiskStage } from '../src/risk/index.ts';
import { measuredFleet, noiseOf, PREFIXES, usualValue } from './support/measuredFleet.ts';

const SERVERS = 100;
const WORKERS = 2;
/** Every tenth server is in trouble: memory that climbs over the last 6 hours. */
const TROUBLED_EVERY = 10;
const CLIMB_STEPS = 72;
const EXPLANATIONS = Number(process.env.ARGUS_BENCH_EXPLANATIONS ?? 60);
const TIMED_ALONE = 10;
/** A cycle every half second: in service there is one every five minutes. */
const CYCLE_EVERY_MS = 500;
const ROUNDS = Number(process.env.ARGUS_BENCH_ROUNDS ?? 12);
const CYCLES_A_ROUND = 5;
const REACH_MS = 400;
const GOAL_MS = 150;
const MOST_SLOWDOWN = 1.1;
const MODELS = new URL('../../models/bundles', import.meta.url).pathname;

const logger = { info: () => {}, warn: console.error, error: console.error };

function measured(slot: number, metric: number, step: number, last: number): number {
  const calm = usualValue(slot, metric, step);
  if (metric !== METRIC.memUsed || slot % TROUBLED_EVERY !== 0) return calm;
  const noise = noiseOf(slot, metric, step);
  return Math.min(98, 50 + noise + (44 * Math.max(0, CLIMB_STEPS - (last - step))) / CLIMB_STEPS);
}

function filledFleet(now: { ms: number }): Fleet {
  return measuredFleet(now, {
    count: SERVERS,
    admit: (fleet, index) =>
      fleet.admit(`${PREFIXES[index % PREFIXES.length]}${String(index).padStart(3, '0')}`, {}),
    isGap: () => false,
    value: measured,
  });
}

interface Scene {
  readonly fleet: Fleet;
  readonly forecast: ForecastStage;
  readonly explain: ExplainStage;
  close(): Promise<void>;
}

async function buildScene(): Promise<Scene> {
  const now = { ms: stepStartMs(stepOf(Date.now())) + STEP_MS / 2 };
  const fleet = filledFleet(now);
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
  await forecast.start();
  await forecast.runCycle(fleet.closedStep);
  return {
    fleet,
    forecast,
    explain,
    async close() {
      await explain.close();
      await forecast.stop();
      await risk.close();
    },
  };
}

function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))];
}

const milliseconds = (value: number): number => Math.round(value * 10) / 10;

function troubled(fleet: Fleet): readonly Server[] {
  return [...fleet.servers()].filter(({ index }) => index % TROUBLED_EVERY === 0);
}

/** Runs explanations one after the other until told to stop. */
async function explainUntil({ explain, fleet }: Scene, isOver: () => boolean): Promise<void> {
  const servers = troubled(fleet);
  for (let i = 0; !isOver(); i++) {
    await explain.explain(servers[i % servers.length], 'auto', new AbortController().signal);
  }
}

async function cycleMs({ forecast, fleet }: Scene): Promise<number> {
  const start = performance.now();
  await forecast.runCycle(fleet.closedStep);
  return performance.now() - start;
}

/** Time of explanations while a cycle starts every half second. */
async function timeExplanations(scene: Scene): Promise<readonly number[]> {
  const servers = troubled(scene.fleet);
  let isOver = false;
  const cycles = (async () => {
    while (!isOver) {
      const took = await cycleMs(scene);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, CYCLE_EVERY_MS - took)));
    }
  })();
  const times: number[] = [];
  for (let i = 0; i < EXPLANATIONS; i++) {
    const start = performance.now();
    await scene.explain.explain(servers[i % servers.length], 'auto', new AbortController().signal);
    times.push(performance.now() - start);
  }
  isOver = true;
  await cycles;
  return times;
}

/** Processor time of one explanation with nothing beside it: what a busy machine does not change. */
async function processorMs({ explain, fleet }: Scene): Promise<number> {
  const servers = troubled(fleet);
  const start = process.cpuUsage();
  for (let i = 0; i < TIMED_ALONE; i++) {
    await explain.explain(servers[i % servers.length], 'auto', new AbortController().signal);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / TIMED_ALONE;
}

/** Cycles with and without explanations beside them, in turns, so that the machine's moods hit both. */
async function timeCycles(scene: Scene): Promise<{ readonly alone: number[]; readonly beside: number[] }> {
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < CYCLES_A_ROUND; i++) alone.push(await cycleMs(scene));
    let isOver = false;
    const explaining = explainUntil(scene, () => isOver);
    for (let i = 0; i < CYCLES_A_ROUND; i++) beside.push(await cycleMs(scene));
    isOver = true;
    await explaining;
  }
  return { alone, beside };
}

const scene = await buildScene();
// The first explanation starts the gradient thread; a few more let it load.
const first = await scene.explain.explain(troubled(scene.fleet)[0], 'auto', new AbortController().signal);
await new Promise((resolve) => setTimeout(resolve, Number(process.env.ARGUS_BENCH_WARM_UP_MS ?? 8000)));
const explanation = await scene.explain.explain(
  troubled(scene.fleet)[0],
  'auto',
  new AbortController().signal,
);
const processor = await processorMs(scene);
const times = await timeExplanations(scene);
const { alone, beside } = await timeCycles(scene);
await scene.close();
const slowdown = quantile(beside, 0.5) / quantile(alone, 0.5);
const p95 = quantile(times, 0.95);
console.log(
  JSON.stringify({
    bench: 'explain',
    includes: 'donors, Shapley values, attention, counterfactuals, picture by hour; 2 workers',
    model: scene.forecast.status().id,
    method: first.shap.method,
    runs: first.shap.runs + first.counterfactual.searched,
    picture: explanation.heat !== null,
    explanations: times.length,
    p50_ms: milliseconds(quantile(times, 0.5)),
    p95_ms: milliseconds(p95),
    processor_ms: milliseconds(processor),
    cycle_servers: SERVERS,
    cycle_ms: milliseconds(quantile(alone, 0.5)),
    cycle_beside_explanations_ms: milliseconds(quantile(beside, 0.5)),
    cycle_slowdown: Math.round(slowdown * 1000) / 1000,
    reach_ms: REACH_MS,
    goal_ms: GOAL_MS,
    most_slowdown: MOST_SLOWDOWN,
    within_reach: p95 <= REACH_MS && slowdown <= MOST_SLOWDOWN,
  }),
);
