import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  /** From 0 to 100. */
  readonly percent: number;
  readonly label: string;
}

export const ProgressBar = ({ percent, label }: Props) => {
  const styles = useStyles2(getStyles);
  const bounded = Math.max(0, Math.min(100, percent));
  return (
    <div
      className={styles.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(bounded)}
    >
      <div className={styles.bar} style={{ width: `${bounded}%` }} />
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  track: css({
    height: 8,
    margin: theme.spacing(0.75, 0),
    borderRadius: theme.shape.radius.pill,
    background: theme.colors.background.secondary,
    overflow: 'hidden',
  }),
  bar: css({ height: '100%', background: theme.colors.primary.main }),
});
