/** Replays serving over the past: forecasts from rolling origins, whose truth widens and narrows the bands that follow. */

import { P10, P50, P90, QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, stepOf } from '../../src/catalog/time.ts';
import { KEEP_STEPS } from '../../src/forecast/awaited.ts';
import { FORECAST_SIZE, TARGET_SIZE, WINDOW_SIZE } from '../../src/forecast/batch.ts';
import { applyStretch } from '../../src/forecast/conformal.ts';
import { isMeasured } from '../../src/forecast/finish.ts';
import { Learning } from '../../src/forecast/learning.ts';
import { copyCorrected, copyRaw, SCORED_SIZE } from '../../src/forecast/scored.ts';
import type { Dataset, ServerSeries } from '../../src/training/datasets/series.ts';
import { listSamples } from '../../src/training/datasets/windows.ts';
import { winklerScore } from '../../src/training/evaluation/scores.ts';
import type { BatchForecaster } from '../../src/training/forecaster.ts';
import { ACTUAL_SIZE } from '../../src/training/inputs.ts';
import { mean } from './statistics.ts';

/** Slot of the one server replayed; its turn to be kept comes at multiples of KEEP_STEPS. */
const SLOT = 0;
/** Only bands are measured here: the network's forecast is never replaced. */
const FALLBACK = { enabled: false, marginPercent: 10, minimumScored: 24, holdHours: 6 };
const GOAL = 0.8;

export interface ReplaySpan {
  /** First step forecast, from which on the bands learn. */
  readonly learnFromMs: number;
  /** Origins from here on are scored. */
  readonly scoreFromMs: number;
  /** End (exclusive) of what is forecast. */
  readonly toMs: number;
}

/** Sums of one series' band. */
export class BandSums {
  count = 0;
  covered = 0;
  /** Values on an edge of the band: what repeats itself exactly lies on it, neither in nor out. */
  onEdge = 0;
  winkler = 0;

  add(actual: number, low: number, high: number): void {
    this.count++;
    if (actual >= low && actual <= high) this.covered++;
    if (actual === low || actual === high) this.onEdge++;
    this.winkler += winklerScore(actual, low, high);
  }

  /** Distance of the covered share from 80%. */
  get error(): number {
    return Math.abs(this.covered / this.count - GOAL);
  }

  /** The same where values on the edge may count as in or out, whichever is nearer to 80%. */
  get errorWithinTies(): number {
    const most = this.covered / this.count;
    const least = (this.covered - this.onEdge) / this.count;
    return Math.max(0, GOAL - most, least - GOAL);
  }
}

/** One target of one server. */
export interface SeriesBands {
  readonly server: string;
  readonly target: number;
  readonly uncorrected: BandSums;
  readonly corrected: BandSums;
}

/** Replays every server of a data set. Nothing after an origin is read, except by the scores. */
export async function replayBands(
  data: Dataset,
  forecaster: BatchForecaster,
  span: ReplaySpan,
): Promise<readonly SeriesBands[]> {
  const bands: SeriesBands[] = [];
  for (const series of data.servers) bands.push(...(await replayServer(series, forecaster, span)));
  return bands;
}

async function replayServer(
  series: ServerSeries,
  forecaster: BatchForecaster,
  span: ReplaySpan,
): Promise<readonly SeriesBands[]> {
  const forecast = { first: stepOf(span.learnFromMs), last: stepOf(span.toMs) - 1 };
  const samples = listSamples(series, forecast, KEEP_STEPS);
  const scoredFrom = stepOf(span.scoreFromMs) - 1;
  const learning = new Learning({ adaptiveBands: true, fallback: FALLBACK });
  const scored = new Float32Array(SCORED_SIZE);
  const bands = TARGET_LIST.map((_, target) => ({
    server: series.name,
    target,
    uncorrected: new BandSums(),
    corrected: new BandSums(),
  }));
  await forecaster.forecast(samples, (first, batch, quantiles) => {
    for (let i = 0; i < batch.count; i++) {
      const { originStep } = samples[first + i];
      const start = i * FORECAST_SIZE;
      const measured = TARGET_LIST.map(({ metric }) => isMeasured(metric, batch.window, i * WINDOW_SIZE));
      measured.forEach((known, target) => {
        const from = start + target * TARGET_SIZE;
        if (!known) quantiles.fill(Number.NaN, from, from + TARGET_SIZE);
      });
      learning.settle(SLOT, originStep, batch.window, i * WINDOW_SIZE);
      copyRaw(quantiles, start, scored, 0);
      const isScored = originStep >= scoredFrom;
      const actual = batch.actual.subarray(i * ACTUAL_SIZE, (i + 1) * ACTUAL_SIZE);
      if (isScored) addBands(bands, 'uncorrected', actual, quantiles, start);
      applyStretch(quantiles, start, learning.stretchOf(SLOT), 0);
      copyCorrected(quantiles, start, scored, 0);
      if (isScored) addBands(bands, 'corrected', actual, quantiles, start);
      learning.keep(SLOT, originStep, true, scored, 0, batch.window, i * WINDOW_SIZE);
    }
  });
  return bands.filter(({ corrected }) => corrected.count > 0);
}

function addBands(
  bands: readonly SeriesBands[],
  kind: 'uncorrected' | 'corrected',
  actual: Float32Array,
  quantiles: Float32Array,
  start: number,
): void {
  for (let target = 0; target < TARGET_COUNT; target++) {
    for (let lead = 0; lead < HORIZON_STEPS; lead++) {
      const value = actual[target * HORIZON_STEPS + lead];
      const at = start + target * TARGET_SIZE + lead * QUANTILE_COUNT;
      if (Number.isNaN(value) || Number.isNaN(quantiles[at + P50])) continue;
      bands[target][kind].add(value, quantiles[at + P10], quantiles[at + P90]);
    }
  }
}

/** What the bands of some series come to. */
export interface BandSummary {
  readonly series: number;
  /** Mean over series of |share covered − 80%|, a band's edges counting as in it. */
  readonly error_uncorrected: number;
  readonly error_corrected: number;
  /** The same where values exactly on an edge count as in or out, whichever is nearer to 80%. */
  readonly error_corrected_within_ties: number;
  /** Mean over targets of the corrected bands' Winkler score as a share of the uncorrected ones'. */
  readonly winkler_ratio: number;
}

export function summarise(bands: readonly SeriesBands[]): BandSummary {
  const ratios = TARGET_LIST.flatMap((_, target) => {
    const ofTarget = bands.filter((series) => series.target === target);
    const before = ofTarget.reduce((sum, { uncorrected }) => sum + uncorrected.winkler, 0);
    const after = ofTarget.reduce((sum, { corrected }) => sum + corrected.winkler, 0);
    return before > 0 ? [after / before] : [];
  });
  return {
    series: bands.length,
    error_uncorrected: mean(bands.map(({ uncorrected }) => uncorrected.error)),
    error_corrected: mean(bands.map(({ corrected }) => corrected.error)),
    error_corrected_within_ties: mean(bands.map(({ corrected }) => corrected.errorWithinTies)),
    winkler_ratio: mean(ratios),
  };
}
