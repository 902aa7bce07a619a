/** The fleet with 10,000 servers: record, assemble windows, close a step, snapshot and restore. One JSON line. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { STEP_MS, stepStartMs, WINDOW_STEPS } from '../src/catalog/time.ts';
import { fleetConfigSchema } from '../src/fleet/config.ts';
import { createFleet, type FleetStage } from '../src/fleet/createFleet.ts';

const SERVERS = Number(process.env.ARGUS_BENCH_SERVERS ?? 10_000);
const REPEATS = 5;
const LATE_STEPS = 12;
const MEBIBYTE = 2 ** 20;
/** Between two readings of the event loop's delay. */
const RESOLUTION_MS = 1;

const start = Math.floor(Date.now() / STEP_MS) * STEP_MS;
const clock = { timeMs: start, now: () => clock.timeMs };
const dataDir = mkdtempSync(join(tmpdir(), 'argus-bench-'));

function newStage(): FleetStage {
  return createFleet({
    clock,
    config: Value.Parse(fleetConfigSchema, Value.Default(fleetConfigSchema, { snapshotEveryMinutes: 1e6 })),
    dataDir,
    registry: new Registry(),
    logger: pino({ level: 'silent' }),
  });
}

async function timed(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** The best of a few runs: the machine's other work only ever adds. */
async function best(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) times.push(await timed(work));
  return Math.min(...times);
}

/** A whole window of every server. */
function fill({ fleet }: FleetStage): void {
  const slots = Array.from({ length: SERVERS }, (_, i) => fleet.admit(`server-${i}`, {}));
  for (let step = fleet.closedStep - WINDOW_STEPS + 1; step <= fleet.closedStep; step++)
    for (const slot of slots)
      for (let metric = 0; metric < METRIC_COUNT; metric++)
        fleet.fill(slot, metric, step, (slot + step * 7 + metric) % 100);
}

/** Late points, journaled: one of every metric of every server in each of a few closed steps. */
function recordLate({ fleet }: FleetStage): void {
  for (let step = fleet.closedStep - LATE_STEPS; step < fleet.closedStep; step++) {
    for (let slot = 0; slot < SERVERS; slot++)
      for (let metric = 0; metric < METRIC_COUNT; metric++)
        fleet.record(slot, metric, stepStartMs(step) + 1000, 50);
    fleet.commit();
  }
}

function closeOneStep({ fleet }: FleetStage): Promise<number> {
  for (const { index } of fleet.servers())
    for (let metric = 0; metric < METRIC_COUNT; metric++) fleet.record(index, metric, clock.now(), 50);
  clock.timeMs = fleet.nextClosingMs;
  return timed(() => fleet.tick());
}

/** What the window takes on disk, in MB (10^6 bytes). */
function windowMegabytes(): number {
  const folder = join(dataDir, 'window');
  const bytes = readdirSync(folder).map((file) => statSync(join(folder, file)).size);
  return bytes.reduce((sum, size) => sum + size, 0) / 1e6;
}

async function measure(): Promise<Record<string, number>> {
  const stage = newStage();
  await stage.open();
  const { fleet } = stage;
  fill(stage);
  const lateMs = await timed(() => recordLate(stage));
  const rssMib = process.memoryUsage().rss / MEBIBYTE;
  const windows = new Float32Array(SERVERS * WINDOW_STEPS * METRIC_COUNT);
  const assembleMs = await best(() => {
    for (let slot = 0; slot < SERVERS; slot++)
      fleet.copyWindow(slot, fleet.closedStep, windows, slot * WINDOW_STEPS * METRIC_COUNT);
  });
  const measuredStepsMs = await best(() => {
    for (let slot = 0; slot < SERVERS; slot++) fleet.measuredSteps(slot, fleet.closedStep);
  });
  const recordMs = await best(() => {
    for (let slot = 0; slot < SERVERS; slot++)
      for (let metric = 0; metric < METRIC_COUNT; metric++) fleet.record(slot, metric, clock.now(), 50);
  });
  await closeOneStep(stage);
  const closeMs = await closeOneStep(stage);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const snapshotMs = await timed(() => stage.snapshot());
  delay.disable();
  const stopMs = await timed(() => stage.stop());
  const diskMb = windowMegabytes();
  const restored = newStage();
  const restoreMs = await timed(() => restored.open());
  const servers = restored.fleet.serverCount;
  await restored.stop();
  return {
    servers,
    records_per_second: (SERVERS * METRIC_COUNT) / (recordMs / 1000),
    late_records_per_second: (LATE_STEPS * SERVERS * METRIC_COUNT) / (lateMs / 1000),
    assemble_ms: assembleMs,
    measured_steps_ms: measuredStepsMs,
    close_step_ms: closeMs,
    snapshot_ms: snapshotMs,
    snapshot_longest_pause_ms: delay.max / 1e6,
    stop_ms: stopMs,
    disk_mb: diskMb,
    restore_ms: restoreMs,
    rss_mib: rssMib,
  };
}

try {
  const figures = await measure();
  const rounded = Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))]);
  console.log(JSON.stringify({ bench: 'fleet', ...Object.fromEntries(rounded) }));
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
