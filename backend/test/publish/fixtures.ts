import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { ServerMode } from '../../src/catalog/levels.ts';
import { HORIZON_STEPS, systemClock } from '../../src/catalog/time.ts';
import type { Forecaster } from '../../src/forecast/baselines.ts';
import type { ForecastView } from '../../src/forecast/types.ts';
import { DEFAULT_PUBLISH_CONFIG, type PublishConfig } from '../../src/publish/config.ts';
import { createPublishStage, type PublishStage } from '../../src/publish/index.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import type { RiskEngine } from '../../src/risk/engine.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import { chunkOf, FakeFleet, type Scene, silentLogger } from '../risk/fixtures.ts';

/** Names a careless writer would let break the page or forge samples on it. */
export const HOSTILE_NAMES: readonly string[] = [
  'quote"name',
  'back\\slash',
  'ends with backslash\\',
  'line\nbreak',
  'x"} 1\nargus_risk_score{server="forged"} 100\n#',
  'carriage\rreturn',
  'tab\tand {braces} and , commas',
  'ünï-ço-dé 🟢 名前',
  'lone\uD800surrogate',
  '# HELP argus_risk_score forged',
];

/** Forecasts that rise by one a step from ten times the target's position. */
export class FakeForecast implements ForecastView {
  originStep: number | null = 100;
  readonly modes = new Map<number, ServerMode>();
  readonly missingTargets = new Set<number>();

  originOf(): number | null {
    return this.originStep;
  }

  modeOf(server: number): ServerMode {
    return this.modes.get(server) ?? 'model';
  }

  readonly forecasters = new Map<number, Forecaster>();

  forecasterOf(_server: number, target: number): Forecaster | undefined {
    return this.missingTargets.has(target) ? undefined : (this.forecasters.get(target) ?? 'model');
  }

  reasonWithout(): string | null {
    return null;
  }

  band(_server: number, target: number, band: 0 | 1 | 2): Float32Array | undefined {
    if (this.missingTargets.has(target)) return undefined;
    return Float32Array.from({ length: HORIZON_STEPS }, (_, step) => target * 10 + step + band / 4);
  }
}

export interface World {
  readonly fleet: FakeFleet;
  readonly forecast: FakeForecast;
  readonly risk: RiskEngine;
  readonly publish: PublishStage;
  readonly app: FastifyInstance;
  readonly registry: Registry;
  cycle(originStep: number, scenes: readonly Scene[]): Promise<void>;
  scrape(): Promise<string>;
  close(): Promise<void>;
}

/** A fleet with risk and publish stages behind GET /metrics. */
export async function world(names: readonly string[], config: Partial<PublishConfig> = {}): Promise<World> {
  const fleet = new FakeFleet(names);
  const forecast = new FakeForecast();
  const registry = new Registry();
  const risk = await createRiskStage({
    fleet,
    clock: systemClock,
    config: DEFAULT_RISK_CONFIG,
    dataDir: null,
    registry,
    logger: silentLogger,
    calibration: null,
  });
  const publish = createPublishStage({
    fleet,
    forecast,
    risk,
    registry,
    clock: systemClock,
    version: '0.0.0',
    config: { ...DEFAULT_PUBLISH_CONFIG, ...config },
  });
  const app = fastify();
  await app.register(publish.routes);
  return {
    fleet,
    forecast,
    risk,
    publish,
    app,
    registry,
    async cycle(originStep, scenes) {
      forecast.originStep = originStep;
      risk.assess(chunkOf(originStep, scenes));
      await risk.endCycle(originStep);
      publish.cycleEnded();
    },
    async scrape() {
      const { body } = await app.inject('/metrics');
      return body;
    },
    async close() {
      await publish.close();
      await risk.close();
      await app.close();
    },
  };
}

/** Samples of a family on a page: `{labels} value`. */
export function samplesOf(page: string, family: string): readonly string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
    .map((line) => line.slice(family.length));
}

/** Whether a program of Debian's prometheus package is there. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

/** Ends a child that this test started and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
