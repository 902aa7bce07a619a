/** Old and new model side by side on days that neither was trained on. */
import { PROFILES } from '../../catalog/profiles.ts';
import { stepOf, stepStartMs } from '../../catalog/time.ts';
import { readDataset } from '../datasets/reader.ts';
import { DataTooShortError } from '../errors.ts';
import { BatchForecaster } from '../forecaster.ts';
import { candidates, scoredSet, type ValidationSet, validate } from '../validation.ts';
import type { Comparison, ProfileComparison } from './types.ts';

const PERCENT = 100;
/** Windows of one profile that are scored at most. */
const MAX_WINDOWS = 512;

export interface ComparisonOptions {
  /** Data with the held-back days and the day before them. */
  readonly data: string;
  readonly heldBackFromMs: number;
  readonly oldBundle: string;
  readonly newBundle: string;
  readonly marginPercent: number;
  readonly threads: number;
}

/** @throws DataTooShortError where nothing can be forecast on the held-back days */
export async function compareBundles(options: ComparisonOptions): Promise<Comparison> {
  const data = await readDataset(options.data);
  const span = { first: stepOf(options.heldBackFromMs), last: data.lastStep };
  const sets = setsByProfile(candidates(data.servers, span));
  if (sets.length === 0) {
    throw new DataTooShortError(
      data.path,
      'no server has a day of measurements before the held-back days and 8 h in them',
    );
  }
  const before = await lossesOf(options.oldBundle, sets, options.threads);
  const after = await lossesOf(options.newBundle, sets, options.threads);
  const profiles = sets.map(({ name, samples }, i): ProfileComparison => {
    const change = changeOf(before[i], after[i]);
    return {
      profile: PROFILES[Number(name)].name,
      forecasts: samples.length,
      loss_old: before[i],
      loss_new: after[i],
      change_pct: change,
      within_margin: change <= options.marginPercent,
    };
  });
  const [lossOld, lossNew] = [geometricMean(before), geometricMean(after)];
  return {
    forecasts: sets.reduce((sum, { samples }) => sum + samples.length, 0),
    from: new Date(stepStartMs(span.first)).toISOString(),
    to: new Date(stepStartMs(span.last + 1)).toISOString(),
    loss_old: lossOld,
    loss_new: lossNew,
    change_pct: changeOf(lossOld, lossNew),
    margin_pct: options.marginPercent,
    profiles,
  };
}

/** Windows of each profile, named by its position. */
function setsByProfile(samples: ReturnType<typeof candidates>): readonly ValidationSet[] {
  return PROFILES.flatMap((_, profile) => {
    const own = samples.filter(({ series }) => series.profile === profile);
    const set = own.length === 0 ? undefined : scoredSet(String(profile), thinned(own));
    // Nothing moved: there is nothing to be better at.
    return set?.baseline.some((loss) => loss > 0) === true ? [set] : [];
  });
}

function thinned<T>(all: readonly T[]): readonly T[] {
  if (all.length <= MAX_WINDOWS) return all;
  return Array.from(
    { length: MAX_WINDOWS },
    (_, i) => all[Math.floor(((i + 0.5) * all.length) / MAX_WINDOWS)],
  );
}

/**
 * Of each set, over its targets. Their mean is the geometric one: a metric that hardly moves has a baseline next to
 * nothing and a share of any size, which would drown all others in a sum; here each counts by how much it changes.
 */
async function lossesOf(
  bundle: string,
  sets: readonly ValidationSet[],
  threads: number,
): Promise<readonly number[]> {
  const forecaster = await BatchForecaster.open(bundle, threads);
  try {
    const { sets: shares } = await validate(forecaster, sets);
    return sets.map(({ name }) => geometricMean(Object.values(shares[name])));
  } finally {
    await forecaster.close();
  }
}

/** Shares below this are as good as this: what never moved was forecast without error. */
const LEAST_SHARE = 1e-3;

/** The mean of shares that keeps their ratios: that of two such means is the mean of the ratios. */
export function geometricMean(shares: readonly number[]): number {
  const logs = shares.map((share) => Math.log(Math.max(LEAST_SHARE, share)));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

function changeOf(before: number, after: number): number {
  return (after / before - 1) * PERCENT;
}

/** Whether the new model is taken, and why in a sentence. */
export function verdictOf(comparison: Comparison): { readonly isTaken: boolean; readonly reason: string } {
  const { loss_old: before, loss_new: after, change_pct: change, margin_pct: margin, profiles } = comparison;
  const figures = `loss ${before.toFixed(4)} before, ${after.toFixed(4)} after (${signed(change)} %) on ${comparison.forecasts} forecasts from ${comparison.from} to ${comparison.to}`;
  if (!(change < 0)) return { isTaken: false, reason: `Not better than the model in use: ${figures}.` };
  const worse = profiles.filter((profile) => !profile.within_margin);
  if (worse.length === 0) return { isTaken: true, reason: `Better than the model it replaces: ${figures}.` };
  const which = worse.map(({ profile, change_pct }) => `${profile} (${signed(change_pct)} %)`).join(', ');
  return {
    isTaken: false,
    reason: `Better on the whole, but worse by more than ${margin} % on ${which}: ${figures}.`,
  };
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
}
