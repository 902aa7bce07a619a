/** A fleet that was just forecast, of which every tenth server is in trouble, and the stage that explains. */
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { METRIC } from '../../src/catalog/metrics.ts';
import { STEP_MS, stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { ExplainConfigSchema } from '../../src/explain/config.ts';
import { createExplainStage, type ExplainStage } from '../../src/explain/index.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import type { Server } from '../../src/fleet/types.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../../src/forecast/config.ts';
import { createForecastStage, type ForecastStage } from '../../src/forecast/stage.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import { measuredFleet, noiseOf, PREFIXES, usualValue } from './measuredFleet.ts';

/** In trouble: memory that climbs over the last 6 hours. */
const TROUBLED_EVERY = 10;
const CLIMB_STEPS = 72;
const MODELS = new URL('../../../models/bundles', import.meta.url).pathname;
const logger = { info: () => {}, warn: console.error, error: console.error };

export interface ExplainScene {
  readonly fleet: Fleet;
  readonly forecast: ForecastStage;
  readonly explain: ExplainStage;
  readonly troubled: readonly Server[];
  close(): Promise<void>;
}

function measured(slot: number, metric: number, step: number, last: number): number {
  const calm = usualValue(slot, metric, step);
  if (metric !== METRIC.memUsed || slot % TROUBLED_EVERY !== 0) return calm;
  const noise = noiseOf(slot, metric, step);
  return Math.min(98, 50 + noise + (44 * Math.max(0, CLIMB_STEPS - (last - step))) / CLIMB_STEPS);
}

/** @param servers of the fleet @param workers that forecast */
export async function explainScene(servers: number, workers: number): Promise<ExplainScene> {
  const now = { ms: stepStartMs(stepOf(Date.now())) + STEP_MS / 2 };
  const digits = String(servers).length;
  const fleet = measuredFleet(now, {
    count: servers,
    admit: (all, index) =>
      all.admit(`${PREFIXES[index % PREFIXES.length]}${String(index).padStart(digits, '0')}`, {}),
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
    config: { ...(Value.Default(ForecastConfigSchema, {}) as ForecastConfig), workers },
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
    troubled: [...fleet.servers()].filter(({ index }) => index % TROUBLED_EVERY === 0),
    async close() {
      await explain.close();
      await forecast.stop();
      await risk.close();
    },
  };
}
