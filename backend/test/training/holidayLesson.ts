/** Teaches the shipped network holidays on generated servers, and asks it about those of others, in another month. */

import { join } from 'node:path';
import { localDayAt, noHolidays } from '../../src/catalog/calendar.ts';
import { P50, QUANTILE_COUNT, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, stepStartMs } from '../../src/catalog/time.ts';
import { generateDataset } from '../../src/simulate/dataset.ts';
import { readDataset } from '../../src/training/datasets/reader.ts';
import { type Dataset, lastStepOf, NEEDED_STEPS } from '../../src/training/datasets/series.ts';
import type { Sample } from '../../src/training/datasets/windows.ts';
import { BatchForecaster } from '../../src/training/forecaster.ts';
import { silentReporter } from '../../src/training/reporter.ts';
import { trainModel } from '../../src/training/trainer.ts';

export const SHIPPED = join(import.meta.dirname, '../../../models/bundles/default');
const EPOCHS = 2;
/** More often than in any country, so that a short training meets enough of them; at no regular distance. */
const TAUGHT = [
  '2026-06-03',
  '2026-06-09',
  '2026-06-12',
  '2026-06-18',
  '2026-06-23',
  '2026-06-26',
  '2026-07-01',
];
const ASKED = ['2026-07-09', '2026-07-14', '2026-07-16'];
const LEARNERS = { servers: 40, days: 33, seed: 1, startMs: Date.UTC(2026, 5, 1), holidays: TAUGHT };
const OTHERS = {
  servers: 40,
  days: 13,
  seed: 2,
  startMs: Date.UTC(2026, 6, 6),
  fromServer: 5000,
  holidays: ASKED,
};
/** Two hours: several origins that see a holiday come, and some within it. */
const STRIDE_STEPS = 24;
const CPU = targetIndex('cpu_used_pct');

/** What a model says of CPU on holidays, in percentage points. */
export interface HolidayScore {
  readonly windows: number;
  /** Mean of the median told of the holiday minus the one not told. */
  readonly told_minus_untold_pct: number;
  readonly mae_told_pct: number;
  readonly mae_untold_pct: number;
}

function samplesOf(data: Dataset, told: boolean): readonly Sample[] {
  return data.servers.flatMap((series) => {
    const { timeZone, holidays = noHolidays, firstStep } = series;
    const isHoliday = (step: number) => holidays(localDayAt(stepStartMs(step), timeZone));
    const samples: Sample[] = [];
    for (
      let origin = firstStep + NEEDED_STEPS;
      origin + HORIZON_STEPS <= lastStepOf(series);
      origin += STRIDE_STEPS
    ) {
      if (!isHoliday(origin + HORIZON_STEPS / 2)) continue;
      samples.push({ series: told ? series : { ...series, holidays: noHolidays }, originStep: origin });
    }
    return samples;
  });
}

/** Medians of CPU, [HORIZON_STEPS] of each sample, and what came. */
async function mediansOf(model: string, samples: readonly Sample[], threads: number) {
  const forecaster = await BatchForecaster.open(model, threads);
  const medians = new Float32Array(samples.length * HORIZON_STEPS);
  const actual = new Float32Array(samples.length * HORIZON_STEPS);
  try {
    await forecaster.forecast(samples, (first, batch, quantiles) => {
      for (let row = 0; row < batch.count; row++) {
        for (let lead = 0; lead < HORIZON_STEPS; lead++) {
          const to = (first + row) * HORIZON_STEPS + lead;
          const from =
            (row * (batch.actual.length / batch.count / HORIZON_STEPS) + CPU) * HORIZON_STEPS + lead;
          medians[to] = quantiles[from * QUANTILE_COUNT + P50];
          actual[to] = batch.actual[from];
        }
      }
    });
  } finally {
    await forecaster.close();
  }
  return { medians, actual };
}

async function scoreOf(model: string, data: Dataset, threads: number): Promise<HolidayScore> {
  const toldSamples = samplesOf(data, true);
  const told = await mediansOf(model, toldSamples, threads);
  const untold = await mediansOf(model, samplesOf(data, false), threads);
  let [values, difference, errorTold, errorUntold] = [0, 0, 0, 0];
  toldSamples.forEach(({ series, originStep }, sample) => {
    for (let lead = 0; lead < HORIZON_STEPS; lead++) {
      const at = sample * HORIZON_STEPS + lead;
      const day = localDayAt(stepStartMs(originStep + 1 + lead), series.timeZone);
      if (series.holidays?.(day) !== true || Number.isNaN(told.actual[at])) continue;
      values++;
      difference += told.medians[at] - untold.medians[at];
      errorTold += Math.abs(told.medians[at] - told.actual[at]);
      errorUntold += Math.abs(untold.medians[at] - untold.actual[at]);
    }
  });
  const mean = (sum: number) => Number((sum / values).toFixed(3));
  return {
    windows: toldSamples.length,
    told_minus_untold_pct: mean(difference),
    mae_told_pct: mean(errorTold),
    mae_untold_pct: mean(errorUntold),
  };
}

export interface Lesson {
  readonly shipped: HolidayScore;
  readonly taught: HolidayScore;
}

/**
 * The shipped model goes on from servers that live through some weekdays as through Saturdays, and forecasts holidays of
 * other servers, told of them and not told.
 * @param scratch an empty folder
 * @param samples windows that are trained on
 */
export async function teachHolidays(scratch: string, samples: number, threads: number): Promise<Lesson> {
  const [learners, others, taught] = ['learners', 'others', 'taught'].map((name) => join(scratch, name));
  await generateDataset({ directory: learners, ...LEARNERS });
  await generateDataset({ directory: others, ...OTHERS });
  await trainModel(
    {
      data: [{ path: learners }],
      out: taught,
      mode: 'incremental',
      from: SHIPPED,
      epochs: EPOCHS,
      samplesPerEpoch: Math.round(samples / EPOCHS),
      peakRate: 1e-3,
      averaging: 0.98,
      validationWindows: 128,
      threads,
    },
    silentReporter,
  );
  const data = await readDataset(others);
  return { shipped: await scoreOf(SHIPPED, data, threads), taught: await scoreOf(taught, data, threads) };
}
