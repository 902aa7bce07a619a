import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { profileOf } from '../../src/catalog/profiles.ts';
import { QUANTILE_COUNT, TARGET_LIST, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import type { FleetView, Server } from '../../src/fleet/types.ts';
import type { ForecastChunk } from '../../src/forecast/types.ts';
import { SERVER_QUANTILES } from '../../src/risk/breaches.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import type { RiskLogger } from '../../src/risk/logger.ts';
import { RuleBook } from '../../src/risk/rules.ts';

/** Values of a healthy server, by target. */
export const HEALTHY_VALUES: Readonly<Record<string, number>> = {
  cpu_used_pct: 35,
  mem_used_pct: 60,
  swap_used_pct: 3,
  disk_usage_pct: 55,
  net_in_mb_s: 12,
  net_out_mb_s: 9,
  back_close_wait: 4,
  front_close_wait: 6,
  load_average: 2,
};

/** Half the distance from P10 to P90, in target units. */
const BAND = 2;

/** Median of a target at a horizon step (0-based); NaN: the target is not measured. */
export type Course = (step: number) => number;

export interface Scene {
  /** Measured values now, over HEALTHY_VALUES. */
  readonly now?: Readonly<Record<string, number>>;
  /** Forecast medians, over a flat line at the value of now. */
  readonly courses?: Readonly<Record<string, Course>>;
  readonly band?: number;
}

export const flatAt =
  (value: number): Course =>
  () =>
    value;

/** Straight line from `from` that reaches `to` at the end of horizon step `step` (1-based) and stays there. */
export const rising =
  (from: number, to: number, step: number): Course =>
  (at) =>
    from + (to - from) * Math.min(1, (at + 1) / step);

/** Fills the quantiles of one server: evenly spread around the median of each target. */
export function fillQuantiles(scene: Scene, out: Float32Array, offset: number): void {
  const band = scene.band ?? BAND;
  TARGET_LIST.forEach((target, index) => {
    const course = scene.courses?.[target.name] ?? flatAt(valueNow(scene, target.name));
    for (let step = 0; step < HORIZON_STEPS; step += 1) {
      for (let quantile = 0; quantile < QUANTILE_COUNT; quantile += 1) {
        const value = course(step) + (band * (quantile - 4)) / 4;
        out[offset + (index * HORIZON_STEPS + step) * QUANTILE_COUNT + quantile] = Math.min(
          value,
          target.max,
        );
      }
    }
  });
}

function valueNow(scene: Scene, name: string): number {
  return scene.now?.[name] ?? HEALTHY_VALUES[name];
}

/** Fills the newest rows of one server's window with the values of now. */
export function fillWindow(scene: Scene, out: Float32Array, offset: number): void {
  out.fill(Number.NaN, offset, offset + WINDOW_STEPS * METRIC_COUNT);
  const last = offset + (WINDOW_STEPS - 1) * METRIC_COUNT;
  for (const target of TARGET_LIST) {
    const value = valueNow(scene, target.name);
    out[last + target.metric] = target.derivation === 'complement' ? 100 - value : value;
  }
}

const SERVER_WINDOW = WINDOW_STEPS * METRIC_COUNT;

/** A chunk with one scene a server, in the order of slots 0, 1, …. */
export function chunkOf(originStep: number, scenes: readonly Scene[]): ForecastChunk {
  const count = scenes.length;
  const quantiles = new Float32Array(count * SERVER_QUANTILES);
  const windows = new Float32Array(count * SERVER_WINDOW);
  scenes.forEach((scene, position) => {
    fillQuantiles(scene, quantiles, position * SERVER_QUANTILES);
    fillWindow(scene, windows, position * SERVER_WINDOW);
  });
  return {
    originStep,
    count,
    servers: Int32Array.from({ length: count }, (_, slot) => slot),
    windows,
    quantiles,
    modes: scenes.map(() => 'model' as const),
  };
}

export const rulesOf = (profile: number, serverName = 'any') =>
  new RuleBook(DEFAULT_RISK_CONFIG).rulesOf(serverName, profile);

export const silentLogger: RiskLogger = { info() {}, warn() {}, error() {} };

/** A fleet of named servers in memory, with what the risk and publish stages ask of it. */
export class FakeFleet implements FleetView {
  closedStep = 0;
  readonly #servers: (Server | undefined)[];
  readonly #byName: Map<string, Server>;
  readonly #stale = new Set<number>();
  readonly #leftListeners = new Set<(server: Server) => void>();

  constructor(names: readonly string[]) {
    this.#servers = names.map((name, index) => ({
      index,
      name,
      profile: profileOf(name, undefined, []),
      timeZone: 'UTC',
      attributes: new Map(),
      firstSeenMs: 0,
      lastSeenMs: 0,
    }));
    this.#byName = new Map(
      this.#servers.flatMap((server) => (server === undefined ? [] : [[server.name, server]])),
    );
  }

  get serverCount(): number {
    return [...this.servers()].length;
  }

  servers(): Iterable<Server> {
    return this.#servers.filter((server): server is Server => server !== undefined);
  }

  byName(name: string): Server | undefined {
    return this.#byName.get(name);
  }

  byIndex(index: number): Server | undefined {
    return this.#servers[index];
  }

  isStale(server: number): boolean {
    return this.#stale.has(server);
  }

  setStale(server: number, stale: boolean): void {
    if (stale) this.#stale.add(server);
    else this.#stale.delete(server);
  }

  /** The server leaves; another may take its slot. */
  remove(index: number, successor?: string): void {
    const server = this.#servers[index];
    if (server === undefined) throw new Error(`no server in slot ${index}`);
    this.#byName.delete(server.name);
    const next = successor === undefined ? undefined : { ...server, name: successor };
    this.#servers[index] = next;
    if (next !== undefined) this.#byName.set(next.name, next);
    for (const listener of this.#leftListeners) listener(server);
  }

  onServerLeft(listener: (server: Server) => void): () => void {
    this.#leftListeners.add(listener);
    return () => this.#leftListeners.delete(listener);
  }

  onStepClosed(): () => void {
    return () => {};
  }

  copyWindow(): void {}

  measuredSteps(): number {
    return WINDOW_STEPS;
  }

  isWarm(): boolean {
    return true;
  }
}

/** Position of a target that is known to exist. */
export function target(name: string): number {
  const index = targetIndex(name);
  if (index < 0) throw new Error(`${name} is no target`);
  return index;
}
