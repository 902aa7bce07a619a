import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Tooltip, useStyles2 } from '@grafana/ui';
import type { FleetSummary } from '../../data/fleet';
import { formatProbability } from '../../shared/format';
import { LevelMark } from '../components/LevelMark';
import { SERVER_STATES, stateLabel } from '../components/states';
import type { UrlFilters } from '../scenes/UrlFilters';

interface Props {
  readonly summary: FleetSummary;
  readonly filters: UrlFilters;
}

/** How many servers there are at each level, each a filter, and how likely the fleet is to lose one. */
export const FleetSummaryTiles = ({ summary, filters }: Props) => {
  const styles = useStyles2(getStyles);
  const { levels } = filters.useState();
  return (
    <div className={styles.rows}>
      <fieldset className={styles.levels} aria-label="Servers at each level">
        {SERVER_STATES.map(({ name, label }) => {
          const isChosen = levels.includes(name);
          return (
            <button
              key={name}
              type="button"
              className={cx(styles.tile, styles.choice, isChosen && styles.chosen)}
              aria-pressed={isChosen}
              aria-label={`${label} ${summary[name]}. ${isChosen ? 'Shown; click to remove the filter' : 'Click to show only these'}`}
              onClick={() => filters.toggleLevel(name)}
            >
              <LevelMark state={name} />
              <span className={cx(styles.number, summary[name] === 0 && styles.none)}>{summary[name]}</span>
            </button>
          );
        })}
      </fieldset>
      <div className={styles.chances}>
        <Chance label="A server fails within 30 min" probability={summary.failure_probability_30m} />
        <Chance label="A server fails within 8 h" probability={summary.failure_probability_8h} />
      </div>
    </div>
  );
};

const Chance = ({ label, probability }: { readonly label: string; readonly probability: number | null }) => {
  const styles = useStyles2(getStyles);
  const meaning =
    probability === null
      ? 'Not known until the first forecast has been made.'
      : 'Calibrated probability that at least one server of the whole fleet fails, servers taken as independent.';
  return (
    <Tooltip content={meaning} placement="bottom">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a tooltip has to be reachable by keyboard */}
      <div className={styles.tile} tabIndex={0}>
        <span>{label}</span>
        <span className={styles.number}>{formatProbability(probability)}</span>
      </div>
    </Tooltip>
  );
};

export function describeLevels(levels: readonly string[]): string {
  return levels.map((level) => stateLabel(level).toLowerCase()).join(', ');
}

const getStyles = (theme: GrafanaTheme2) => ({
  rows: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  levels: css({
    flex: '6 1 820px',
    border: 0,
    margin: 0,
    padding: 0,
    minWidth: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(128px, 1fr))',
    gap: theme.spacing(1),
  }),
  chances: css({
    flex: '2 1 400px',
    minWidth: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(190px, 1fr))',
    gap: theme.spacing(1),
  }),
  tile: css({
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    gap: theme.spacing(0.5),
    padding: theme.spacing(1.5),
    textAlign: 'left',
    color: theme.colors.text.secondary,
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  choice: css({
    cursor: 'pointer',
    '&:hover': { borderColor: theme.colors.border.strong, background: theme.colors.background.secondary },
  }),
  chosen: css({
    borderColor: theme.colors.primary.border,
    boxShadow: `inset 0 0 0 1px ${theme.colors.primary.border}`,
    background: theme.colors.action.selected,
  }),
  number: css({
    ...theme.typography.h2,
    margin: 0,
    color: theme.colors.text.primary,
    fontVariantNumeric: 'tabular-nums',
  }),
  none: css({ color: theme.colors.text.secondary }),
});
