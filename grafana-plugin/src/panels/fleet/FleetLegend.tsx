import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { LevelGlyph } from '../../shared/LevelGlyph';
import { LEVELS } from '../../shared/levels';
import { riskColors } from './cellStyles';
import type { ColorBy } from './options';
import { NO_SCORE } from './servers';

export interface FleetLegendProps {
  readonly counts: ReadonlyMap<string, number>;
  readonly colorBy: ColorBy;
  /** The level that alone is shown; undefined: all. */
  readonly only: string | undefined;
  readonly onOnly: (level: string | undefined) => void;
}

const ENTRIES = [...LEVELS]
  .reverse()
  .map(({ name, label }) => ({ name: name as string, label: label as string }))
  .concat({ name: NO_SCORE, label: 'No score' });

/** How many servers are at each level; pressing one shows these alone. */
export const FleetLegend = ({ counts, colorBy, only, onOnly }: FleetLegendProps) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.legend}>
      <ul className={styles.levels} aria-label="Servers by level">
        {ENTRIES.filter(({ name }) => name !== NO_SCORE || counts.has(name)).map(({ name, label }) => (
          <li key={name}>
            <button
              type="button"
              className={styles.item}
              aria-pressed={only === name}
              disabled={!counts.has(name)}
              title={only === name ? 'Show all servers' : `Show only: ${label}`}
              onClick={() => onOnly(only === name ? undefined : name)}
            >
              <LevelGlyph level={name} size={12} />
              {label} <span className={styles.count}>{counts.get(name) ?? 0}</span>
            </button>
          </li>
        ))}
      </ul>
      {colorBy === 'risk' && <RiskScale />}
    </div>
  );
};

const STOPS = [0, 20, 40, 60, 80, 100];

const RiskScale = () => {
  const styles = useStyles2(getStyles);
  const ofRisk = riskColors(useTheme2());
  const gradient = `linear-gradient(to right, ${STOPS.map(ofRisk).join(', ')})`;
  return (
    <div className={styles.scale}>
      Risk 0 <span className={styles.bar} style={{ background: gradient }} /> 100
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  legend: css({
    display: 'flex',
    justifyContent: 'space-between',
    alignItems: 'center',
    gap: theme.spacing(1),
    overflow: 'hidden',
  }),
  levels: css({
    listStyle: 'none',
    display: 'flex',
    flexWrap: 'wrap',
    margin: 0,
    columnGap: theme.spacing(1),
  }),
  item: css({
    ...theme.typography.bodySmall,
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    minHeight: 24,
    padding: theme.spacing(0, 0.5),
    border: 0,
    borderRadius: theme.shape.radius.default,
    background: 'transparent',
    color: theme.colors.text.primary,
    whiteSpace: 'nowrap',
    '&:disabled': { color: theme.colors.text.secondary },
    '&[aria-pressed="true"]': { background: theme.colors.action.selected },
    '&:hover:not(:disabled)': { background: theme.colors.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}` },
  }),
  count: css({ fontWeight: theme.typography.fontWeightMedium, fontVariantNumeric: 'tabular-nums' }),
  scale: css({
    ...theme.typography.bodySmall,
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    color: theme.colors.text.secondary,
    whiteSpace: 'nowrap',
  }),
  bar: css({ width: 80, height: 8, borderRadius: 2 }),
});
