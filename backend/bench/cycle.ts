// A cycle of 10,000 servers over a real fleet: assemble, forecast, risk, publish, history; with the memory of the whole
// process, and of the history's beside it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { DEFAULT_CASCADE_CONFIG } from '../src/cascade/config.ts';
import { createCascadeStage } from '../src/cascade/index.ts';
import { STEP_MS, stepOf, stepStartMs } from '../src/catalog/time.ts';
import type { Fleet } from '../src/fleet/fleet.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../src/forecast/config.ts';
import { createForecastStage } from '../src/forecast/stage.ts';
import type { ForecastChunk, ForecastView } from '../src/forecast/types.ts';
import { type HistoryConfig, HistoryConfigSchema } from '../src/history/config.ts';
import { createHistoryStage } from '../src/history/index.ts';
import { DEFAULT_PUBLISH_CONFIG } from '../src/publish/config.ts';
import { plainPage } from '../src/publish/metricsPage.ts';
import { ServerPage } from '../src/publish/page.ts';
import { DEFAULT_RISK_CONFIG } from '../src/risk/config.ts';
import { createRiskStage } from '../src/risk/index.ts';
import {
  type MeasuredServers,
  measuredFleet,
  PREFIXES,
  recordStep,
  usualValue,
} from './support/measuredFleet.ts';

const SERVERS = 10_000;
const WORKERS = 2;
const ROUNDS = 3;
const BOUND_SECONDS = 8;
const BOUND_RSS_MB = 900;
const MODELS = new URL('../../models/bundles', import.meta.url).pathname;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'];
const QUARTER_HOUR_STEPS = 3;

const logger = { info: () => {}, warn: console.error, error: console.error };

/** What follows the forecast in the cycle that is measured. */
interface CycleConsumer {
  consume(chunk: ForecastChunk): void;
  /** After the last chunk; counts into the cycle. */
  end(originStep: number): void | Promise<void>;
  /** After the last round; what it gives is reported. */
  close(): Promise<Readonly<Record<string, number>>>;
}

interface CycleScene {
  readonly fleet: Fleet;
  readonly view: ForecastView;
  readonly now: () => number;
}

interface CycleMeasurement {
  readonly servers: number;
  readonly model: string | null;
  /** Of ROUNDS cycles. */
  readonly median_seconds: number;
  readonly rss_mb: number;
  /** Longest time the main thread answered nobody. */
  readonly longest_block_ms: number;
  readonly p99_block_ms: number;
  readonly [beside: string]: number | string | null;
}

/** Every server has measured a full day, with daily cycles, noise and a few gaps. */
const MEASURED: MeasuredServers = {
  count: SERVERS,
  admit(fleet, index) {
    const name = `${PREFIXES[index % PREFIXES.length]}${String(index).padStart(5, '0')}.example.net`;
    return fleet.admit(name, { timeZone: ZONES[index % ZONES.length] });
  },
  isGap: (slot, step) => (step * 7 + slot) % 97 === 0,
  value: usualValue,
};

/**
 * Measures cycles.
 * @param connect makes what follows the forecast; it gets the fleet and the forecasts
 */
async function measureCycle(
  connect: (scene: CycleScene) => CycleConsumer | Promise<CycleConsumer>,
): Promise<CycleMeasurement> {
  const now = { ms: stepStartMs(stepOf(Date.now())) + STEP_MS / 2 };
  const fleet = measuredFleet(now, MEASURED);
  let consumer: CycleConsumer | undefined;
  const stage = createForecastStage({
    fleet,
    clock: { now: () => now.ms },
    config: { ...(Value.Default(ForecastConfigSchema, {}) as ForecastConfig), workers: WORKERS },
    registry: new Registry(),
    logger,
    modelFolders: [MODELS],
    warmupSteps: QUARTER_HOUR_STEPS,
    consume: (chunk) => consumer?.consume(chunk),
  });
  consumer = await connect({ fleet, view: stage.view, now: () => now.ms });
  stage.onCycleFinished((cycle) => consumer?.end(cycle.originStep));
  await stage.start();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const seconds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    now.ms += STEP_MS;
    for (const { index } of fleet.servers()) recordStep(fleet, MEASURED, index, stepOf(now.ms) - 1);
    const start = performance.now();
    // Closing the step starts the cycle, as it does in service.
    fleet.tick();
    delay.enable();
    await stage.idle();
    delay.disable();
    // The first cycle takes the memory that all later ones use.
    if (round > 0) seconds.push((performance.now() - start) / 1000);
  }
  const last = stage.lastCycle();
  if (last?.servers !== SERVERS || last.baselineServers > 0) throw new Error('not every server was forecast');
  const rss = process.memoryUsage().rss;
  await stage.stop();
  const beside = await consumer.close();
  seconds.sort((a, b) => a - b);
  return {
    servers: SERVERS,
    model: stage.status().id,
    median_seconds: Math.round(seconds[Math.floor(ROUNDS / 2)] * 100) / 100,
    rss_mb: Math.round(rss / 1e6),
    longest_block_ms: Math.round(delay.max / 1e6),
    p99_block_ms: Math.round(delay.percentile(99) / 1e6),
    ...beside,
  };
}

/** Cascades, risk, alerts, the page Prometheus scrapes and the history, as in service. */
async function riskPublishAndHistory({ fleet, view, now }: CycleScene): Promise<CycleConsumer> {
  const shared = { fleet, clock: { now }, registry: new Registry() };
  const dataDir = mkdtempSync(join(tmpdir(), 'argus-bench-cycle-'));
  const cascades = createCascadeStage({ ...shared, config: DEFAULT_CASCADE_CONFIG, logger });
  const risk = await createRiskStage({
    ...shared,
    cascades,
    config: DEFAULT_RISK_CONFIG,
    dataDir: null,
    logger,
    calibration: null,
  });
  const page = new ServerPage({ fleet, forecast: view, risk }, DEFAULT_PUBLISH_CONFIG.forecastSeries);
  const history = createHistoryStage({
    ...shared,
    risk,
    config: Value.Default(HistoryConfigSchema, {}) as HistoryConfig,
    logger: pino({ level: 'warn' }, pino.destination(2)),
    dataDir,
  });
  await history.start();
  return {
    consume(chunk) {
      risk.assess(chunk);
      history.consume(chunk);
    },
    async end(originStep) {
      await risk.endCycle(originStep);
      history.cycleEnded(originStep);
      page.invalidate();
      await plainPage(page, shared.registry);
    },
    async close() {
      await cascades.close();
      const { rssBytes } = await history.view.ask('status', null);
      const lost = history.view.lostRows;
      await history.close();
      rmSync(dataDir, { recursive: true, force: true });
      return { history_rss_mb: Math.round(rssBytes / 1e6), history_rows_lost: lost };
    },
  };
}

const measurement = await measureCycle(riskPublishAndHistory);
console.log(
  JSON.stringify({
    bench: 'cycle',
    includes: 'assemble, forecast, cascades, risk, alerts, metrics page, history',
    ...measurement,
    bound_seconds: BOUND_SECONDS,
    bound_rss_mb: BOUND_RSS_MB,
    within_bound: measurement.median_seconds <= BOUND_SECONDS && measurement.rss_mb <= BOUND_RSS_MB,
  }),
);
