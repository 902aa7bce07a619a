/** Forecasts that are never served: of a server's window as it was or as it might have been. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { CALENDAR_SIZE } from '../catalog/calendar.ts';
import type { HolidayBook } from '../catalog/holidays.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { forecastTarget } from './baselineForecast.ts';
import { FORECASTERS, NETWORK } from './baselines.ts';
import { createBatch, FORECAST_SIZE, type ForecastBatch, TARGET_SIZE, WINDOW_SIZE } from './batch.ts';
import { Chunk, ChunkFiller } from './chunk.ts';
import { applyStretch, STRETCH_SIZE } from './conformal.ts';
import { ModelChangedError, ModelUnavailableError } from './errors.ts';
import type { Learning } from './learning.ts';
import type { ModelHost } from './model.ts';
import type { WorkerPool } from './pool.ts';
import type { Inspection } from './protocol.ts';
import type { ForecastView } from './types.ts';

/**
 * Windows run in one call. A cycle that starts meanwhile waits for half a call on average, so calls are short; one window
 * at a time would cost a quarter more in all.
 */
const WINDOWS_A_CALL = 4;
/** Time on the main thread before others get their turn, where baselines forecast. */
const TURN_MS = 4;

/** Everything a server's newest forecast was made from, the server's window apart. */
export interface ForecastInputs {
  readonly server: Server;
  readonly originStep: number;
  /** Model that forecasts; null where baselines do. */
  readonly modelId: string | null;
  /** [WINDOW_STEPS][METRIC_COUNT] as measured. */
  readonly window: Float32Array;
  /** [CALENDAR_SIZE] */
  readonly calendar: Float32Array;
  /** Hash bucket. */
  readonly bucket: number;
  /** [STRETCH_SIZE] */
  readonly stretch: Float32Array;
  /** [TARGET_COUNT], positions in FORECASTERS: who forecast each target. */
  readonly forecasters: Uint8Array;
}

/** Windows to forecast from, one after the other. */
export interface Variants {
  readonly count: number;
  /** Writes a window, [WINDOW_STEPS][METRIC_COUNT] from `offset`. */
  write(index: number, windows: Float32Array, offset: number): void;
  /** Reads a forecast and the window it was made from; both are used again when it returns. Comes in any order. */
  read(
    index: number,
    quantiles: Float32Array,
    quantilesOffset: number,
    windows: Float32Array,
    windowOffset: number,
  ): void;
}

export interface RerunDependencies {
  readonly fleet: FleetView;
  readonly pool: WorkerPool;
  readonly model: ModelHost;
  readonly view: ForecastView;
  readonly learning: Learning;
  readonly holidays: HolidayBook;
  readonly adaptiveBands: boolean;
}

/** What explanations need of the forecast stage. */
export interface ForecastReruns {
  /**
   * What a server's newest forecast was made from.
   * @returns undefined where it has no forecast
   */
  inputsOf(server: number): ForecastInputs | undefined;
  /**
   * Forecasts from other windows, as the server's own was: by the same forecasters, with the same bands, after what
   * cycles ask for.
   * @throws the signal's reason; ModelChangedError, ModelUnavailableError, PoolOverloadedError, PoolFailedError
   */
  run(inputs: ForecastInputs, variants: Variants, signal?: AbortSignal): Promise<void>;
  /**
   * Attention and variable weights on the server's own window.
   * @throws as run()
   */
  inspect(inputs: ForecastInputs): Promise<Inspection>;
}

/** Whether the network makes any of the forecasts. */
export function usesNetwork({ modelId, forecasters }: ForecastInputs): boolean {
  return modelId !== null && forecasters.includes(NETWORK);
}

export class Reruns implements ForecastReruns {
  readonly #with: RerunDependencies;

  constructor(dependencies: RerunDependencies) {
    this.#with = dependencies;
  }

  inputsOf(index: number): ForecastInputs | undefined {
    const { fleet, view, model, holidays, learning, adaptiveBands } = this.#with;
    const server = fleet.byIndex(index);
    const originStep = view.originOf(index);
    if (server === undefined || originStep === null) return undefined;
    const chunk = new Chunk(1);
    const manifest = model.bundle?.manifest;
    if (!new ChunkFiller(fleet, originStep, holidays).add(chunk, server, manifest?.server_hash)) {
      return undefined;
    }
    const { window, calendar, server: buckets } = chunk.batch;
    const forecasters = Uint8Array.from(TARGET_LIST, (_, target) =>
      Math.max(NETWORK, FORECASTERS.indexOf(view.forecasterOf(index, target) ?? 'model')),
    );
    return {
      server,
      originStep,
      modelId: manifest?.id ?? null,
      window,
      calendar,
      bucket: buckets[0],
      stretch: adaptiveBands ? learning.stretchOf(index).slice() : new Float32Array(STRETCH_SIZE).fill(1),
      forecasters,
    };
  }

  async run(inputs: ForecastInputs, variants: Variants, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!usesNetwork(inputs)) return runByBaselines(inputs, variants, signal);
    this.#requireModel(inputs);
    const indexes = Array.from({ length: variants.count }, (_, index) => index).values();
    // One call under way for each worker, and one that is filled meanwhile.
    const calls = Math.ceil(variants.count / WINDOWS_A_CALL);
    const lanes = Math.min(this.#with.pool.workerCount + 1, calls);
    const ended = await Promise.allSettled(
      Array.from({ length: lanes }, () => this.#lane(inputs, variants, indexes, signal)),
    );
    const failed = ended.find((lane) => lane.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#requireModel(inputs);
  }

  inspect(inputs: ForecastInputs): Promise<Inspection> {
    const batch = batchFor(inputs, 1);
    batch.window.set(inputs.window);
    return this.#with.pool.inspect(batch, 1);
  }

  async #lane(
    inputs: ForecastInputs,
    variants: Variants,
    indexes: Iterator<number>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const batch = batchFor(inputs, WINDOWS_A_CALL);
    for (;;) {
      signal?.throwIfAborted();
      const taken: number[] = [];
      while (taken.length < WINDOWS_A_CALL) {
        const next = indexes.next();
        if (next.done) break;
        variants.write(next.value, batch.window, taken.length * WINDOW_SIZE);
        taken.push(next.value);
      }
      if (taken.length === 0) return;
      await this.#with.pool.forecast(batch, taken.length, 'background');
      for (const [row, index] of taken.entries()) {
        variants.read(index, batch.quantiles, row * FORECAST_SIZE, batch.window, row * WINDOW_SIZE);
      }
    }
  }

  /** A model that was replaced meanwhile would answer half of the questions with another mind. */
  #requireModel({ modelId }: ForecastInputs): void {
    const loaded = this.#with.model.bundle?.manifest.id;
    if (loaded === undefined) throw new ModelUnavailableError('none has been loaded');
    if (loaded !== modelId) throw new ModelChangedError();
  }
}

/** A batch whose rows all belong to the same server; windows are still to be written. */
function batchFor({ server, calendar, bucket, stretch, forecasters }: ForecastInputs, count: number) {
  const batch: ForecastBatch = createBatch(count);
  batch.profile.fill(server.profile);
  batch.server.fill(bucket);
  for (let row = 0; row < count; row++) {
    batch.calendar.set(calendar, row * CALENDAR_SIZE);
    batch.stretch.set(stretch, row * STRETCH_SIZE);
    batch.forecasters.set(forecasters, row * TARGET_COUNT);
  }
  return batch;
}

/**
 * Baselines look at one metric at a time, so of many windows made from the same few pieces most targets have been
 * forecast before.
 */
async function runByBaselines(
  inputs: ForecastInputs,
  variants: Variants,
  signal: AbortSignal | undefined,
): Promise<void> {
  const known = new Map<string, Float32Array>();
  const window = new Float32Array(WINDOW_SIZE);
  const quantiles = new Float32Array(FORECAST_SIZE);
  let turn = performance.now();
  for (let index = 0; index < variants.count; index++) {
    if (performance.now() - turn > TURN_MS) {
      await nextTurn();
      signal?.throwIfAborted();
      turn = performance.now();
    }
    variants.write(index, window, 0);
    for (let target = 0; target < TARGET_COUNT; target++) {
      quantiles.set(baselineOf(target, inputs, window, known), target * TARGET_SIZE);
    }
    // Where no model is loaded a cycle stretches what baselines say; see finish.ts.
    if (inputs.modelId === null) applyStretch(quantiles, 0, inputs.stretch, 0);
    variants.read(index, quantiles, 0, window, 0);
  }
}

/** A target's forecast, [TARGET_SIZE], by the baseline in use; `known` holds those made before. */
function baselineOf(
  target: number,
  { forecasters }: ForecastInputs,
  window: Float32Array,
  known: Map<string, Float32Array>,
): Float32Array {
  const key = `${target}:${columnOf(window, TARGET_LIST[target].metric)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const forecaster = FORECASTERS[forecasters[target]];
  const made = new Float32Array(TARGET_SIZE);
  // A target without a baseline in use is one that is not measured: any of them makes it NaN.
  forecastTarget(forecaster === 'model' ? 'last_value' : forecaster, target, window, 0, made, 0);
  known.set(key, made);
  return made;
}

/** The bytes of one metric's series as text: equal for equal series. */
function columnOf(window: Float32Array, metric: number): string {
  const column = new Float32Array(WINDOW_STEPS);
  for (let row = 0; row < WINDOW_STEPS; row++) column[row] = window[row * METRIC_COUNT + metric];
  return Buffer.from(column.buffer).toString('latin1');
}
