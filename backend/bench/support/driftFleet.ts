/** A simulated fleet under the eyes of the drift monitor, without a network: weeks of it pass in half a minute. */
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { type ProfileName, profileIndex } from '../../src/catalog/profiles.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../../src/catalog/targets.ts';
import { HORIZON_COUNT, HORIZONS, stepOf, stepStartMs, WINDOW_STEPS } from '../../src/catalog/time.ts';
import type { FleetView, Server } from '../../src/fleet/types.ts';
import { KEEP_STEPS } from '../../src/forecast/awaited.ts';
import { FORECASTERS } from '../../src/forecast/baselines.ts';
import { meanPinball } from '../../src/forecast/scoring.ts';
import { cascadeOnsets } from '../../src/simulate/cascade.ts';
import { STEPS_PER_DAY } from '../../src/simulate/day.ts';
import { nameServer } from '../../src/simulate/names.ts';
import { SimulatedServer } from '../../src/simulate/server.ts';
import { DriftMonitor } from '../../src/watch/drift/monitor.ts';
import type { GroupState } from '../../src/watch/drift/types.ts';

/** What becomes different, and for whom. */
export const CHANGES = ['other_users', 'one_profile', 'heavier_release', 'more_traffic'] as const;
export type Change = (typeof CHANGES)[number];
const CHANGED_PROFILE: ProfileName = 'web_api';

export interface DriftFleetOptions {
  readonly servers: number;
  readonly seed: number;
  readonly days: number;
  /** Null: a quiet fleet. */
  readonly change: { readonly kind: Change; readonly day: number } | null;
  /** Servers that leave, and are followed by new ones, each day. */
  readonly replacedADay: number;
}

const START = stepOf(Date.UTC(2026, 5, 1));
const WARM_UP_STEPS = WINDOW_STEPS;
const WARM_STEPS = 48;
const WINDOW_SIZE = WINDOW_STEPS * METRIC_COUNT;
/** What is left of the last value in a forecast falls to 1/e over so many steps; the rest is the value a day before. */
const MEMORY_STEPS = 48;
/** A band is as wide as this times the mean error: P10–P90 of a normal distribution. */
const BAND = 1.6;
const FAR = 1.815;
/** Errors the width of a band comes from. */
const WIDTH_ERRORS = 60;

interface Awaited {
  readonly slot: number;
  readonly target: number;
  readonly horizon: number;
  readonly median: number;
}

export class DriftFleet {
  #monitor: DriftMonitor;
  readonly #options: DriftFleetOptions;
  readonly #simulated: SimulatedServer[];
  readonly #servers: Server[];
  readonly #firstSteps: number[];
  readonly #window: Float32Array;
  readonly #widths: Float64Array;
  readonly #awaited = new Map<number, Awaited[]>();
  readonly #losses = new Float64Array(FORECASTERS.length);
  #next: number;
  #step = START - WARM_UP_STEPS;
  #modelId = 'first';

  constructor(options: DriftFleetOptions) {
    const { servers } = options;
    this.#options = options;
    this.#simulated = [];
    this.#servers = [];
    this.#firstSteps = [];
    this.#window = new Float32Array(servers * WINDOW_SIZE).fill(Number.NaN);
    this.#widths = new Float64Array(servers * TARGET_COUNT * HORIZON_COUNT).fill(Number.NaN);
    this.#next = servers;
    for (let slot = 0; slot < servers; slot++) this.#join(slot, slot);
    this.#monitor = new DriftMonitor(this.view);
  }

  get monitor(): DriftMonitor {
    return this.#monitor;
  }

  /** The servers as other stages see them. */
  get view(): Pick<FleetView, 'byIndex' | 'byName' | 'servers' | 'serverCount'> {
    return {
      byIndex: (index) => this.#servers[index],
      byName: (name) => this.#servers.find((server) => server.name === name),
      servers: () => this.#servers,
      serverCount: this.#servers.length,
    };
  }

  /** The same fleet under a new monitor that takes what the old one kept. */
  restartedWith(restore: (fleet: DriftFleet, monitor: DriftMonitor) => void): this {
    const monitor = new DriftMonitor(this.view);
    restore(this, monitor);
    this.#monitor = monitor;
    return this;
  }

  /** Days since the start of the first whole one. */
  get day(): number {
    return (this.#step - START) / STEPS_PER_DAY;
  }

  /** From now on another model is in use. */
  takeModel(id: string): void {
    this.#modelId = id;
  }

  #join(slot: number, index: number): void {
    const { seed, days, change } = this.#options;
    const { number, name, profile } = nameServer(index);
    const changes =
      change?.kind === 'other_users' || (change?.kind === 'one_profile' && profile === CHANGED_PROFILE);
    const simulated = new SimulatedServer({
      seed,
      number,
      name,
      profile,
      firstStep: this.#step,
      cascadeOnsets: cascadeOnsets(seed, number, this.#step, START + days * STEPS_PER_DAY),
      regimeChangeStep: changes ? this.#changeStep : Number.POSITIVE_INFINITY,
    });
    this.#simulated[slot] = simulated;
    this.#firstSteps[slot] = this.#step;
    this.#servers[slot] = {
      index: slot,
      name,
      profile: profileIndex(profile),
      timeZone: simulated.traits.timeZone,
      attributes: new Map(),
      firstSeenMs: stepStartMs(this.#step),
      lastSeenMs: stepStartMs(this.#step),
    };
    this.#window.fill(Number.NaN, slot * WINDOW_SIZE, (slot + 1) * WINDOW_SIZE);
    const widths = TARGET_COUNT * HORIZON_COUNT;
    this.#widths.fill(Number.NaN, slot * widths, (slot + 1) * widths);
  }

  get #changeStep(): number {
    const { change } = this.#options;
    return change === null ? Number.POSITIVE_INFINITY : START + Math.round(change.day * STEPS_PER_DAY);
  }

  /** One step of every server, forecast by nobody. @returns the step, closed now */
  measure(): number {
    const step = this.#step++;
    for (let slot = 0; slot < this.#servers.length; slot++) this.#measure(slot, step);
    return step;
  }

  /** Copies a server's newest window. */
  copyWindow(slot: number, out: Float32Array, offset: number): void {
    out.set(this.#window.subarray(slot * WINDOW_SIZE, (slot + 1) * WINDOW_SIZE), offset);
  }

  isWarm(slot: number, step: number): boolean {
    return step - this.#firstSteps[slot] >= WARM_STEPS;
  }

  /** One step of every server, and what a cycle tells the monitor. @returns groups in which a drift was detected now */
  step(): readonly GroupState[] {
    const step = this.measure();
    const ready = this.#servers.map(({ index }) => index).filter((slot) => this.isWarm(slot, step));
    this.#settle(step);
    for (const slot of ready) if ((step + slot) % KEEP_STEPS === 0) this.#forecast(slot, step);
    this.#monitor.consume({
      originStep: step,
      count: ready.length,
      servers: Int32Array.from(ready),
      windows: this.#windowsOf(ready),
    });
    if (this.#step % STEPS_PER_DAY === 0) this.#replaceSome();
    return this.#monitor.cycleEnded(step, this.#modelId);
  }

  /** All windows where every server is ready, which is nearly always. */
  #windowsOf(ready: readonly number[]): Float32Array {
    if (ready.length === this.#servers.length) return this.#window;
    const windows = new Float32Array(ready.length * WINDOW_SIZE);
    for (const [row, slot] of ready.entries()) {
      windows.set(this.#window.subarray(slot * WINDOW_SIZE, (slot + 1) * WINDOW_SIZE), row * WINDOW_SIZE);
    }
    return windows;
  }

  #replaceSome(): void {
    for (let i = 0; i < this.#options.replacedADay; i++) {
      const slot = (this.#next * 7) % this.#servers.length;
      this.#monitor.forget(slot);
      for (const list of this.#awaited.values()) {
        for (let at = list.length - 1; at >= 0; at--) if (list[at].slot === slot) list.splice(at, 1);
      }
      this.#join(slot, this.#next++);
    }
  }

  #measure(slot: number, step: number): void {
    const from = slot * WINDOW_SIZE;
    const newest = from + WINDOW_SIZE - METRIC_COUNT;
    const simulated = this.#simulated[slot];
    const { measured } = simulated.step(step);
    this.#window.copyWithin(from, from + METRIC_COUNT, from + WINDOW_SIZE);
    if (!measured) {
      this.#window.fill(Number.NaN, newest, newest + METRIC_COUNT);
      return;
    }
    this.#window.set(simulated.row, newest);
    if (step >= this.#changeStep) this.#change(newest);
  }

  /** Changes that the generator does not know. */
  #change(row: number): void {
    const values = this.#window;
    if (this.#options.change?.kind === 'heavier_release') {
      values[row + METRIC.memUsed] = Math.min(99, values[row + METRIC.memUsed] + 10);
      this.#busier(row, 1.3);
    } else if (this.#options.change?.kind === 'more_traffic') {
      for (const metric of [METRIC.netIn, METRIC.netOut, METRIC.backCloseWait, METRIC.frontCloseWait])
        values[row + metric] *= 1.6;
      this.#busier(row, 1.5);
    }
  }

  #busier(row: number, factor: number): void {
    const values = this.#window;
    for (const metric of [METRIC.cpuUser, METRIC.cpuSys, METRIC.javaCpu, METRIC.loadAverage])
      values[row + metric] *= factor;
    values[row + METRIC.cpuIdle] = Math.max(0, 100 - (100 - values[row + METRIC.cpuIdle]) * factor);
  }

  /** The last value, blended with the same time yesterday: what a forecaster without a network says. */
  #forecast(slot: number, step: number): void {
    const end = (slot + 1) * WINDOW_SIZE;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const last = targetValue(TARGET_LIST[target], this.#window, end - METRIC_COUNT);
      for (const [horizon, { steps }] of HORIZONS.entries()) {
        const row = end - (WINDOW_STEPS - steps + 1) * METRIC_COUNT;
        const yesterday = targetValue(TARGET_LIST[target], this.#window, row);
        const share = Math.exp(-steps / MEMORY_STEPS);
        const median = share * last + (1 - share) * yesterday;
        if (Number.isNaN(median)) continue;
        const list = this.#awaited.get(step + steps) ?? [];
        list.push({ slot, target, horizon, median });
        this.#awaited.set(step + steps, list);
      }
    }
  }

  #settle(step: number): void {
    for (const { slot, target, horizon, median } of this.#awaited.get(step) ?? []) {
      const truth = targetValue(TARGET_LIST[target], this.#window, (slot + 1) * WINDOW_SIZE - METRIC_COUNT);
      if (Number.isNaN(truth)) continue;
      const series = (slot * TARGET_COUNT + target) * HORIZON_COUNT + horizon;
      const error = Math.abs(truth - median);
      const known = this.#widths[series];
      this.#widths[series] = Number.isNaN(known) ? error : known + (error - known) / WIDTH_ERRORS;
      if (Number.isNaN(known)) continue;
      const width = BAND * known;
      const negligible = 1e-3 * Math.max(1, Math.abs(truth));
      this.#losses[0] = meanPinball(truth, median - width, median, median + width);
      this.#monitor.addScored({
        server: slot,
        truthStep: step,
        target,
        horizon,
        losses: this.#losses,
        isCoveredRaw: error <= width,
        isCovered: error <= width,
        isFar: error > FAR * width + negligible,
        winkler: 0,
        negligible,
      });
    }
    this.#awaited.delete(step);
  }
}
