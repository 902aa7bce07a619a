import { useTheme2 } from '@grafana/ui';
import type { DriftHistogram } from '../../data/drift';
import { faded, markColor } from '../../shared/colors';
import { describeShift } from './drift';

const WIDTH = 132;
const HEIGHT = 40;
const BASE = 38;
const ROOM = 34;

interface Props {
  readonly histogram: DriftHistogram;
  /** "CPU used of all servers". */
  readonly name: string;
}

/** Steps along the tops of the bins. */
function outline(shares: readonly number[], y: (share: number) => number, binWidth: number): string {
  const steps = shares.map((share, bin) => `V${y(share)}H${(bin + 1) * binWidth}`);
  return `M0 ${BASE}${steps.join('')}V${BASE}`;
}

/** Two distributions over each other: what is now as filled bars, what was before as an outline. Form tells them apart, not colour. */
export const ShiftHistogram = ({ histogram, name }: Props) => {
  const theme = useTheme2();
  const { before, now } = histogram;
  const bins = Math.max(before.length, now.length);
  if (bins === 0) return null;
  const highest = Math.max(...before, ...now, Number.MIN_VALUE);
  const binWidth = WIDTH / bins;
  const y = (share: number) => BASE - (share / highest) * ROOM;
  const fill = markColor(theme, 'blue');
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Distribution of ${name}. ${describeShift(histogram)}`}
    >
      {now.map((share, bin) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: bins have no other name than their place
          key={bin}
          x={bin * binWidth + 1}
          y={y(share)}
          width={binWidth - 2}
          height={BASE - y(share)}
          fill={faded(fill, 0.55)}
        />
      ))}
      <path
        d={outline(before, y, binWidth)}
        fill="none"
        stroke={theme.colors.text.primary}
        strokeWidth="1.5"
      />
      <line x1="0" x2={WIDTH} y1={BASE} y2={BASE} stroke={theme.colors.border.strong} />
      <line
        x1={WIDTH / 2}
        x2={WIDTH / 2}
        y1={BASE}
        y2={HEIGHT}
        stroke={theme.colors.text.secondary}
        strokeWidth="2"
      />
    </svg>
  );
};

/** What fill and outline mean. */
export const HistogramKey = () => {
  const theme = useTheme2();
  return (
    <>
      <svg width="14" height="10" viewBox="0 0 14 10" aria-hidden>
        <path d="M1 10V2H13V10" fill="none" stroke={theme.colors.text.primary} strokeWidth="1.5" />
      </svg>{' '}
      before{' '}
      <svg width="14" height="10" viewBox="0 0 14 10" aria-hidden>
        <rect x="1" y="2" width="12" height="8" fill={faded(markColor(theme, 'blue'), 0.55)} />
      </svg>{' '}
      now; the mark in the middle is what is usual at that time of day
    </>
  );
};
