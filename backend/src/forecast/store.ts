/** The newest forecast of every server: P10, P50 and P90, and where they come from; about 10 KB a server. */

import type { ServerMode } from '../catalog/levels.ts';
import { P10, P50, P90, QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import { FORECASTERS, type Forecaster } from './baselines.ts';
import { PagedRecords } from './pages.ts';
import type { ForecastView } from './types.ts';

const BANDS = [P10, P50, P90] as const;
const MEDIAN_BAND = 1;

interface Entry {
  originStep: number | null;
  mode: 'model' | 'baseline';
  /** Newest step in which a forecast was tried and nothing was there to forecast. */
  emptyStep: number | null;
}

export class ForecastStore implements ForecastView {
  readonly #fleet: FleetView;
  readonly #warmupSteps: number;
  /** [TARGET_COUNT][P10, P50, P90][HORIZON_STEPS] a server. */
  readonly #bands = new PagedRecords(TARGET_COUNT * BANDS.length * HORIZON_STEPS, Number.NaN);
  /** Positions in FORECASTERS; NaN for a target that is not forecast. */
  readonly #forecasters = new PagedRecords(TARGET_COUNT, Number.NaN);
  readonly #entries: (Entry | undefined)[] = [];
  #originStep: number | null = null;

  /** @param warmupSteps measured steps a server needs before it is forecast; shown in reasons */
  constructor(fleet: FleetView, warmupSteps: number) {
    this.#fleet = fleet;
    this.#warmupSteps = warmupSteps;
  }

  get originStep(): number | null {
    return this.#originStep;
  }

  originOf(server: number): number | null {
    return this.#entries[server]?.originStep ?? null;
  }

  modeOf(server: number): ServerMode {
    // A server that has left is as silent as one that is about to.
    if (this.#fleet.byIndex(server) === undefined || this.#fleet.isStale(server)) return 'stale';
    const entry = this.#entries[server];
    return entry === undefined || entry.originStep === null ? 'warming_up' : entry.mode;
  }

  reasonWithout(server: number): string | null {
    if (this.#fleet.byIndex(server) === undefined) return 'This server is not known.';
    if (this.originOf(server) !== null) return null;
    if (this.#fleet.isStale(server)) {
      return 'Stale: no measurement has arrived for a while. Check that the server still sends its metrics.';
    }
    const step = this.#fleet.closedStep;
    if (!this.#fleet.isWarm(server, step)) {
      const measured = this.#fleet.measuredSteps(server, step);
      return `Warming up: ${measured} of ${this.#warmupSteps} steps of 5 minutes measured.`;
    }
    if (this.#entries[server]?.emptyStep != null) {
      return 'Nothing to forecast: none of the forecast metrics (CPU, memory, swap, disk, network, connections, load) is measured.';
    }
    return 'The first forecast is being computed.';
  }

  band(server: number, target: number, band: 0 | 1 | 2): Float32Array | undefined {
    if (this.originOf(server) === null) return undefined;
    const record = this.#bands.at(server);
    const start = target * BANDS.length * HORIZON_STEPS;
    if (Number.isNaN(record[start + MEDIAN_BAND * HORIZON_STEPS])) return undefined;
    const from = start + band * HORIZON_STEPS;
    return record.subarray(from, from + HORIZON_STEPS);
  }

  forecasterOf(server: number, target: number): Forecaster | undefined {
    if (this.originOf(server) === null) return undefined;
    const position = this.#forecasters.at(server)[target];
    return Number.isNaN(position) ? undefined : FORECASTERS[position];
  }

  /**
   * Keeps one server's forecast.
   * @param quantiles [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] is read from `offset`
   * @param forecasters [TARGET_COUNT], positions in FORECASTERS
   */
  write(
    server: number,
    originStep: number,
    mode: Entry['mode'],
    quantiles: Float32Array,
    offset: number,
    forecasters: Uint8Array,
  ): void {
    const sources = this.#forecasters.at(server);
    const record = this.#bands.at(server);
    let to = 0;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const start = offset + target * HORIZON_STEPS * QUANTILE_COUNT;
      sources[target] = Number.isNaN(quantiles[start + P50]) ? Number.NaN : forecasters[target];
      for (const quantile of BANDS) {
        for (let h = 0; h < HORIZON_STEPS; h++)
          record[to++] = quantiles[start + h * QUANTILE_COUNT + quantile];
      }
    }
    this.#entries[server] = { originStep, mode, emptyStep: null };
  }

  /** Notes that a server measures nothing that could be forecast, and drops what was forecast of it. */
  writeEmpty(server: number, originStep: number): void {
    this.#entries[server] = { originStep: null, mode: 'model', emptyStep: originStep };
  }

  /** Drops the forecast of a server that went silent or left. */
  drop(server: number): void {
    this.#entries[server] = undefined;
  }

  /** Whether a server waits for its first forecast and none was tried at this step. */
  isWaiting(server: number, step: number): boolean {
    const entry = this.#entries[server];
    if (entry === undefined) return true;
    return entry.originStep === null && (entry.emptyStep === null || entry.emptyStep < step);
  }

  /** Notes that every server has been forecast from this step. */
  complete(originStep: number): void {
    this.#originStep = originStep;
  }
}
