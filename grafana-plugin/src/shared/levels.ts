/**
 * Alert levels as Argus cuts them: 79.6 is warning. Each has a word, a shape and a colour, so that none of them alone
 * carries the meaning. Colours come from Grafana's named palette, which follows the theme.
 */
export const LEVELS = [
  { name: 'healthy', label: 'Healthy', from: 0, color: 'green', shape: 'circle' },
  { name: 'degraded', label: 'Degraded', from: 50, color: 'yellow', shape: 'square' },
  { name: 'warning', label: 'Warning', from: 60, color: 'orange', shape: 'triangle' },
  { name: 'critical', label: 'Critical', from: 80, color: 'red', shape: 'diamond' },
] as const;

export type Level = (typeof LEVELS)[number];
export type LevelName = Level['name'];
export type LevelShape = Level['shape'];

/** Level of a score from 0 to 100; undefined where there is no score. */
export function levelOf(score: number | null | undefined): Level | undefined {
  if (score === null || score === undefined || !Number.isFinite(score)) return undefined;
  return LEVELS.filter(({ from }) => score >= from).at(-1) ?? LEVELS[0];
}
