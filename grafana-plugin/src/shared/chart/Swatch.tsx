import type { ChartColors } from './chartConfig';
import { DASH } from './chartConfig';
import type { ReadingKind } from './describe';

export type SwatchKind = ReadingKind;

export interface SwatchProps {
  readonly kind: SwatchKind;
  readonly colors: ChartColors;
}

const DASHES: Readonly<Partial<Record<SwatchKind, readonly number[]>>> = {
  past: DASH.past,
  warning: DASH.warning,
  critical: DASH.critical,
};

/** How a layer looks in the chart: a line with its dashes, or a band. */
export const Swatch = ({ kind, colors }: SwatchProps) => (
  <svg width="18" height="12" viewBox="0 0 18 12" aria-hidden style={{ flexShrink: 0 }}>
    {kind === 'band' || kind === 'pastBand' ? (
      <rect x="0" y="1" width="18" height="10" rx="1" fill={colors[kind]} />
    ) : (
      <line
        x1="0"
        y1="6"
        x2="18"
        y2="6"
        stroke={colors[kind]}
        strokeWidth={kind === 'yhat' ? 3 : 2}
        strokeDasharray={DASHES[kind]?.join(' ')}
      />
    )}
  </svg>
);
