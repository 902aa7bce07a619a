/** The past of one server, forecast again where it matters and scored under several configurations. */

import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { TARGET_COUNT } from '../../catalog/targets.ts';
import { WINDOW_STEPS } from '../../catalog/time.ts';
import { createBatch, FORECAST_SIZE } from '../../forecast/batch.ts';
import { finishForecasts } from '../../forecast/finish.ts';
import type { AlertLevelSettings } from '../../risk/alertLevel.ts';
import { Assessor } from '../../risk/assessor.ts';
import { UNCALIBRATED } from '../../risk/calibration.ts';
import { minimumAlertLevel, type RiskConfig } from '../../risk/config.ts';
import { RuleBook } from '../../risk/rules.ts';
import { newestValue } from '../../risk/severity.ts';
import { listOrigins } from '../../training/backtest/origins.ts';
import { lastStepOf, type ServerSeries } from '../../training/datasets/series.ts';
import type { StepSpan } from '../../training/datasets/windows.ts';
import { type BatchForecaster, FORECAST_CHUNK } from '../../training/forecaster.ts';
import { areEnough, roomyFloors, tightFloors } from './floors.ts';
import { firstPositions, type Gap, gapsBetween, interpolate, middleOf, nearScore } from './screening.ts';
import { StoredForecasts } from './storedForecasts.ts';

const NO_FAILURES = new Map();

/** A configuration, ready to score with. */
export interface Scoring {
  readonly assessor: Assessor;
  readonly settings: AlertLevelSettings;
}

export function scoringOf(config: RiskConfig): Scoring {
  const { holdCycles, hysteresisPoints } = config.alerts;
  return {
    assessor: new Assessor(new RuleBook(config), UNCALIBRATED),
    settings: { holdCycles, hysteresisPoints, minimumLevel: minimumAlertLevel(config) },
  };
}

/** Scores of one server under each configuration. */
export interface ServerScores {
  /** Steps from which the running backend would have forecast. */
  readonly origins: Int32Array;
  /** [configuration][origin]: risk scores; those of origins that were not forecast lie between their neighbours'. */
  readonly scores: readonly Float64Array[];
  readonly forecasts: StoredForecasts;
  /** Runs of the network. */
  readonly made: number;
  /** Forecasts that were there. */
  readonly cached: number;
}

export interface PassOptions {
  /** Steps that may be origins; both inclusive. */
  readonly span: StepSpan;
  readonly known: StoredForecasts | null;
  /** Forecasts every step; for tests of what screening leaves out. */
  readonly everyStep?: boolean;
}

export class ServerPass {
  readonly #open: () => Promise<BatchForecaster>;
  readonly #scorings: readonly Scoring[];
  readonly #finishing = createBatch(FORECAST_CHUNK);
  readonly #quantiles = new Float32Array(FORECAST_SIZE);
  readonly #current = new Float64Array(TARGET_COUNT);

  #forecaster: BatchForecaster | null = null;

  /** @param open called once there is something to forecast: loading a model takes longer than many an evaluation */
  constructor(open: () => Promise<BatchForecaster>, scorings: readonly Scoring[]) {
    this.#open = open;
    this.#scorings = scorings;
  }

  async run(series: ServerSeries, { span, known, everyStep = false }: PassOptions): Promise<ServerScores> {
    const range = { first: span.first, last: Math.min(span.last, lastStepOf(series)) };
    const origins = listOrigins([series], range, 1, NO_FAILURES).steps;
    const rules = this.#scorings.map(({ assessor }) => assessor.rulesOf(series));
    const isUsable = known !== null && areEnough(known.floors, rules);
    const forecasts = isUsable ? known : new StoredForecasts(roomyFloors(rules));
    const scores = this.#scorings.map(() => new Float64Array(origins.length).fill(Number.NaN));
    const work = { series, origins, scores, forecasts, needed: tightFloors(rules) };
    let made = 0;
    const visit = async (positions: readonly number[]): Promise<void> => {
      made += await this.#forecast(work, positions);
      for (const position of positions) this.#score(work, position);
    };
    const begin = everyStep ? [...origins.keys()] : firstPositions(series, origins, rules);
    await visit(begin);
    let gaps = this.#near(gapsBetween(begin), work);
    while (gaps.length > 0) {
      await visit(gaps.map(middleOf));
      const halves = gaps.flatMap((gap) => gapsBetween([gap.from, middleOf(gap), gap.to]));
      gaps = this.#near(halves, work);
    }
    const run =
      scores.length === 0 ? 0 : scores[0].reduce((sum, score) => sum + (Number.isNaN(score) ? 0 : 1), 0);
    for (const column of scores) interpolate(column);
    return { origins, scores, forecasts, made, cached: run - made };
  }

  /** The target a score comes from; for origins that were forecast. -1 for others, and where there is none. */
  causeOf(series: ServerSeries, forecasts: StoredForecasts, originStep: number, scoring: number): number {
    const { assessor } = this.#scorings[scoring];
    const needed = tightFloors([assessor.rulesOf(series)]);
    if (!forecasts.has(originStep) || !forecasts.read(originStep, this.#quantiles, needed)) return -1;
    return assessor.causeTarget(series, this.#quantiles, 0, series.values, windowOffset(series, originStep));
  }

  /** Gaps with steps inside, at whose ends a score is near a level under any configuration. */
  #near(gaps: readonly Gap[], { scores }: Pick<Work, 'scores'>): readonly Gap[] {
    return gaps.filter(({ from, to }) => {
      if (to - from < 2) return false;
      return this.#scorings.some(
        ({ settings }, i) => Math.max(scores[i][from], scores[i][to]) >= nearScore(settings),
      );
    });
  }

  /** Runs the network where there is no forecast yet. @returns runs */
  async #forecast({ series, origins, forecasts }: Work, positions: readonly number[]): Promise<number> {
    const missing = positions.map((position) => origins[position]).filter((step) => !forecasts.has(step));
    if (missing.length === 0) return 0;
    this.#forecaster ??= await this.#open();
    const samples = missing.map((originStep) => ({ series, originStep }));
    await this.#forecaster.forecast(samples, (first, batch, quantiles) => {
      finishForecasts({ ...this.#finishing, window: batch.window, quantiles }, batch.count);
      for (let i = 0; i < batch.count; i++) {
        const originStep = missing[first + i];
        const offset = windowOffset(series, originStep);
        for (let target = 0; target < TARGET_COUNT; target++) {
          this.#current[target] = newestValue(target, series.values, offset);
        }
        forecasts.add(originStep, quantiles, i * FORECAST_SIZE, this.#current);
      }
    });
    return missing.length;
  }

  #score({ series, origins, scores, forecasts, needed }: Work, position: number): void {
    const originStep = origins[position];
    const isKept = forecasts.read(originStep, this.#quantiles, needed);
    const offset = windowOffset(series, originStep);
    this.#scorings.forEach(({ assessor }, i) => {
      scores[i][position] = isKept ? assessor.score(series, this.#quantiles, 0, series.values, offset) : 0;
    });
  }
}

interface Work {
  readonly series: ServerSeries;
  readonly origins: Int32Array;
  readonly scores: readonly Float64Array[];
  readonly forecasts: StoredForecasts;
  /** Below which a forecast is of no account, by target. */
  readonly needed: Float64Array;
}

/** The window of an origin lies in the series as it is. */
function windowOffset(series: ServerSeries, originStep: number): number {
  return (originStep - WINDOW_STEPS + 1 - series.firstStep) * METRIC_COUNT;
}
