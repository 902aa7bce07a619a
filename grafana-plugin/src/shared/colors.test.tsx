import { colorManipulator, createTheme } from '@grafana/data';
import { render } from '@testing-library/react';
import { inkColor, levelColor, markColor } from './colors';
import { LevelGlyph } from './LevelGlyph';
import { LEVELS } from './levels';

const NAMES = [
  'green',
  'yellow',
  'orange',
  'red',
  'blue',
  'purple',
  'light-blue',
  'light-purple',
  'dark-blue',
];

describe.each(['light', 'dark'] as const)('on the %s theme', (mode) => {
  const theme = createTheme({ colors: { mode } });
  const background = theme.colors.background.primary;

  test.each(NAMES)('%s marks stand out by 3:1 and words by 4.5:1', (name) => {
    expect(colorManipulator.getContrastRatio(markColor(theme, name), background)).toBeGreaterThanOrEqual(3);
    expect(colorManipulator.getContrastRatio(inkColor(theme, name), background)).toBeGreaterThanOrEqual(4.5);
  });

  test('levels differ in colour, and so does having none', () => {
    const colors = [...LEVELS, undefined].map((level) => levelColor(theme, level));
    expect(new Set(colors).size).toBe(LEVELS.length + 1);
  });
});

test('each level has a shape of its own, and no score a hollow one', () => {
  const shapes = [...LEVELS.map(({ name }) => name), 'unknown'].map((level) => {
    const { container } = render(<LevelGlyph level={level} />);
    return container.querySelector('path')?.getAttribute('d') ?? container.querySelector('circle')?.outerHTML;
  });
  expect(new Set(shapes).size).toBe(LEVELS.length + 1);
});

test('a glyph is decoration beside a word, or has a name of its own', () => {
  const { container, rerender } = render(<LevelGlyph level="critical" />);
  expect(container.querySelector('svg')).toHaveAttribute('aria-hidden', 'true');
  rerender(<LevelGlyph level="critical" title="Critical" />);
  expect(container.querySelector('svg')).toHaveAccessibleName('Critical');
});
