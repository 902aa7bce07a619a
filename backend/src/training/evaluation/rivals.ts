import { QUANTILE_COUNT, QUANTILES } from '../../catalog/targets.ts';
import { HORIZON_STEPS, STEPS_A_DAY } from '../../catalog/time.ts';
import { BASELINES, POINT_FORECASTS } from '../../forecast/baselines.ts';

/** The serving baselines, and one that needs more history than a window holds. */
export const RIVALS = [...BASELINES, 'four_day_profile'] as const;
export type RivalName = (typeof RIVALS)[number];

const PROFILE_DAYS = 4;

/** Mean of the same time on the last four days, of those that were measured. */
function fourDayProfile(history: Float64Array, origin: number, out: Float64Array): boolean {
  let known = 0;
  for (let lead = 0; lead < HORIZON_STEPS; lead++) {
    let sum = 0;
    let days = 0;
    for (let day = 1; day <= PROFILE_DAYS; day++) {
      const value = history[origin + 1 + lead - day * STEPS_A_DAY];
      if (value === undefined || Number.isNaN(value)) continue;
      sum += value;
      days++;
    }
    out[lead] = days > 0 ? sum / days : Number.NaN;
    known += days > 0 ? 1 : 0;
  }
  return known === HORIZON_STEPS;
}

/**
 * Point forecast of one rival. A rule that lacks what it needs gives way to the last value.
 * @param history one target of one server from its first step on; nothing after `origin` is read
 * @param out HORIZON_STEPS values within [0, max]
 * @returns false where nothing was measured up to `origin`
 */
export function rivalForecast(
  name: RivalName,
  history: Float64Array,
  origin: number,
  max: number,
  out: Float64Array,
): boolean {
  const rule = name === 'four_day_profile' ? fourDayProfile : POINT_FORECASTS[name];
  if (!rule(history, origin, out) && !POINT_FORECASTS.last_value(history, origin, out)) return false;
  for (let lead = 0; lead < HORIZON_STEPS; lead++) out[lead] = Math.min(max, Math.max(0, out[lead]));
  return true;
}

/** What validation taught about the rivals on one series. */
export interface FittedRivals {
  /** Position in RIVALS of the one with the least absolute error on validation. */
  readonly chosen: number;
  /** By rival: what is to be added to its forecast, [HORIZON_STEPS][QUANTILE_COUNT]. */
  readonly spreads: readonly Float64Array[];
}

/** Rival chosen where there is nothing to choose by. */
const UNFITTED = RIVALS.indexOf('blended_seasonal');

/**
 * Scores the rivals at earlier origins of one series, and takes the quantiles of their errors at each lead.
 * @param origins rows of `history`; what follows them by `horizon` steps may be read
 */
export function fitRivals(
  history: Float64Array,
  origins: readonly number[],
  horizon: number,
  max: number,
): FittedRivals {
  const fits = RIVALS.map((name) => fitRival(name, history, origins, horizon, max));
  const measured = fits.some((fit) => fit.meanError < Number.POSITIVE_INFINITY);
  const chosen = measured
    ? fits.reduce((best, fit, i) => (fit.meanError < fits[best].meanError ? i : best), 0)
    : UNFITTED;
  return { chosen, spreads: fits.map((fit) => fit.spread) };
}

function fitRival(
  name: RivalName,
  history: Float64Array,
  origins: readonly number[],
  horizon: number,
  max: number,
): { meanError: number; spread: Float64Array } {
  const errors: number[][] = Array.from({ length: horizon }, () => []);
  const point = new Float64Array(HORIZON_STEPS);
  let sum = 0;
  let count = 0;
  for (const origin of origins) {
    if (!rivalForecast(name, history, origin, max, point)) continue;
    for (let lead = 0; lead < horizon; lead++) {
      const error = history[origin + 1 + lead] - point[lead];
      if (Number.isNaN(error)) continue;
      errors[lead].push(error);
      sum += Math.abs(error);
      count++;
    }
  }
  const spread = new Float64Array(HORIZON_STEPS * QUANTILE_COUNT);
  errors.forEach((atLead, lead) => {
    writeQuantiles(Float64Array.from(atLead).sort(), spread, lead * QUANTILE_COUNT);
  });
  return { meanError: count > 0 ? sum / count : Number.POSITIVE_INFINITY, spread };
}

/** Quantiles of sorted values, interpolated between neighbours (Hyndman and Fan, 1996, type 7); 0 of none. */
function writeQuantiles(sorted: Float64Array, out: Float64Array, offset: number): void {
  if (sorted.length === 0) return;
  for (let q = 0; q < QUANTILE_COUNT; q++) {
    const position = QUANTILES[q] * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    out[offset + q] = sorted[below] + (sorted[above] - sorted[below]) * (position - below);
  }
}
