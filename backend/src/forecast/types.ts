import type { ServerMode } from '../catalog/levels.ts';
import type { Forecaster } from './baselines.ts';

/** Forecasts of a few servers, as they are served. The arrays are reused after the consumer returned. */
export interface ForecastChunk {
  /** Newest closed step the forecasts start from; horizon position h is step originStep + 1 + h. */
  readonly originStep: number;
  readonly count: number;
  /** Fleet slots, `count` of them. */
  readonly servers: Int32Array;
  /** Windows the forecasts were made from: [count][WINDOW_STEPS][METRIC_COUNT], NaN where not measured. */
  readonly windows: Float32Array;
  /**
   * [count][TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] in target units, not crossing, inside the target's range.
   * NaN for a target whose metric is not measured in the window.
   */
  readonly quantiles: Float32Array;
  /** Where most of each server's numbers come from. */
  readonly modes: readonly ServerMode[];
}

/** Keeps P10, P50 and P90 of the newest forecast of each server. */
export interface ForecastView {
  /** Step the newest complete cycle started from, or null before the first. */
  readonly originStep: number | null;
  /** Step this server's forecast started from, or null where it has none. */
  originOf(server: number): number | null;
  modeOf(server: number): ServerMode;
  /** Why a server has no forecast, in a sentence; null where it has one. */
  reasonWithout(server: number): string | null;
  /**
   * One band of one target: HORIZON_STEPS values, a view that must not be kept across a cycle.
   * @param band 0 = P10, 1 = P50, 2 = P90
   * @returns undefined where the target is not forecast for this server
   */
  band(server: number, target: number, band: 0 | 1 | 2): Float32Array | undefined;
  /** Where a target's forecast comes from; undefined where it is not forecast for this server. */
  forecasterOf(server: number, target: number): Forecaster | undefined;
}

/** What runs the network now, for /status and /metrics. */
export interface ModelStatus {
  readonly loaded: boolean;
  readonly id: string | null;
  readonly path: string | null;
  /** Execution provider in use: cpu, cuda, webgpu; null without a model. */
  readonly provider: string | null;
  /** Why there is no model, in a sentence with a remedy. */
  readonly problem: string | null;
}
