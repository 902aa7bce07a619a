import { useTheme2 } from '@grafana/ui';
import { levelColor, levelFill } from './colors';
import { LEVELS, type LevelName, type LevelShape } from './levels';

/** Outlines of the levels' shapes in a box of 16 by 16, alike in weight to the eye. */
export const SHAPE_PATH: Readonly<Record<LevelShape, string>> = {
  circle: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11z',
  square: 'M3 3h10v10h-10z',
  triangle: 'M8 2l6.5 11.5h-13z',
  diamond: 'M8 1.2l6.8 6.8l-6.8 6.8l-6.8-6.8z',
};

export interface LevelGlyphProps {
  /** A level's name; anything else, or nothing, is drawn as "no score". */
  readonly level: LevelName | string | null | undefined;
  /** CSS pixels. Default 14. */
  readonly size?: number;
  /** What a screen reader says; without it the glyph is decoration beside a word. */
  readonly title?: string;
}

/** A level's shape in its colour. Shape and colour both say it; a word beside it says it too. */
export const LevelGlyph = ({ level, size = 14, title }: LevelGlyphProps) => {
  const theme = useTheme2();
  const known = LEVELS.find(({ name }) => name === level);
  const color = levelColor(theme, known);
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      style={{ flexShrink: 0 }}
      aria-hidden={title === undefined}
      aria-label={title}
      role="img"
    >
      {known === undefined ? (
        <circle cx="8" cy="8" r="5.5" fill="none" stroke={color} strokeWidth="1.5" strokeDasharray="2.5 2" />
      ) : (
        <path
          d={SHAPE_PATH[known.shape]}
          fill={levelFill(theme, known)}
          stroke={color}
          strokeWidth="1.5"
          strokeLinejoin="round"
        />
      )}
    </svg>
  );
};
