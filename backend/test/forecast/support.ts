/** What the tests of the forecast stage share: a fake fleet, and bundles over the fixture graph. */

import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { CALENDAR_COUNT, CALENDAR_FEATURES, PATCH_COUNT } from '../../src/catalog/calendar.ts';
import { METRIC_COUNT, METRICS } from '../../src/catalog/metrics.ts';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { QUANTILE_COUNT, QUANTILES, TARGET_COUNT, TARGET_LIST, TARGETS } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import type { FleetView, Server } from '../../src/fleet/types.ts';
import { FORECAST_SIZE, WINDOW_SIZE } from '../../src/forecast/batch.ts';
import { MANIFEST_CHECKSUM_FILE, MANIFEST_FILE, manifestChecksum } from '../../src/forecast/bundle.ts';
import { type ForecastConfig, ForecastConfigSchema } from '../../src/forecast/config.ts';
import { encodeGolden, type Golden } from '../../src/forecast/golden.ts';
import type { Manifest } from '../../src/forecast/manifest.ts';
import type { ForecastLogger } from '../../src/forecast/model.ts';
import {
  createForecastStage,
  type ForecastStage,
  type ForecastStageOptions,
} from '../../src/forecast/stage.ts';

export const WARMUP_STEPS = 48;
const GOLDEN_COUNT = 2;
const FIXTURE_GRAPH = new URL('./fixtures/forecast.onnx', import.meta.url);

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'argus-forecast-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface FakeServer extends Server {
  stale: boolean;
  /** Measured steps, counted back from the closed one. */
  measured: number;
}

/** A fleet whose windows follow a formula: metric m of server s in step t is value(s, m, t). */
export class FakeFleet implements FleetView {
  closedStep: number;
  value: (server: number, metric: number, step: number) => number = (server, metric) => server + metric;
  readonly #servers = new Map<number, FakeServer>();
  readonly #stepListeners = new Set<(step: number) => void>();
  readonly #leaveListeners = new Set<(server: Server) => void>();

  constructor(closedStep = 5_000_000) {
    this.closedStep = closedStep;
  }

  add(index: number, properties: Partial<FakeServer> = {}): FakeServer {
    const server: FakeServer = {
      index,
      name: `server-${index}`,
      profile: index % PROFILES.length,
      timeZone: 'UTC',
      attributes: new Map(),
      firstSeenMs: 0,
      lastSeenMs: 0,
      stale: false,
      measured: WINDOW_STEPS,
      ...properties,
    };
    this.#servers.set(index, server);
    return server;
  }

  leave(index: number): void {
    const server = this.#of(index);
    this.#servers.delete(index);
    for (const listener of this.#leaveListeners) listener(server);
  }

  closeStep(step = this.closedStep + 1): void {
    this.closedStep = step;
    for (const listener of this.#stepListeners) listener(step);
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  servers(): Iterable<Server> {
    return this.#servers.values();
  }

  byName(name: string): Server | undefined {
    return [...this.#servers.values()].find((server) => server.name === name);
  }

  byIndex(index: number): Server | undefined {
    return this.#servers.get(index);
  }

  copyWindow(index: number, lastStep: number, out: Float32Array, offset: number): void {
    const { measured } = this.#of(index);
    for (let row = 0; row < WINDOW_STEPS; row++) {
      const step = lastStep - WINDOW_STEPS + 1 + row;
      const isMeasured = step > this.closedStep - measured;
      for (let metric = 0; metric < METRIC_COUNT; metric++) {
        out[offset + row * METRIC_COUNT + metric] = isMeasured ? this.value(index, metric, step) : Number.NaN;
      }
    }
  }

  measuredSteps(index: number, lastStep: number): number {
    return Math.max(0, this.#of(index).measured - (this.closedStep - lastStep));
  }

  isWarm(index: number, lastStep: number): boolean {
    return this.measuredSteps(index, lastStep) >= WARMUP_STEPS;
  }

  isStale(index: number): boolean {
    return this.#of(index).stale;
  }

  onStepClosed(listener: (step: number) => void): () => void {
    this.#stepListeners.add(listener);
    return () => this.#stepListeners.delete(listener);
  }

  onServerLeft(listener: (server: Server) => void): () => void {
    this.#leaveListeners.add(listener);
    return () => this.#leaveListeners.delete(listener);
  }

  #of(index: number): FakeServer {
    const server = this.#servers.get(index);
    // The real fleet refuses slots that belong to nobody as well.
    if (server === undefined) throw new RangeError(`slot ${index} belongs to no server`);
    return server;
  }
}

/** The fixture graph's parameters; see fixtures/make_fixture.py. */
export interface FixtureWeights {
  /** Added to every target, or to each its own. */
  readonly bias?: number | readonly number[];
  /** Added per quantile position from the median and horizon step. */
  readonly spread?: number;
  /** Multiplied with the mean of the calendar, the profile and the server's bucket. */
  readonly scales?: readonly [number, number, number];
}

function biasesOf(bias: number | readonly number[]): Float32Array {
  return typeof bias === 'number' ? new Float32Array(TARGET_COUNT).fill(bias) : Float32Array.from(bias);
}

function weightsOf({ bias = 0, spread = 0.01, scales = [0, 0, 0] }: FixtureWeights): Float32Array {
  const select = new Float32Array(METRIC_COUNT * TARGET_COUNT);
  for (const [target, { metric }] of TARGET_LIST.entries()) select[metric * TARGET_COUNT + target] = 1;
  const biases = biasesOf(bias);
  const spreads = Float32Array.from(QUANTILES, (_, q) => spread * (q - (QUANTILE_COUNT - 1) / 2));
  return Float32Array.from([...select, ...biases, ...spreads, ...scales]);
}

/** What the fixture graph gives for one target, computed by hand. */
export function expectedQuantile(level: number, h: number, q: number, spread = 0.01): number {
  return level + spread * (q - (QUANTILE_COUNT - 1) / 2) * (h + 1);
}

function goldenOf({ bias = 0, spread = 0.01 }: FixtureWeights): Golden {
  const window = Float32Array.from({ length: GOLDEN_COUNT * WINDOW_SIZE }, (_, i) => i % METRIC_COUNT);
  const biases = biasesOf(bias);
  const quantiles = Float32Array.from({ length: GOLDEN_COUNT * FORECAST_SIZE }, (_, i) => {
    const target = Math.floor(i / (HORIZON_STEPS * QUANTILE_COUNT)) % TARGET_COUNT;
    const h = Math.floor(i / QUANTILE_COUNT) % HORIZON_STEPS;
    return expectedQuantile(TARGET_LIST[target].metric + biases[target], h, i % QUANTILE_COUNT, spread);
  });
  return {
    count: GOLDEN_COUNT,
    window,
    calendar: new Float32Array(GOLDEN_COUNT * PATCH_COUNT * CALENDAR_COUNT),
    profile: new Int32Array(GOLDEN_COUNT),
    server: new Int32Array(GOLDEN_COUNT),
    quantiles,
  };
}

export function manifestOf(id: string): Manifest {
  return {
    format: 1,
    id,
    created: '2026-01-01T00:00:00Z',
    architecture: {
      name: 'fixture',
      hidden: 1,
      heads: 1,
      lstm_layers: 1,
      patch_steps: 8,
      dropout: 0,
      parameter_count: 147,
    },
    window_steps: 288,
    context_steps: 96,
    horizon_steps: 96,
    step_seconds: 300,
    metrics: METRICS.map(({ name }) => name),
    targets: TARGETS.map(({ name }) => name),
    quantiles: [...QUANTILES],
    profiles: PROFILES.map(({ name }) => name),
    server_hash: { algorithm: 'fnv1a32', seed: 7, buckets: 256 },
    calendar: [...CALENDAR_FEATURES],
    inputs: [],
    outputs: [],
    minimum_onnxruntime: '1.22.0',
    parameters: [],
    training: { batch: 1, noise_columns: 0, weight_decay: 0, clip_norm: 1 },
    golden: { absolute_tolerance: 1e-4, relative_tolerance: 1e-4 },
    files: {},
    scores: {},
  };
}

/** Writes a manifest with the checksums of what lies in the folder now. */
export async function seal(folder: string, manifest: Manifest): Promise<void> {
  const files: Manifest['files'] = {};
  for (const name of await readdir(folder)) {
    if (name === MANIFEST_FILE || name === MANIFEST_CHECKSUM_FILE) continue;
    const bytes = await readFile(join(folder, name));
    files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }
  const bytes = Buffer.from(JSON.stringify({ ...manifest, files }));
  await writeFile(join(folder, MANIFEST_FILE), bytes);
  await writeFile(join(folder, MANIFEST_CHECKSUM_FILE), manifestChecksum(bytes));
}

/** Writes a bundle over the fixture graph. Golden forecasts are only right with scales of 0. */
export async function writeBundle(
  folder: string,
  weights: FixtureWeights = {},
  manifest: Manifest = manifestOf('fixture'),
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await copyFile(FIXTURE_GRAPH, join(folder, 'forecast.onnx'));
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightsOf(weights).buffer));
  await writeFile(join(folder, 'golden.bin'), encodeGolden(goldenOf(weights)));
  await seal(folder, manifest);
  return folder;
}

/** Makes workers of which so many die under a run. */
export function dyingWorkers(deaths: number): () => Worker {
  const left = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(deaths);
  return () => new Worker(new URL('./failingWorker.ts', import.meta.url), { workerData: left.buffer });
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: unknown;
}

/** A logger that keeps its lines. */
export function keepingLogger(): { readonly logger: ForecastLogger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const keep =
    (level: LogLine['level']) =>
    (fields: unknown, message?: string): void => {
      lines.push({ level, message: message ?? String(fields), fields });
    };
  return { logger: { info: keep('info'), warn: keep('warn'), error: keep('error') }, lines };
}

export const NO_HARDWARE = { nvidia: false, graphics: false } as const;

/** Settings with their defaults, two workers and small chunks. */
export function configOf(settings: Partial<ForecastConfig> = {}): ForecastConfig {
  const defaults = Value.Default(ForecastConfigSchema, {}) as ForecastConfig;
  return { ...defaults, workers: 2, chunkServers: 8, ...settings };
}

/** Builds a stage that is stopped after the test; without a logger of its own, an error it logs fails the test. */
export function buildStage(
  t: TestContext,
  fleet: FleetView,
  modelFolder: string,
  options: Partial<ForecastStageOptions> = {},
): ForecastStage {
  const { logger, lines } = keepingLogger();
  const stage = createForecastStage({
    fleet,
    clock: { now: () => 1_700_000_000_000 },
    config: configOf(),
    registry: new Registry(),
    logger,
    modelFolders: [modelFolder],
    warmupSteps: WARMUP_STEPS,
    consume: () => undefined,
    hardware: NO_HARDWARE,
    ...options,
  });
  t.after(async () => {
    await stage.stop();
    const errors = lines.filter(({ level }) => level === 'error');
    if (errors.length > 0) throw new Error(`logged: ${inspect(errors, { depth: 4 })}`);
  });
  return stage;
}
