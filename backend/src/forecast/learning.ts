/** What is learned from forecasts once their truth has come: how wide bands are to be, and who forecasts best. */

import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZON_COUNT, HORIZON_STEPS, HORIZONS, WINDOW_STEPS } from '../catalog/time.ts';
import { AWAITED_FIELDS, AwaitedForecasts, type DueForecast, SEASONAL } from './awaited.ts';
import { seriesOf } from './baselineForecast.ts';
import { BASELINES, FORECASTERS, POINT_FORECASTS } from './baselines.ts';
import { isStretch, leastWidth, STRETCH_SIZE } from './conformal.ts';
import { ConformalState } from './conformalState.ts';
import { BAND_FIELDS, HINDSIGHT_SIZE, Hindsight } from './hindsight.ts';
import { type FallbackSettings, RIVALS_SIZE, Rivals, type TargetReport } from './rivals.ts';
import { HIGH, LOW, MEDIAN, RAW_HIGH, RAW_LOW } from './scored.ts';
import { meanPinball, winkler } from './scoring.ts';

/** One target's forecast whose truth has come. The object is used again after the listener returned. */
export interface ScoredForecast {
  /** Slot in the fleet. */
  readonly server: number;
  readonly truthStep: number;
  /** Position in TARGETS. */
  readonly target: number;
  /** Position in HORIZONS. */
  readonly horizon: number;
  /** Mean pinball loss of P10, P50 and P90 by FORECASTERS; the network's is that of its corrected bands. */
  readonly losses: Float64Array;
  readonly isCoveredRaw: boolean;
  readonly isCovered: boolean;
  /** Outside P1–P99, as far as these can be told from the corrected band. */
  readonly isFar: boolean;
  readonly winkler: number;
  /** Loss too small for a difference to matter. */
  readonly negligible: number;
}

export type ScoreListener = (scored: ScoredForecast) => void;

/** What may be kept of a server across a restart. */
export interface LearnedState {
  /** Model whose forecasts were scored; null before one was loaded. */
  readonly modelId: string | null;
  /** Numbers of one server. */
  readonly size: number;
  copy(server: number, out: Float32Array, offset: number): void;
  /** Takes what was learned of that model's forecasts; if another is loaded, its scores and choices do not count. */
  expectModel(modelId: string | null): void;
  /** @returns false, with nothing taken, where the numbers cannot be what copy() gave */
  restore(server: number, numbers: Float32Array): boolean;
}

export interface LearningOptions {
  readonly adaptiveBands: boolean;
  readonly fallback: FallbackSettings;
  readonly onScored?: ScoreListener;
  /** Told of each change of forecaster. */
  readonly onChanged?: (target: number) => void;
}

/** How many times as far from the median of a normal distribution its P99 lies as its P90. */
const FAR_STRETCH = 2.3263 / 1.2816;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class Learning implements LearnedState {
  readonly #options: LearningOptions;
  readonly #awaited = new AwaitedForecasts();
  readonly #conformal = new ConformalState();
  readonly #rivals: Rivals;
  readonly #hindsight = new Hindsight();
  readonly #bands = new Float64Array(HINDSIGHT_SIZE);
  readonly #series = new Float64Array(WINDOW_STEPS);
  readonly #point = new Float64Array(HORIZON_STEPS);
  readonly #seasonal = new Float64Array(TARGET_COUNT * HORIZON_COUNT);
  readonly #score: Writable<ScoredForecast> = {
    server: 0,
    truthStep: 0,
    target: 0,
    horizon: 0,
    losses: new Float64Array(FORECASTERS.length),
    isCoveredRaw: false,
    isCovered: false,
    isFar: false,
    winkler: 0,
    negligible: 0,
  };
  #modelId: string | null = null;

  readonly size = STRETCH_SIZE + RIVALS_SIZE;

  constructor(options: LearningOptions) {
    this.#options = options;
    this.#rivals = new Rivals(options.fallback);
  }

  get modelId(): string | null {
    return this.#modelId;
  }

  /** How much a server's bands are stretched, [STRETCH_SIZE]. */
  stretchOf(server: number): Float32Array {
    return this.#conformal.stretchOf(server);
  }

  /** Writes who forecasts a server's targets, as positions in FORECASTERS. */
  copyChoices(server: number, out: Uint8Array, offset: number): void {
    this.#rivals.copyChoices(server, out, offset);
  }

  reportOf(server: number, target: number): TargetReport {
    return this.#rivals.reportOf(server, target);
  }

  /**
   * Scores the forecasts whose truth is in the window.
   * @param originStep newest step of the window
   * @param windows [WINDOW_STEPS][METRIC_COUNT] is read from `offset`
   */
  settle(server: number, originStep: number, windows: Float32Array, offset: number): void {
    const due = this.#awaited.due(server, originStep);
    if (due.length === 0) return;
    if (this.#options.adaptiveBands) {
      for (const forecast of due) {
        const row = WINDOW_STEPS - 1 - (originStep - forecast.truthStep);
        this.#conformal.score(server, forecast, windows, offset + row * METRIC_COUNT);
      }
    }
    const networks = due.filter(({ isNetwork }) => isNetwork);
    if (networks.length > 0) this.#compare(server, originStep, networks, windows, offset);
  }

  #compare(
    server: number,
    originStep: number,
    due: readonly DueForecast[],
    windows: Float32Array,
    offset: number,
  ): void {
    this.#rivals.fade(server, originStep);
    this.#score.server = server;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const series = seriesOf(target, windows, offset, this.#series);
      this.#hindsight.take(series);
      let scored = 0;
      for (const forecast of due) {
        const row = WINDOW_STEPS - 1 - (originStep - forecast.truthStep);
        if (!this.#scoreTarget(target, forecast, series[row], row)) continue;
        this.#rivals.add(server, target, this.#score);
        this.#options.onScored?.(this.#score);
        scored++;
      }
      if (scored > 0 && this.#rivals.choose(server, target, originStep)) this.#options.onChanged?.(target);
    }
  }

  /** @returns false where a side of the comparison is missing: that changes nothing */
  #scoreTarget(
    target: number,
    { horizon, truthStep, fields }: DueForecast,
    truth: number,
    row: number,
  ): boolean {
    const from = target * AWAITED_FIELDS;
    const median = fields[from + MEDIAN];
    if (Number.isNaN(truth) || Number.isNaN(median)) return false;
    const { steps } = HORIZONS[horizon];
    const { max } = TARGET_LIST[target];
    const bands = this.#bands;
    if (!this.#hindsight.bands(row - steps, steps, fields[from + SEASONAL], max, bands)) return false;
    const score = this.#score;
    const low = fields[from + LOW];
    const high = fields[from + HIGH];
    score.losses[0] = meanPinball(truth, low, median, high);
    for (let baseline = 0; baseline < BASELINES.length; baseline++) {
      const at = baseline * BAND_FIELDS;
      score.losses[baseline + 1] = meanPinball(truth, bands[at], bands[at + 1], bands[at + 2]);
    }
    score.target = target;
    score.horizon = horizon;
    score.truthStep = truthStep;
    score.negligible = leastWidth(truth);
    score.isCoveredRaw = isWithin(truth, fields[from + RAW_LOW], fields[from + RAW_HIGH]);
    score.isCovered = isWithin(truth, low, high);
    score.isFar = !isWithin(
      truth,
      median - FAR_STRETCH * (median - low),
      median + FAR_STRETCH * (high - median),
    );
    score.winkler = winkler(truth, low, high);
    return true;
  }

  /**
   * Keeps a forecast until its truth comes, in the server's turn.
   * @param isNetwork false where baselines had to stand in for it
   * @param scored [SCORED_SIZE] is read from `scoredOffset`
   * @param windows the window it was made from is read from `windowsOffset`
   */
  keep(
    server: number,
    originStep: number,
    isNetwork: boolean,
    scored: Float32Array,
    scoredOffset: number,
    windows: Float32Array,
    windowsOffset: number,
  ): void {
    if (!this.#awaited.isTurn(server, originStep)) return;
    for (let target = 0; target < TARGET_COUNT; target++) {
      const series = seriesOf(target, windows, windowsOffset, this.#series);
      const isKnown = POINT_FORECASTS.seasonal(series, WINDOW_STEPS - 1, this.#point);
      for (const [horizon, { steps }] of HORIZONS.entries()) {
        this.#seasonal[target * HORIZON_COUNT + horizon] = isKnown ? this.#point[steps - 1] : Number.NaN;
      }
    }
    this.#awaited.keep(server, originStep, isNetwork, scored, scoredOffset, this.#seasonal);
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.#awaited.forget(server);
    this.#conformal.forget(server);
    this.#rivals.forget(server);
  }

  /** Begins anew where the network is another one: what was scored says nothing about it. */
  modelLoaded(modelId: string): void {
    if (this.#modelId !== null && this.#modelId !== modelId) {
      this.#awaited.clear();
      this.#rivals.clear();
    }
    this.#modelId = modelId;
  }

  expectModel(modelId: string | null): void {
    this.#modelId = modelId;
  }

  copy(server: number, out: Float32Array, offset: number): void {
    out.set(this.#conformal.stretchOf(server), offset);
    out.set(this.#rivals.recordOf(server), offset + STRETCH_SIZE);
  }

  restore(server: number, numbers: Float32Array): boolean {
    const stretch = numbers.subarray(0, STRETCH_SIZE);
    if (!isStretch(stretch) || !this.#rivals.restore(server, numbers.subarray(STRETCH_SIZE))) return false;
    this.#conformal.stretchOf(server).set(stretch);
    return true;
  }
}

function isWithin(value: number, low: number, high: number): boolean {
  // The forecast is kept in 32 bits; in its last digits a truth on the edge is no miss.
  const rounding = leastWidth(value) / 1000;
  return value >= low - rounding && value <= high + rounding;
}
