/** What the tests of the explanation stage share: a small fleet with the real model, one server of which is in trouble. */
import type { TestContext } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { addErrorHandlers } from '../../src/api/errorBodies.ts';
import { METRIC } from '../../src/catalog/metrics.ts';
import { profileIndex } from '../../src/catalog/profiles.ts';
import { stepStartMs } from '../../src/catalog/time.ts';
import { type ExplainConfig, ExplainConfigSchema } from '../../src/explain/config.ts';
import { GradientHost } from '../../src/explain/gradientHost.ts';
import { createExplainStage, type ExplainStage } from '../../src/explain/index.ts';
import type { ForecastStage, ForecastStageOptions } from '../../src/forecast/stage.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import type { RiskEngine } from '../../src/risk/engine.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import { buildStage, FakeFleet } from '../forecast/support.ts';

export const SHIPPED = new URL('../../../models/bundles', import.meta.url).pathname;

/** Memory of the failing server: 55 % until 6 hours ago, then it climbs to 93 %. */
const CALM_MEMORY = 55;
const CLIMB_STEPS = 72;
const CLIMB = 38;
const HUNDRED = 100;

function noise(server: number, metric: number, step: number): number {
  return (((step * 31 + server * 17 + metric * 13) % 23) - 11) / 11;
}

/** What a calm server of the scene measures. */
export function calmValue(server: number, metric: number, step: number): number {
  const wobble = noise(server, metric, step);
  const day = Math.sin((2 * Math.PI * step) / 288);
  switch (metric) {
    case METRIC.cpuUser:
      return 20 + 5 * day + wobble;
    case METRIC.cpuSys:
      return 6 + 0.3 * wobble;
    case METRIC.cpuIowait:
      return 1.5 + 0.2 * wobble;
    case METRIC.cpuIdle:
      return HUNDRED - 27.5 - 5 * day - 1.5 * wobble;
    case METRIC.javaCpu:
      return 8 + 2 * day + 0.5 * wobble;
    case METRIC.memUsed:
      return CALM_MEMORY + 0.8 * wobble;
    case METRIC.swapUsed:
      return 1 + 0.1 * wobble;
    case METRIC.diskUsage:
      return 40 + (server % 5) + 0.01 * wobble;
    case METRIC.netIn:
    case METRIC.netOut:
      return 4 + day + 0.3 * wobble;
    case METRIC.backCloseWait:
    case METRIC.frontCloseWait:
      return 6 + 2 * wobble;
    case METRIC.loadAverage:
      return 1.2 + 0.4 * day + 0.1 * wobble;
    default:
      return 30 + (step % 288) / 288;
  }
}

/** Slot of the server whose memory leaks. */
export const LEAKING = 0;
export const LEAKING_NAME = 'ppdb000';

/** A fleet of databases, the first of which leaks memory. */
export function leakingFleet(servers = 6): FakeFleet {
  const fleet = new FakeFleet();
  const { closedStep } = fleet;
  fleet.value = (server, metric, step) => {
    const calm = calmValue(server, metric, step);
    if (server !== LEAKING || metric !== METRIC.memUsed) return calm;
    const climbed = Math.max(0, CLIMB_STEPS - (closedStep - step)) / CLIMB_STEPS;
    return calm + CLIMB * climbed;
  };
  for (let index = 0; index < servers; index++) {
    fleet.add(index, {
      name: `ppdb${String(index).padStart(3, '0')}`,
      profile: profileIndex('database'),
      timeZone: 'Europe/Berlin',
    });
  }
  return fleet;
}

export function explainConfig(settings: Partial<ExplainConfig> = {}): ExplainConfig {
  return { ...(Value.Default(ExplainConfigSchema, {}) as ExplainConfig), ...settings };
}

export interface Scene {
  readonly fleet: FakeFleet;
  readonly forecast: ForecastStage;
  readonly risk: RiskEngine;
  readonly explain: ExplainStage;
  readonly registry: Registry;
  readonly app: FastifyInstance;
}

export interface SceneOptions {
  readonly fleet?: FakeFleet;
  readonly modelFolder?: string;
  readonly config?: Partial<ExplainConfig>;
  readonly forecast?: Partial<ForecastStageOptions>;
  readonly withGradients?: boolean;
  /** Whether a cycle has run; default true. */
  readonly forecastFirst?: boolean;
}

/** Forecast, risk and explanation as in service, with routes that can be asked without a port. */
export async function buildScene(t: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const fleet = options.fleet ?? leakingFleet();
  const clock = { now: () => stepStartMs(fleet.closedStep + 1) + 40_000 };
  const registry = new Registry();
  const risk = await createRiskStage({
    fleet,
    clock,
    config: DEFAULT_RISK_CONFIG,
    dataDir: null,
    registry,
    logger: pino({ level: 'silent' }),
    calibration: null,
  });
  const forecast = buildStage(t, fleet, options.modelFolder ?? SHIPPED, {
    clock,
    consume: (chunk) => risk.assess(chunk),
    ...options.forecast,
  });
  forecast.onCycleFinished((cycle) => risk.endCycle(cycle.originStep));
  const explain = createExplainStage({
    fleet,
    forecast,
    risk,
    clock,
    config: explainConfig(options.config),
    registry,
    // To load the gradient graph takes seconds.
    ...(options.withGradients === true ? {} : { gradients: new GradientHost(() => null) }),
  });
  const app = fastify();
  addErrorHandlers(Object.assign(app, { rateLimit: () => async () => undefined }) as FastifyInstance);
  await app.register(explain.routes);
  // Hooks run in the order they are added: routes first, then what they use.
  t.after(async () => {
    await app.close();
    await explain.close();
    await risk.close();
  });
  await forecast.start();
  if (options.forecastFirst ?? true) await forecast.runCycle(fleet.closedStep);
  return { fleet, forecast, risk, explain, registry, app };
}
