import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { ExplainedShap } from '../../../data/explanation';
import { levelColor, markColor } from '../../../shared/colors';
import { levelOf } from '../../../shared/levels';
import { Section } from './Section';
import { donorsText, type WaterfallRow, waterfallRange, waterfallRows } from './waterfall';

/** What raises and lowers the risk, from the mean of calmer times to the server's own. */
export const Waterfall = ({ shap }: { shap: ExplainedShap }) => {
  const styles = useStyles2(getStyles);
  const rows = waterfallRows(shap);
  if (rows.length === 0) {
    const reason = shap.reason ?? '';
    return reason === '' ? null : (
      <Section title="What drives it">
        <p className={styles.reason}>{reason}</p>
      </Section>
    );
  }
  const range = waterfallRange(rows);
  const note = [donorsText(shap.method), shap.note ?? ''].filter((part) => part !== '').join(' ');
  return (
    <Section title="What drives it" note={note}>
      <ol className={styles.rows}>
        {rows.map((row) => (
          <Row key={row.id} row={row} range={range} />
        ))}
      </ol>
    </Section>
  );
};

const Row = ({ row, range: [low, high] }: { row: WaterfallRow; range: readonly [number, number] }) => {
  const styles = useStyles2(getStyles);
  const color = rowColor(useTheme2(), row);
  const place = (score: number) => ((score - low) / (high - low)) * 100;
  const left = place(Math.min(row.from, row.to));
  const isEnd = row.kind === 'base' || row.kind === 'risk';
  return (
    <li className={isEnd ? `${styles.row} ${styles.end}` : styles.row}>
      <span className={styles.label}>
        {row.label}
        {row.detail !== undefined && <span className={styles.detail}>{row.detail}</span>}
      </span>
      <span className={styles.track} aria-hidden>
        <span
          className={styles.bar}
          style={{
            left: `${left}%`,
            width: `${Math.abs(place(row.to) - place(row.from))}%`,
            background: color,
          }}
        />
      </span>
      <span className={styles.value}>{row.value}</span>
    </li>
  );
};

function rowColor(theme: GrafanaTheme2, { kind, to }: WaterfallRow): string {
  if (kind === 'risk') return levelColor(theme, levelOf(to));
  if (kind === 'base') return theme.colors.text.secondary;
  return markColor(theme, kind === 'raises' ? 'orange' : 'blue');
}

const getStyles = (theme: GrafanaTheme2) => ({
  rows: css({ listStyle: 'none', margin: 0, display: 'grid', gap: 2 }),
  row: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(110px, 38%) 1fr 48px',
    alignItems: 'center',
    gap: theme.spacing(1),
    ...theme.typography.bodySmall,
  }),
  end: css({ fontWeight: theme.typography.fontWeightMedium }),
  label: css({ lineHeight: 1.25, overflowWrap: 'anywhere' }),
  detail: css({ display: 'block', color: theme.colors.text.secondary }),
  track: css({
    position: 'relative',
    height: 16,
    background: theme.colors.background.secondary,
    borderRadius: 2,
  }),
  bar: css({ position: 'absolute', top: 2, bottom: 2, minWidth: 2, borderRadius: 1 }),
  value: css({ textAlign: 'right', fontVariantNumeric: 'tabular-nums' }),
  reason: css({ margin: 0, color: theme.colors.text.secondary }),
});
