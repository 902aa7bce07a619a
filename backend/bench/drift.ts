// How soon drift is noticed when the servers really change, how often when they do not, and what looking for it costs.
// `cost` (seconds), `changes`, `quiet` or `model` (minutes of CPU each) as an argument measures only that;
// a number after it, only that seed.
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { PROFILES } from '../src/catalog/profiles.ts';
import { TARGET_COUNT } from '../src/catalog/targets.ts';
import { HORIZON_COUNT, stepOf, stepStartMs, WINDOW_STEPS } from '../src/catalog/time.ts';
import type { Server } from '../src/fleet/types.ts';
import { KEEP_STEPS } from '../src/forecast/awaited.ts';
import { FORECASTERS } from '../src/forecast/baselines.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../src/forecast/config.ts';
import { createForecastStage } from '../src/forecast/stage.ts';
import { GROUPS } from '../src/watch/drift/counts.ts';
import { encodeDrift } from '../src/watch/drift/file.ts';
import { DriftMonitor } from '../src/watch/drift/monitor.ts';
import { CHANGES, type Change, DriftFleet } from './support/driftFleet.ts';
import { usualValue } from './support/measuredFleet.ts';

const SERVERS = 300;
const SEEDS = [1, 2, 3];
/** By then the reference is complete. */
const LEARNING_DAYS = 8;
const QUIET_DAYS = 30;
/** Times of the change, by seed: midnight, morning and afternoon (UTC) of different days. */
const CHANGE_DAYS = [14.7, 12, 13.4];
const changeDayOf = (seed: number): number => CHANGE_DAYS[seed % CHANGE_DAYS.length];
const GIVEN_UP_AFTER_HOURS = 24;
const BOUND_HOURS = 6;
const BOUND_FALSE_ALARMS = 1;
/** Servers that leave each day and are followed by new ones. */
const REPLACED_A_DAY = 1;
const HOURS_A_DAY = 24;

interface Detection {
  readonly kind: Change;
  readonly seed: number;
  /** Null: not within a day. */
  readonly hours: number | null;
  readonly by: string | null;
  readonly false_alarms_before: number;
}

function detect(kind: Change, seed: number, changeDay: number): Detection {
  const days = changeDay + GIVEN_UP_AFTER_HOURS / HOURS_A_DAY;
  const fleet = new DriftFleet({
    servers: SERVERS,
    seed,
    days,
    change: { kind, day: changeDay },
    replacedADay: REPLACED_A_DAY,
  });
  let falseAlarms = 0;
  while (fleet.day < days) {
    const hours = (fleet.day - changeDay) * HOURS_A_DAY;
    const [first] = fleet.step();
    if (first === undefined) continue;
    if (hours >= 0) {
      const rounded = Math.round(hours * 10) / 10;
      return { kind, seed, hours: rounded, by: GROUPS[first.group], false_alarms_before: falseAlarms };
    }
    falseAlarms++;
  }
  return { kind, seed, hours: null, by: null, false_alarms_before: falseAlarms };
}

const MODELS = new URL('../../models/bundles', import.meta.url).pathname;
const MODEL_SERVERS = 60;
const MODEL_CHANGE_DAY = 9.4;

/** The same with the shipped network's forecasts, as the backend makes and scores them. */
async function detectWithModel(
  kind: Change,
  seed: number,
): Promise<Detection & { readonly servers: number }> {
  const days = MODEL_CHANGE_DAY + GIVEN_UP_AFTER_HOURS / HOURS_A_DAY;
  const change = { kind, day: MODEL_CHANGE_DAY };
  const fleet = new DriftFleet({ servers: MODEL_SERVERS, seed, days, change, replacedADay: 0 });
  const { monitor } = fleet;
  const view = {
    ...fleet.view,
    closedStep: 0,
    copyWindow: (slot: number, _lastStep: number, out: Float32Array, offset: number) =>
      fleet.copyWindow(slot, out, offset),
    measuredSteps: () => WINDOW_STEPS,
    isWarm: (slot: number, step: number) => fleet.isWarm(slot, step),
    isStale: () => false,
    onStepClosed: () => () => {},
    onServerLeft: () => () => {},
  };
  const stage = createForecastStage({
    fleet: view,
    clock: { now: () => stepStartMs(view.closedStep + 1) },
    config: { ...(Value.Default(ForecastConfigSchema, {}) as ForecastConfig), workers: 1 },
    registry: new Registry(),
    logger: { info: () => {}, warn: console.error, error: console.error },
    modelFolders: [MODELS],
    warmupSteps: 1,
    consume: (chunk) => monitor.consume(chunk),
  });
  stage.onScored((scored) => monitor.addScored(scored));
  await stage.start();
  const none = { servers: MODEL_SERVERS, kind, seed, false_alarms_before: 0 };
  let detection: Awaited<ReturnType<typeof detectWithModel>> = { ...none, hours: null, by: null };
  let falseAlarms = 0;
  while (fleet.day < days && detection.hours === null) {
    const hours = (fleet.day - MODEL_CHANGE_DAY) * HOURS_A_DAY;
    view.closedStep = fleet.measure();
    await stage.runCycle(view.closedStep);
    const [first] = monitor.cycleEnded(view.closedStep, stage.learned.modelId);
    if (first === undefined) continue;
    if (hours < 0) falseAlarms++;
    else detection = { ...none, hours: Math.round(hours * 10) / 10, by: GROUPS[first.group] };
  }
  await stage.stop();
  return { ...detection, false_alarms_before: falseAlarms };
}

interface QuietRun {
  readonly seed: number;
  readonly days: number;
  readonly false_alarms: number;
  readonly greatest_score: number;
  readonly learned_on_day: number | null;
}

/** Daily and weekly cycles, jobs, servers that fail and come back, some that leave and others that join. */
function watchQuietly(seed: number): QuietRun {
  const days = LEARNING_DAYS + QUIET_DAYS;
  const fleet = new DriftFleet({ servers: SERVERS, seed, days, change: null, replacedADay: REPLACED_A_DAY });
  let [falseAlarms, greatest] = [0, 0];
  let learned: number | null = null;
  while (fleet.day < days) {
    // Groups that drift at once are one alarm: one thing is said, and one training asked for.
    const wasDrifting = fleet.monitor.state.status === 'drifting';
    if (fleet.step().length > 0 && !wasDrifting) falseAlarms++;
    const { score } = fleet.monitor.state;
    if (score !== null) learned ??= Math.round(fleet.day * 10) / 10;
    greatest = Math.max(greatest, score ?? 0);
  }
  return {
    seed,
    days: QUIET_DAYS,
    false_alarms: falseAlarms,
    greatest_score: Math.round(greatest * 100) / 100,
    learned_on_day: learned,
  };
}

interface Cost {
  readonly servers: number;
  /** Median; with what is measured, scored and judged. */
  readonly cycle_ms: number;
  /** Mean of the processor's time, which other programs on the machine do not lengthen. */
  readonly cycle_cpu_ms: number;
  readonly longest_cycle_ms: number;
  readonly bytes_a_server: number;
  readonly file_mb: number;
  readonly encode_ms: number;
}

const COST_SERVERS = 10_000;
const CHUNK_SERVERS = 500;
const COST_CYCLES = 36;
/** By then levels and deviations are known, and every server is compared. */
const KNOWN_STEPS = 2.2 * WINDOW_STEPS;

function serverAt(index: number): Server {
  return {
    index,
    name: `host${index}`,
    profile: index % PROFILES.length,
    timeZone: 'Europe/Berlin',
    attributes: new Map(),
    firstSeenMs: 0,
    lastSeenMs: 0,
  };
}

/** Scores of the servers whose turn it is. */
function scoreTurn(monitor: DriftMonitor, step: number): void {
  const losses = new Float64Array(FORECASTERS.length).fill(1);
  for (let server = step % KEEP_STEPS; server < COST_SERVERS; server += KEEP_STEPS) {
    for (let series = 0; series < TARGET_COUNT * HORIZON_COUNT; series++) {
      monitor.addScored({
        server,
        truthStep: step,
        target: Math.floor(series / HORIZON_COUNT),
        horizon: series % HORIZON_COUNT,
        losses,
        isCoveredRaw: true,
        isCovered: true,
        isFar: false,
        winkler: 1,
        negligible: 1e-3,
      });
    }
  }
}

function measureCost(): Cost {
  const servers = Array.from({ length: COST_SERVERS }, (_, index) => serverAt(index));
  const size = WINDOW_STEPS * METRIC_COUNT;
  const windows = new Float32Array(CHUNK_SERVERS * size);
  for (let i = 0; i < windows.length; i++)
    windows[i] = usualValue(Math.floor(i / size), i % METRIC_COUNT, Math.floor((i % size) / METRIC_COUNT));
  const before = process.memoryUsage().arrayBuffers;
  const monitor = new DriftMonitor({ byIndex: (index) => servers[index] });
  const first = stepOf(Date.UTC(2026, 5, 1));
  const ms: number[] = [];
  let cpuMicros = 0;
  for (let step = first; ms.length < COST_CYCLES; step++) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    for (let from = 0; from < COST_SERVERS; from += CHUNK_SERVERS) {
      const slots = Int32Array.from({ length: CHUNK_SERVERS }, (_, row) => from + row);
      monitor.consume({ originStep: step, count: CHUNK_SERVERS, servers: slots, windows });
    }
    scoreTurn(monitor, step);
    monitor.cycleEnded(step, 'model');
    if (step - first < KNOWN_STEPS) continue;
    ms.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    cpuMicros += user + system;
  }
  const bytes = process.memoryUsage().arrayBuffers - before;
  const start = performance.now();
  const file = encodeDrift(monitor, {
    servers: () => servers,
    serverCount: COST_SERVERS,
    byName: () => undefined,
  });
  const encodeMs = performance.now() - start;
  ms.sort((a, b) => a - b);
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return {
    servers: COST_SERVERS,
    cycle_ms: tenth(ms[Math.floor(ms.length / 2)]),
    cycle_cpu_ms: tenth(cpuMicros / COST_CYCLES / 1000),
    longest_cycle_ms: tenth(ms[ms.length - 1]),
    bytes_a_server: Math.round(bytes / COST_SERVERS),
    file_mb: tenth(file.reduce((sum, part) => sum + part.length, 0) / 1e6),
    encode_ms: Math.round(encodeMs),
  };
}

const wanted = process.argv[2];
const seeds = process.argv[3] === undefined ? SEEDS : [Number(process.argv[3])];
const isWanted = (part: string) => wanted === undefined || wanted === part;
const note = (line: object) => console.error(JSON.stringify(line));
const reported = <T extends object>(result: T): T => {
  note(result);
  return result;
};

const cost = isWanted('cost') ? measureCost() : null;
const changes = isWanted('changes')
  ? CHANGES.flatMap((kind) => seeds.map((seed) => reported(detect(kind, seed, changeDayOf(seed)))))
  : [];
const quiet = isWanted('quiet') ? seeds.map((seed) => reported(watchQuietly(seed))) : [];
const model = isWanted('model') ? reported(await detectWithModel('other_users', seeds[0])) : null;
console.log(
  JSON.stringify({
    bench: 'drift',
    servers: SERVERS,
    changes,
    quiet,
    model,
    cost,
    bound_hours: BOUND_HOURS,
    bound_false_alarms_in_30_days: BOUND_FALSE_ALARMS,
    within_bound:
      changes.every(({ hours }) => hours !== null && hours <= BOUND_HOURS) &&
      quiet.every(({ false_alarms }) => false_alarms <= BOUND_FALSE_ALARMS),
  }),
);
