import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ServerDetail } from '../../data/server';
import { formatRisk } from '../../shared/format';
import { RISK_PARTS } from '../../shared/metrics';
import { Card } from '../components/Card';
import { TEST_IDS } from '../testIds';

/** What a score splits into: the parts add up to it exactly. */
export const RiskParts = ({ detail }: { readonly detail: ServerDetail }) => {
  const styles = useStyles2(getStyles);
  const { parts, risk_score: score, reason } = detail;
  if (parts === null || score === null) {
    return (
      <Card title="What the risk is made of" testId={TEST_IDS.riskParts}>
        <p className={styles.none}>There is no score yet. {reason}</p>
      </Card>
    );
  }
  const rows = [...RISK_PARTS].sort((a, b) => parts[b.name] - parts[a.name]);
  return (
    <Card
      title="What the risk is made of"
      description="Points of risk, adding up to the score."
      testId={TEST_IDS.riskParts}
    >
      <table className={styles.table}>
        <thead className="sr-only">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Share</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, label }) => (
            <tr key={name}>
              <th scope="row">{label}</th>
              <td className={styles.track}>
                <div
                  className={styles.bar}
                  style={{ width: `${Math.max(0, Math.min(100, parts[name]))}%` }}
                />
              </td>
              <td className={styles.points}>{parts[name].toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className={styles.total}>
            <th scope="row">Risk</th>
            <td />
            <td className={styles.points}>{formatRisk(score)}</td>
          </tr>
        </tfoot>
      </table>
    </Card>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    '& th': {
      fontWeight: theme.typography.fontWeightRegular,
      textAlign: 'left',
      paddingRight: theme.spacing(2),
    },
    '& th, & td': { paddingTop: theme.spacing(0.5), paddingBottom: theme.spacing(0.5) },
  }),
  track: css({ width: '100%' }),
  bar: css({
    height: 10,
    minWidth: 1,
    borderRadius: theme.shape.radius.default,
    background: theme.visualization.getColorByName('blue'),
  }),
  points: css({ textAlign: 'right', paddingLeft: theme.spacing(1), fontVariantNumeric: 'tabular-nums' }),
  total: css({
    borderTop: `1px solid ${theme.colors.border.medium}`,
    '& th, & td': { fontWeight: theme.typography.fontWeightMedium },
  }),
  none: css({ color: theme.colors.text.secondary, margin: 0 }),
});
