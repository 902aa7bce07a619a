/** Forecast bands as the API shows them. */
import { type TargetDefinition, targetIndex } from '../catalog/targets.ts';
import type { Forecaster } from '../forecast/baselines.ts';
import type { ForecastView } from '../forecast/types.ts';
import { roundedSeries } from './format.ts';

export interface BandAnswer {
  readonly unit: string;
  readonly forecaster: Forecaster;
  readonly p10: (number | null)[];
  readonly p50: (number | null)[];
  readonly p90: (number | null)[];
}

/** Bands of those targets that are forecast for a server, by target name. */
export function* bandsOf(
  forecast: ForecastView,
  server: number,
  targets: readonly TargetDefinition[],
): Generator<[string, BandAnswer]> {
  for (const { name, unit } of targets) {
    const [p10, p50, p90] = ([0, 1, 2] as const).map((band) =>
      forecast.band(server, targetIndex(name), band),
    );
    if (p10 === undefined || p50 === undefined || p90 === undefined) continue;
    const forecaster = forecast.forecasterOf(server, targetIndex(name)) ?? 'model';
    yield [
      name,
      { unit, forecaster, p10: roundedSeries(p10), p50: roundedSeries(p50), p90: roundedSeries(p90) },
    ];
  }
}
