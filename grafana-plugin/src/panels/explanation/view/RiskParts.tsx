import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { ExplainedRisk } from '../../../data/explanation';
import { markColor } from '../../../shared/colors';
import { formatRisk } from '../../../shared/format';
import { LEVELS } from '../../../shared/levels';
import { RISK_PARTS } from '../../../shared/metrics';
import { Section } from './Section';

/** Hues that mean no level. */
const PART_COLOR: Readonly<Record<string, string>> = {
  cpu: 'blue',
  memory: 'purple',
  disk: 'light-blue',
  network: 'light-purple',
  connections: 'dark-blue',
  cascade: 'dark-purple',
};

const FULL_SCORE = 100;

export interface RiskPartsProps {
  readonly risk: ExplainedRisk;
  /** Without its title and scale, for small panels. */
  readonly compact?: boolean;
}

/** The score as a bar of its parts, which add up to it exactly, on the scale of the levels. */
export const RiskParts = ({ risk, compact = false }: RiskPartsProps) => {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  if (risk.parts === null) return null;
  const shares = RISK_PARTS.map(({ name, label }) => ({
    name,
    label,
    points: risk.parts?.[name] ?? 0,
    color: markColor(theme, PART_COLOR[name] ?? 'blue'),
  }));
  return (
    <Section title="Parts of the risk" isTitleHidden={compact}>
      <div className={styles.track} aria-hidden>
        {shares
          .filter(({ points }) => points > 0)
          .map(({ name, label, points, color }) => (
            <div
              key={name}
              className={styles.part}
              style={{ width: `${(points / FULL_SCORE) * 100}%`, background: color }}
              title={`${label}: ${points}`}
            />
          ))}
        {LEVELS.slice(1).map(({ name, from }) => (
          <div key={name} className={styles.cut} style={{ left: `${from}%` }} />
        ))}
      </div>
      {!compact && (
        <div className={styles.cuts} aria-hidden>
          {LEVELS.slice(1).map(({ name, from }) => (
            <span key={name} style={{ left: `${from}%` }}>
              {from}
            </span>
          ))}
        </div>
      )}
      <ul className={styles.list}>
        {shares.map(({ name, label, points, color }) => (
          <li key={name} className={points > 0 ? undefined : styles.none} title={`${points}`}>
            <span className={styles.swatch} style={{ background: color }} />
            {label} <strong>{formatRisk(points)}</strong>
          </li>
        ))}
      </ul>
    </Section>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  track: css({
    position: 'relative',
    display: 'flex',
    gap: 1,
    height: 18,
    borderRadius: theme.shape.radius.default,
    overflow: 'hidden',
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
  }),
  part: css({ height: '100%' }),
  cut: css({
    position: 'absolute',
    top: 0,
    bottom: 0,
    width: 1,
    background: theme.colors.text.secondary,
  }),
  cuts: css({
    position: 'relative',
    height: 16,
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    '& > span': { position: 'absolute', transform: 'translateX(-50%)' },
  }),
  list: css({
    listStyle: 'none',
    margin: 0,
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(1.5),
    ...theme.typography.bodySmall,
    '& strong': { fontVariantNumeric: 'tabular-nums', fontWeight: theme.typography.fontWeightMedium },
  }),
  none: css({ color: theme.colors.text.secondary }),
  swatch: css({
    display: 'inline-block',
    width: 10,
    height: 10,
    borderRadius: 2,
    marginRight: theme.spacing(0.5),
  }),
});
