import type { Drift, DriftHistogram, DriftProfile, DriftRow, DriftStatus } from '../../data/drift';
import { profileLabel } from '../../shared/metrics';
import { percent } from '../components/format';

export const FLEET = 'fleet';

export const STATUS_LABELS: Readonly<Record<DriftStatus, string>> = {
  learning: 'Learning',
  quiet: 'Quiet',
  drifting: 'Drifting',
};

interface Signal {
  readonly label: string;
  readonly meaning: string;
}

/** The signals of drift in words. */
export const SIGNALS: Readonly<Record<string, Signal>> = {
  prediction_error_rate: {
    label: 'Prediction errors',
    meaning: 'How many more forecasts miss by far than did before.',
  },
  distribution_shift: {
    label: 'Distribution shift',
    meaning: 'How far values lie from where they usually do at that time of day.',
  },
  feature_drift: { label: 'Shifted metrics', meaning: 'Share of the metrics whose values have shifted.' },
  anomaly_rate: {
    label: 'Anomalies',
    meaning: 'How many more values lie outside of the forecast band than did before.',
  },
};

export function signalLabel(name: string): string {
  return SIGNALS[name]?.label ?? name;
}

export function driftProfileLabel(name: string): string {
  return name === FLEET ? 'All servers' : profileLabel(name);
}

/** The profile to begin with: that with the greatest score, or the whole fleet. */
export function worstProfile({ profiles }: Drift): DriftProfile | undefined {
  return [...profiles].sort((a, b) => (b.score ?? -1) - (a.score ?? -1))[0];
}

/** A profile's rows, those that have shifted most first. */
export function rowsOf({ rows }: Drift, profile: string): readonly DriftRow[] {
  return rows
    .filter((row) => row.profile === profile)
    .sort(
      (a, b) =>
        Number(b.shifted) - Number(a.shifted) || (b.distribution_shift ?? -1) - (a.distribution_shift ?? -1),
    );
}

/** Beyond this many usual deviations a value is far from usual. */
const FAR = 1.5;

function shareBeyond({ edges }: DriftHistogram, shares: readonly number[], side: 'below' | 'above'): number {
  return shares.reduce((sum, share, bin) => {
    const lower = edges[bin - 1] ?? Number.NEGATIVE_INFINITY;
    const upper = edges[bin] ?? Number.POSITIVE_INFINITY;
    const isFar = side === 'above' ? lower >= FAR : upper <= -FAR;
    return isFar ? sum + share : sum;
  }, 0);
}

/** What the two distributions show, in a sentence: the shares of values that lie far from what is usual. */
export function describeShift(histogram: DriftHistogram): string {
  const [above, below] = (['above', 'below'] as const).map((side) => {
    const before = percent(shareBeyond(histogram, histogram.before, side));
    const now = percent(shareBeyond(histogram, histogram.now, side));
    return `${before} before and ${now} now`;
  });
  return `Values far above what is usual at that time: ${above}; far below: ${below}.`;
}
