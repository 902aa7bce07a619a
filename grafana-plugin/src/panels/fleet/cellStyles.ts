import { css } from '@emotion/css';
import { FieldType, type GrafanaTheme2, getDisplayProcessor } from '@grafana/data';
import { faded, inkColor, levelColor, levelFill } from '../../shared/colors';
import { LEVELS, type Level, type LevelShape } from '../../shared/levels';
import type { ColorBy } from './options';
import { type FleetServer, levelKey, NO_SCORE } from './servers';

/** Shapes as parts of a box. */
const CLIP: Readonly<Record<LevelShape, string>> = {
  circle: 'circle(50%)',
  square: 'inset(4%)',
  triangle: 'polygon(50% 2%, 100% 94%, 0 94%)',
  diamond: 'polygon(50% 0, 100% 50%, 50% 100%, 0 50%)',
};

/** Size of the shape in its cell: what needs someone is larger. */
const SHAPE_SIZE: Readonly<Record<LevelShape, string>> = {
  circle: '26%',
  square: '42%',
  triangle: '54%',
  diamond: '62%',
};

/** How strongly a healthy server's cell is filled at a score of 0, and just below degraded. */
const HEALTHY_FILL = [0.1, 0.28] as const;

/** WCAG 2.2, 1.4.3. */
const TEXT_CONTRAST = 4.5;

const QUIET = 0.55;

/** One hue that goes evenly away from the background: read by its lightness, so by colour-blind eyes too. */
const RISK_SCALE = 'continuous-reds';

/** Colour of a score on the scale of risk. */
export function riskColors(theme: GrafanaTheme2): (risk: number) => string {
  const display = getDisplayProcessor({
    field: { type: FieldType.number, config: { color: { mode: RISK_SCALE }, min: 0, max: 100 } },
    theme,
  });
  return (risk) => display(risk).color ?? theme.colors.text.secondary;
}

export interface CellLook {
  /** Fill of the cell. */
  readonly background: string;
  /** Colour of its shape. */
  readonly color: string;
  readonly border: string;
  /** Colour of its words. */
  readonly text: string;
}

/** How cells look, by score and level. Healthy servers stay quiet; the others are filled whole. */
export function cellLooks(theme: GrafanaTheme2, colorBy: ColorBy): (server: FleetServer) => CellLook {
  const ofRisk = riskColors(theme);
  const byLevel = new Map(
    LEVELS.map((level) => [level.name, solid(theme, levelFill(theme, level), levelColor(theme, level))]),
  );
  const grey = theme.colors.text.secondary;
  const none = { background: 'transparent', color: grey, text: grey, border: grey };
  return ({ risk, level }) => {
    if (level === undefined) return none;
    if (colorBy === 'risk') return risk === null ? none : onScale(theme, level, ofRisk(risk));
    return level.name === 'healthy' ? healthy(theme, level, risk ?? 0) : (byLevel.get(level.name) ?? none);
  };
}

function solid(theme: GrafanaTheme2, background: string, border = background): CellLook {
  const color = theme.colors.getContrastText(background, TEXT_CONTRAST);
  return { background, color, text: color, border };
}

/** Filled by the scale of risk; the shapes of healthy servers step back. */
function onScale(theme: GrafanaTheme2, level: Level, background: string): CellLook {
  const look = solid(theme, background, theme.colors.border.weak);
  return level.name === 'healthy' ? { ...look, color: faded(look.color, QUIET) } : look;
}

function healthy(theme: GrafanaTheme2, level: Level, risk: number): CellLook {
  const [least, most] = HEALTHY_FILL;
  const next = LEVELS[1].from;
  const opacity = least + (most - least) * Math.min(1, Math.max(0, risk / next));
  return {
    background: faded(levelColor(theme, level), opacity),
    color: inkColor(theme, level.color),
    text: theme.colors.text.primary,
    border: 'transparent',
  };
}

export interface CellStyles {
  readonly cell: string;
  /** A cell with words in it. */
  readonly labelled: string;
  readonly name: string;
  readonly score: string;
  readonly levels: Readonly<Record<string, string>>;
}

/** One class a level: cells are plain links, their shapes one pseudo-element, so that thousands cost little. */
export function getCellStyles(theme: GrafanaTheme2): CellStyles {
  const cell = css({
    position: 'relative',
    display: 'block',
    boxSizing: 'border-box',
    borderRadius: 2,
    border: '1px solid',
    '&::after': {
      content: '""',
      position: 'absolute',
      inset: 0,
      margin: 'auto',
      background: 'currentColor',
      forcedColorAdjust: 'none',
    },
    '&:hover, &:focus-visible': {
      outline: `2px solid ${theme.colors.text.primary}`,
      outlineOffset: 1,
      zIndex: 1,
    },
  });
  const labelled = css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    padding: theme.spacing(0, 0.75),
    ...theme.typography.bodySmall,
    // Twice its class, to win over the level's size of the shape.
    '&&::after': { position: 'static', order: -1, flex: 'none', margin: 0, width: 12, height: 12 },
  });
  const name = css({ flex: 1, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' });
  const score = css({ fontVariantNumeric: 'tabular-nums', fontWeight: theme.typography.fontWeightMedium });
  return { cell, labelled, name, score, levels: levelClasses() };
}

function levelClasses(): Readonly<Record<string, string>> {
  const scored = LEVELS.map(({ name, shape }) => {
    const size = SHAPE_SIZE[shape];
    return [name, css({ '&::after': { width: size, height: size, clipPath: CLIP[shape] } })] as const;
  });
  const none = css({
    borderStyle: 'dashed',
    '&::after': { width: '45%', height: 1 },
  });
  return Object.fromEntries([...scored, [NO_SCORE, none]]);
}

export function cellClass(styles: CellStyles, server: FleetServer, labelled: boolean): string {
  return `${styles.cell} ${styles.levels[levelKey(server)] ?? ''} ${labelled ? styles.labelled : ''}`;
}
