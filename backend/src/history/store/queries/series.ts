/** One server's measurements beside the forecasts made earlier for those times. */
import { METRICS, metricIndex } from '../../../catalog/metrics.ts';
import { TARGET_LIST, targetIndex } from '../../../catalog/targets.ts';
import { type HorizonName, STEP_MS } from '../../../catalog/time.ts';
import { leadSteps } from '../../leads.ts';
import type { Grid, LeadSeries, MetricSeries, Questions, SeriesAnswer } from '../../protocol.ts';
import { BAND_NAMES, forecastColumn } from '../../tables.ts';
import type { Reading } from '../archive.ts';
import { quoted } from '../database.ts';
import { fullColumn, gridOf, meansOver, wideGrid } from './grid.ts';
import { isKnown } from './server.ts';
import { epochMs } from './sql.ts';

/** SQL of a metric's or target's measured value. */
function measuredSql(name: string): string {
  const target = targetIndex(name);
  if (target < 0) return `"${METRICS[metricIndex(name)].name}"`;
  const { metric, derivation } = TARGET_LIST[target];
  return derivation === 'complement' ? `100 - "${METRICS[metric].name}"` : `"${METRICS[metric].name}"`;
}

export async function series(reading: Reading, ask: Questions['series']['ask']): Promise<SeriesAnswer> {
  const fine = gridOf(ask.fromMs, ask.toMs);
  const rows = await reading.rows(`
    SELECT ${epochMs('"timestamp"')}, ${ask.names.map(measuredSql).join(', ')}
    FROM ${reading.source('metrics', ask.fromMs, ask.toMs)} WHERE server_name = ${quoted(ask.server)}`);
  const actual = ask.names.map((_, i) => fullColumn(fine.count, rows, 1 + i, fine.firstMs));
  const { grid, width } = wideGrid(fine, ask.maxPoints);
  const forecasts: LeadSeries[][] = ask.names.map(() => []);
  for (const lead of ask.leads) {
    const bands = await bandsOf(reading, ask, lead, fine);
    bands.forEach((columns, i) => {
      if (columns !== null) forecasts[i].push(leadSeries(lead, columns, actual[i], width));
    });
  }
  return {
    known: rows.length > 0 || (await isKnown(reading, ask)),
    grid,
    series: ask.names.map(
      (name, i): MetricSeries => ({
        name,
        actual: meansOver(actual[i], width),
        forecasts: forecasts[i],
      }),
    ),
  };
}

type Bands = readonly [Float64Array, Float64Array, Float64Array];

/** P10, P50 and P90 of each name for the grid's times, made `lead` earlier; null for what is not forecast. */
async function bandsOf(
  reading: Reading,
  ask: Questions['series']['ask'],
  lead: HorizonName,
  { count, firstMs }: Grid,
): Promise<readonly (Bands | null)[]> {
  const leadMs = leadSteps(lead) * STEP_MS;
  const forecast = ask.names.filter((name) => targetIndex(name) >= 0);
  if (forecast.length === 0) return ask.names.map(() => null);
  const columns = forecast.flatMap((name) =>
    BAND_NAMES.map((band) => `"${forecastColumn(name, lead, band)}"`),
  );
  const rows = await reading.rows(`
    SELECT ${epochMs('"timestamp"')}, ${columns.join(', ')}
    FROM ${reading.source('forecasts', ask.fromMs - leadMs, ask.toMs - leadMs)}
    WHERE server_name = ${quoted(ask.server)}`);
  return ask.names.map((name) => {
    const position = forecast.indexOf(name);
    if (position < 0) return null;
    const column = (band: number) =>
      fullColumn(count, rows, 1 + position * BAND_NAMES.length + band, firstMs - leadMs);
    return [column(0), column(1), column(2)];
  });
}

function leadSeries(
  lead: HorizonName,
  [p10, p50, p90]: Bands,
  actual: Float64Array,
  width: number,
): LeadSeries {
  let compared = 0;
  let covered = 0;
  let error = 0;
  for (let i = 0; i < actual.length; i++) {
    const miss = Math.abs(actual[i] - p50[i]);
    if (Number.isNaN(miss)) continue;
    compared++;
    error += miss;
    if (actual[i] >= p10[i] && actual[i] <= p90[i]) covered++;
  }
  return {
    lead,
    p10: meansOver(p10, width),
    p50: meansOver(p50, width),
    p90: meansOver(p90, width),
    compared,
    coverage: compared === 0 ? null : covered / compared,
    meanAbsoluteError: compared === 0 ? null : error / compared,
  };
}
