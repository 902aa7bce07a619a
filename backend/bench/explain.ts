// One full explanation while cycles of 100 servers run, and what explanations do to those cycles.
import { type ExplainScene, explainScene } from './support/explainScene.ts';
import { quantile } from './support/statistics.ts';

const SERVERS = 100;
const WORKERS = 2;
const EXPLANATIONS = Number(process.env.ARGUS_BENCH_EXPLANATIONS ?? 60);
const TIMED_ALONE = 10;
/** A cycle every half second: in service there is one every five minutes. */
const CYCLE_EVERY_MS = 500;
const ROUNDS = Number(process.env.ARGUS_BENCH_ROUNDS ?? 12);
const CYCLES_A_ROUND = 5;
const REACH_MS = 400;
const GOAL_MS = 150;
const MOST_SLOWDOWN = 1.1;

const milliseconds = (value: number): number => Math.round(value * 10) / 10;

/** Runs explanations one after the other until told to stop. */
async function explainUntil(
  { explain, troubled: servers }: ExplainScene,
  isOver: () => boolean,
): Promise<void> {
  for (let i = 0; !isOver(); i++) {
    await explain.explain(servers[i % servers.length], 'auto', new AbortController().signal);
  }
}

async function cycleMs({ forecast, fleet }: ExplainScene): Promise<number> {
  const start = performance.now();
  await forecast.runCycle(fleet.closedStep);
  return performance.now() - start;
}

/** Time of explanations while a cycle starts every half second. */
async function timeExplanations(scene: ExplainScene): Promise<readonly number[]> {
  const servers = scene.troubled;
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
async function processorMs({ explain, troubled: servers }: ExplainScene): Promise<number> {
  const start = process.cpuUsage();
  for (let i = 0; i < TIMED_ALONE; i++) {
    await explain.explain(servers[i % servers.length], 'auto', new AbortController().signal);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / TIMED_ALONE;
}

/** Cycles with and without explanations beside them, in turns, so that the machine's moods hit both. */
async function timeCycles(
  scene: ExplainScene,
): Promise<{ readonly alone: number[]; readonly beside: number[] }> {
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

const scene = await explainScene(SERVERS, WORKERS);
// The first explanation starts the gradient thread; a few more let it load.
const first = await scene.explain.explain(scene.troubled[0], 'auto', new AbortController().signal);
await new Promise((resolve) => setTimeout(resolve, Number(process.env.ARGUS_BENCH_WARM_UP_MS ?? 8000)));
const explanation = await scene.explain.explain(scene.troubled[0], 'auto', new AbortController().signal);
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
