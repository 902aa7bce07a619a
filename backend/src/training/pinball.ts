import { QUANTILE_COUNT, QUANTILES } from '../catalog/targets.ts';

/** Pinball (quantile) loss of one forecast (Koenker and Bassett, 1978). */
export function pinball(level: number, actual: number, forecast: number): number {
  const error = actual - forecast;
  return error >= 0 ? level * error : (level - 1) * error;
}

/** Sum of the pinball losses of the nine quantiles that start at `offset`. */
export function pinballSum(actual: number, quantiles: Float32Array | Float64Array, offset: number): number {
  let sum = 0;
  for (let q = 0; q < QUANTILE_COUNT; q++) sum += pinball(QUANTILES[q], actual, quantiles[offset + q]);
  return sum;
}

/** Sum of the pinball losses where all nine quantiles are the same point: the levels' mean is one half. */
export function pointPinballSum(actual: number, forecast: number): number {
  return (QUANTILE_COUNT * Math.abs(actual - forecast)) / 2;
}
