import { createBatch, FORECAST_SIZE, WINDOW_SIZE } from '../../forecast/batch.ts';
import { finishForecasts } from '../../forecast/finish.ts';
import { Assessor, severityBlock } from '../../risk/assessor.ts';
import { readCalibration, UNCALIBRATED } from '../../risk/calibration.ts';
import { DEFAULT_RISK_CONFIG } from '../../risk/config.ts';
import { RuleBook } from '../../risk/rules.ts';
import type { ServerSeries } from '../datasets/series.ts';
import type { Sample } from '../datasets/windows.ts';
import { BatchForecaster } from '../forecaster.ts';
import type { NetworkBatch } from '../inputs.ts';
import type { OriginTable } from './origins.ts';
import type { Scorer } from './scorers/scorer.ts';

/** More than BatchForecaster forecasts at once. */
const LARGEST_CHUNK = 32;

/** Forecasts and assesses as the running backend does, under the default rules, and hands the outcome to scorers. */
export class OriginScorer {
  readonly #forecaster: BatchForecaster;
  readonly #assessor: Assessor;
  readonly #rules = new RuleBook(DEFAULT_RISK_CONFIG);
  readonly #finishing = createBatch(LARGEST_CHUNK);
  readonly #severities = severityBlock(1)(0);
  /** False where the bundle brings no calibration: the probabilities then only order servers. */
  readonly calibrated: boolean;

  private constructor(forecaster: BatchForecaster, assessor: Assessor) {
    this.#forecaster = forecaster;
    this.#assessor = assessor;
    this.calibrated = assessor.calibration.calibrated;
  }

  /** @param folder of the bundle */
  static async open(folder: string, threads?: number): Promise<OriginScorer> {
    const calibration = (await readCalibration(folder)) ?? UNCALIBRATED;
    const assessor = new Assessor(new RuleBook(DEFAULT_RISK_CONFIG), calibration);
    return new OriginScorer(await BatchForecaster.open(folder, threads), assessor);
  }

  /**
   * Scores all origins of one server.
   * @param columns one for each scorer, written at the rows of the server
   */
  async scoreServer(
    table: OriginTable,
    server: number,
    scorers: readonly Scorer[],
    columns: readonly Float32Array[],
  ): Promise<void> {
    const series = table.servers[server];
    const start = table.starts[server];
    const origins = table.steps.subarray(start, table.starts[server + 1]);
    const samples = Array.from(origins, (originStep): Sample => ({ series, originStep }));
    await this.#forecaster.forecast(samples, (first, batch, quantiles) => {
      finishForecasts({ ...this.#finishing, window: batch.window, quantiles }, batch.count);
      for (let i = 0; i < batch.count; i++) {
        const context = this.#contextOf(series, origins[first + i], batch, quantiles, i);
        scorers.forEach((scorer, column) => {
          columns[column][start + first + i] = finite(scorer.score(context));
        });
      }
    });
  }

  #contextOf(
    series: ServerSeries,
    originStep: number,
    batch: NetworkBatch,
    quantiles: Float32Array,
    position: number,
  ) {
    const { name, profile } = series;
    const chunk = {
      originStep,
      count: batch.count,
      servers: batch.server,
      windows: batch.window,
      quantiles,
      modes: [],
    };
    return {
      series,
      originStep,
      rules: this.#rules.rulesOf(name, profile),
      window: batch.window,
      windowOffset: position * WINDOW_SIZE,
      quantiles,
      quantilesOffset: position * FORECAST_SIZE,
      assessment: this.#assessor.assess({ name, profile }, chunk, position, this.#severities),
    };
  }

  close(): Promise<void> {
    return this.#forecaster.close();
  }
}

/** A scorer that has nothing to say ranks last. */
function finite(score: number): number {
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}
