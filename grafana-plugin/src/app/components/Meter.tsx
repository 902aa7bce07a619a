import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  readonly value: number | null;
  readonly limit: number;
  /** Whole width of the meter, in the unit of the value. */
  readonly scale: number;
}

/** A value against its limit, as a bar with a mark. Decoration beside the numbers, which say the same. */
export const Meter = ({ value, limit, scale }: Props) => {
  const styles = useStyles2(getStyles);
  const share = (part: number) => `${Math.max(0, Math.min(1, part / scale)) * 100}%`;
  const isOver = value !== null && value >= limit;
  return (
    <div className={styles.track} aria-hidden>
      <div className={isOver ? styles.over : styles.bar} style={{ width: share(value ?? 0) }} />
      <div className={styles.limit} style={{ left: share(limit) }} />
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  track: css({
    position: 'relative',
    height: 12,
    minWidth: 80,
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  bar: css({ height: '100%', background: theme.visualization.getColorByName('blue') }),
  over: css({
    height: '100%',
    background: `repeating-linear-gradient(135deg, ${theme.colors.warning.main} 0 6px, ${theme.colors.warning.shade} 6px 9px)`,
  }),
  limit: css({ position: 'absolute', top: -3, bottom: -3, width: 2, background: theme.colors.text.primary }),
});
