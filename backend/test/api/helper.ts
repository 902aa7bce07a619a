/** One way to build the API for a test: real server, real keys, fake stages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { type ApiConfig, apiConfigSchema } from '../../src/api/config.ts';
import { createKey, KeyStore } from '../../src/api/keys.ts';
import { registerApiRoutes } from '../../src/api/routes.ts';
import { buildServer } from '../../src/api/server.ts';
import type { ApiSources } from '../../src/api/sources.ts';
import { NO_HOLIDAYS } from '../../src/catalog/holidays.ts';
import { TARGET_LIST } from '../../src/catalog/targets.ts';
import type { Clock } from '../../src/catalog/time.ts';
import {
  CLOSED_STEP,
  type FakeServer,
  fakeFleet,
  fakeForecast,
  fakeReport,
  fakeRisk,
  NOW_MS,
} from './fakes.ts';

export const silent = pino({ level: 'silent' });

/** The API's configuration with its defaults. */
export function apiConfig(changes: object = {}): ApiConfig {
  return Value.Parse(apiConfigSchema, Value.Default(apiConfigSchema, structuredClone(changes)));
}

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'argus-api-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that a test moves. */
export class HandClock implements Clock {
  #ms = NOW_MS;
  now(): number {
    return this.#ms;
  }
  advance(ms: number): void {
    this.#ms += ms;
  }
}

export function fakeSources(servers: readonly FakeServer[], changes: Partial<ApiSources> = {}): ApiSources {
  return {
    clock: new HandClock(),
    fleet: fakeFleet(servers),
    forecast: fakeForecast(servers),
    risk: fakeRisk(servers),
    report: fakeReport(),
    holidays: NO_HOLIDAYS,
    annotations: {
      muteOf: () => null,
      verdicts: (days) => ({
        days,
        counts: { true: 0, false: 0, expected: 0, maintenance: 0 },
        precision: null,
      }),
    },
    version: '1.2.3',
    startedAtMs: NOW_MS - 90_000,
    model: () => ({
      loaded: true,
      id: 'tft-1',
      path: '/srv/argus/models/tft-1',
      provider: 'cpu',
      problem: null,
    }),
    lastCycle: () => ({
      originStep: CLOSED_STEP,
      finishedAtMs: NOW_MS,
      durationSeconds: 0.5,
      servers: servers.length,
    }),
    journal: () => ({ healthy: true, problem: null }),
    thresholds: (_server, target) => TARGET_LIST[target].thresholds,
    ...changes,
  };
}

export interface AppOptions {
  readonly servers?: readonly FakeServer[];
  readonly config?: object;
  readonly sources?: Partial<ApiSources>;
  /** Scopes of the key to make; left out: no key exists. */
  readonly scopes?: readonly string[];
  /** Registers further routes. */
  readonly routes?: (app: FastifyInstance) => void;
}

export interface App {
  readonly app: FastifyInstance;
  readonly registry: Registry;
  readonly keys: KeyStore;
  /** Headers that carry the key, where one was made. */
  readonly headers: Readonly<Record<string, string>>;
}

const SOME_SERVERS: readonly FakeServer[] = [
  {
    name: 'ppdb001',
    profile: 'database',
    score: 91.25,
    breaches: [{ target: 0, threshold: 'critical', seconds: 2700, value: 95 }],
  },
  { name: 'ppapi001', profile: 'web_api', score: 12.5, mode: 'baseline' },
  { name: 'newcomer' },
];

/** Builds the API ready for inject; it is closed after the test. */
export async function buildApp(t: TestContext, options: AppOptions = {}): Promise<App> {
  const keysFile = join(temporaryFolder(t), 'keys.json');
  const clock = new HandClock();
  const made =
    options.scopes === undefined ? undefined : await createKey(keysFile, 'test', options.scopes, clock);
  const registry = new Registry();
  const keys = new KeyStore(keysFile, clock, silent);
  const app = await buildServer({
    config: apiConfig(options.config),
    keys,
    logger: silent,
    registry,
    version: '1.2.3',
  });
  t.after(() => app.close());
  await registerApiRoutes(app, fakeSources(options.servers ?? SOME_SERVERS, options.sources));
  options.routes?.(app);
  await app.ready();
  return { app, registry, keys, headers: made === undefined ? {} : { 'x-api-key': made.key } };
}
