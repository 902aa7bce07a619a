import { colorManipulator, type GrafanaTheme2 } from '@grafana/data';
import type { Level } from './levels';

/** WCAG 2.2, 1.4.11: marks stand out from what is behind them by at least this. */
const MARK_CONTRAST = 3;
/** WCAG 2.2, 1.4.3. */
const TEXT_CONTRAST = 4.5;
const STEP = 0.06;

/** A colour, moved away from the background until it stands out from it by `ratio`. */
function withContrast(theme: GrafanaTheme2, color: string, ratio: number): string {
  const background = theme.colors.background.primary;
  const move = theme.isDark ? colorManipulator.lighten : colorManipulator.darken;
  let moved = color;
  for (let tries = 0; tries < 20; tries += 1) {
    if (colorManipulator.getContrastRatio(moved, background) >= ratio) return moved;
    moved = move(moved, STEP);
  }
  return moved;
}

/** A colour of Grafana's palette, for lines and shapes on a panel's background (contrast of 3:1 or more). */
export function markColor(theme: GrafanaTheme2, name: string): string {
  return withContrast(theme, theme.visualization.getColorByName(name), MARK_CONTRAST);
}

/** The same, for text (4.5:1). */
export function inkColor(theme: GrafanaTheme2, name: string): string {
  return withContrast(theme, theme.visualization.getColorByName(name), TEXT_CONTRAST);
}

/** Fill of a level's shapes and cells, which have an outline of `levelColor`. */
export function levelFill(theme: GrafanaTheme2, level: Level): string {
  return theme.visualization.getColorByName(level.color);
}

/** Colour of a level's marks; grey where there is no level. */
export function levelColor(theme: GrafanaTheme2, level: Level | undefined): string {
  return level === undefined ? theme.colors.text.secondary : markColor(theme, level.color);
}

export function faded(color: string, opacity: number): string {
  return colorManipulator.alpha(color, opacity);
}
