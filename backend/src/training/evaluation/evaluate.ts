import { TARGET_COUNT, TARGET_LIST } from '../../catalog/targets.ts';
import { HORIZON_STEPS, STEPS_A_DAY, stepOf, stepStartMs } from '../../catalog/time.ts';
import { FORECAST_SIZE, TARGET_SIZE, WINDOW_SIZE } from '../../forecast/batch.ts';
import { readManifest } from '../../forecast/bundle.ts';
import { isMeasured } from '../../forecast/finish.ts';
import { readDataset } from '../datasets/reader.ts';
import type { Dataset, ServerSeries } from '../datasets/series.ts';
import { listSamples } from '../datasets/windows.ts';
import { DataTooShortError, EvaluationHorizonError } from '../errors.ts';
import { BatchForecaster } from '../forecaster.ts';
import { ForecastFile } from './forecastFile.ts';
import { RIVALS } from './rivals.ts';
import type { ScoreSums, Scores } from './scores.ts';
import { type Plan, SeriesScorer, TargetTotals } from './seriesScorer.ts';

export interface EvaluationOptions {
  readonly data: string;
  /** Folder of the bundle. */
  readonly model: string;
  /** First time that is forecast, ms since the epoch; by default the last 7 days, or quarter of shorter data. */
  readonly fromMs?: number;
  /** End (exclusive) of what is forecast; by default that of the data. */
  readonly toMs?: number;
  /** Steps between origins; 12 by default. */
  readonly stride?: number;
  /** Leads scored, 1 … 96. */
  readonly horizon?: number;
  /** Parquet file for every forecast. */
  readonly out?: string;
  readonly timeZone?: string;
  readonly threads?: number;
  /** Hears how many of the servers are done. */
  readonly progress?: (done: number, servers: number) => void;
}

/** Scores by forecaster: `model`, each rival, and `chosen`, the rival that was best per series on validation. */
export type ScoresByForecaster = Readonly<Record<string, Scores>>;

export interface TargetEvaluation {
  readonly target: string;
  readonly model: Scores;
  /** Rivals as points: all nine quantiles are the same number. */
  readonly points: ScoresByForecaster;
  /** Rivals with quantiles of their own validation errors by series and lead. */
  readonly quantiles: ScoresByForecaster;
}

export interface EvaluationReport {
  readonly data: string;
  readonly model: string;
  readonly servers: number;
  readonly from: string;
  readonly to: string;
  readonly validatedFrom: string;
  readonly stride: number;
  readonly horizon: number;
  readonly forecasts: number;
  readonly targets: readonly TargetEvaluation[];
  /** Means over the targets. */
  readonly mean: {
    readonly wql: { readonly model: number; readonly chosenPoint: number; readonly chosenQuantiles: number };
    /** Pinball loss of the model as a share of that of the chosen rival; below 1 is better. */
    readonly relativePinball: { readonly point: number; readonly quantiles: number };
  };
}

const DEFAULT_STRIDE = 12;
const DEFAULT_DAYS = 7;

/**
 * Scores a bundle at rolling origins, without look-ahead, beside rivals whose choice and quantiles come from the span
 * before `from` alone.
 * @throws EvaluationHorizonError, the data errors of errors.ts, and those of opening a bundle
 */
export async function evaluateModel(options: EvaluationOptions): Promise<EvaluationReport> {
  const data = await readDataset(
    options.data,
    options.timeZone === undefined ? {} : { timeZone: options.timeZone },
  );
  const plan = planOf(data, options);
  const manifest = await readManifest(options.model);
  const forecaster = await BatchForecaster.open(options.model, options.threads);
  const file = options.out === undefined ? undefined : await ForecastFile.create(options.out);
  try {
    const totals = TARGET_LIST.map(() => new TargetTotals());
    let forecasts = 0;
    for (const [position, series] of data.servers.entries()) {
      forecasts += await evaluateServer(series, plan, forecaster, totals, file);
      options.progress?.(position + 1, data.servers.length);
    }
    if (forecasts === 0)
      throw new DataTooShortError(data.path, 'no server has a window before and values after `from`');
    await file?.finish();
    return reportOf(data, manifest.id, plan, totals, forecasts);
  } finally {
    await file?.close();
    await forecaster.close();
  }
}

function planOf(data: Dataset, options: EvaluationOptions): Plan {
  const last = options.toMs === undefined ? data.lastStep : Math.min(data.lastStep, stepOf(options.toMs) - 1);
  const steps = last - data.firstStep + 1;
  const span = Math.min(DEFAULT_DAYS * STEPS_A_DAY, Math.floor(steps / 4));
  const first = options.fromMs === undefined ? last - span + 1 : stepOf(options.fromMs);
  const horizon = options.horizon ?? HORIZON_STEPS;
  if (!(horizon >= 1 && horizon <= HORIZON_STEPS)) throw new EvaluationHorizonError(horizon, HORIZON_STEPS);
  if (last - first + 1 < horizon) {
    throw new DataTooShortError(
      data.path,
      `${Math.max(0, last - first + 1)} steps to forecast where a horizon has ${horizon}`,
    );
  }
  const length = Math.max(DEFAULT_DAYS * STEPS_A_DAY, last - first + 1);
  return {
    test: { first, last },
    validation: { first: Math.max(data.firstStep, first - length), last: first - 1 },
    stride: options.stride ?? DEFAULT_STRIDE,
    horizon,
  };
}

/** @returns number of windows forecast */
async function evaluateServer(
  series: ServerSeries,
  plan: Plan,
  forecaster: BatchForecaster,
  totals: readonly TargetTotals[],
  file: ForecastFile | undefined,
): Promise<number> {
  const samples = listSamples(series, plan.test, plan.stride, plan.horizon);
  if (samples.length === 0) return 0;
  const scorers = TARGET_LIST.map((_, target) => new SeriesScorer(series, target, plan));
  await forecaster.forecast(samples, (first, batch, quantiles) => {
    for (let i = 0; i < batch.count; i++) {
      const { originStep } = samples[first + i];
      for (let target = 0; target < TARGET_COUNT; target++) {
        if (!isMeasured(TARGET_LIST[target].metric, batch.window, i * WINDOW_SIZE)) continue;
        const offset = i * FORECAST_SIZE + target * TARGET_SIZE;
        const actual = scorers[target].score(originStep, quantiles, offset);
        const { horizon } = plan;
        file?.add({ server: series.name, target, originStep, actual, quantiles, offset, horizon });
      }
    }
  });
  scorers.forEach((scorer, target) => {
    scorer.addTo(totals[target]);
  });
  return samples.length;
}

/** What a bundle's manifest keeps of a report: no paths, the model and the chosen rival by target. */
export function summaryOf(report: EvaluationReport): Readonly<Record<string, unknown>> {
  const { servers, from, to, stride, horizon, forecasts, mean, targets } = report;
  const byTarget = targets.map(({ target, model, points, quantiles }) => [
    target,
    { model, chosen_point: points.chosen, chosen_quantiles: quantiles.chosen },
  ]);
  return { servers, from, to, stride, horizon, forecasts, mean, targets: Object.fromEntries(byTarget) };
}

function reportOf(
  data: Dataset,
  model: string,
  plan: Plan,
  totals: readonly TargetTotals[],
  forecasts: number,
): EvaluationReport {
  const targets = totals.flatMap((total, target) =>
    total.model.count > 0 ? [targetReport(TARGET_LIST[target].name, total)] : [],
  );
  const isoOf = (step: number): string => new Date(stepStartMs(step)).toISOString();
  return {
    data: data.path,
    model,
    servers: data.servers.length,
    from: isoOf(plan.test.first),
    to: isoOf(plan.test.last + 1),
    validatedFrom: isoOf(plan.validation.first),
    stride: plan.stride,
    horizon: plan.horizon,
    forecasts,
    targets,
    mean: {
      wql: {
        model: mean(targets.map(({ model }) => model.wql)),
        chosenPoint: mean(targets.map(({ points }) => points.chosen.wql)),
        chosenQuantiles: mean(targets.map(({ quantiles }) => quantiles.chosen.wql)),
      },
      relativePinball: {
        point: mean(targets.map(({ model, points }) => model.pinball / points.chosen.pinball)),
        quantiles: mean(targets.map(({ model, quantiles }) => model.pinball / quantiles.chosen.pinball)),
      },
    },
  };
}

function targetReport(target: string, total: TargetTotals): TargetEvaluation {
  const byName = (sums: readonly ScoreSums[], chosen: ScoreSums): ScoresByForecaster => ({
    ...Object.fromEntries(RIVALS.map((name, rival) => [name, sums[rival].scores])),
    chosen: chosen.scores,
  });
  return {
    target,
    model: total.model.scores,
    points: byName(total.points, total.chosenPoint),
    quantiles: byName(total.quantiles, total.chosenQuantiles),
  };
}

/** Mean of the numbers among the values: a target that is always 0 has no WQL. */
function mean(values: readonly (number | null)[]): number {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
