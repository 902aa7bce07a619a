import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { ServerLink } from '../../shared/ServerLink';

interface Props {
  readonly server: string;
  /** What stands below the name. */
  readonly children: string;
}

/** A server in a table: its name, which leads to its page, and a line on it. */
export const ServerCell = ({ server, children }: Props) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.server}>
      <ServerLink server={server} className={styles.link} />
      <div className={styles.second}>{children}</div>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  server: css({ minWidth: 120, maxWidth: 280, overflowWrap: 'anywhere' }),
  link: css({
    color: theme.colors.text.link,
    fontWeight: theme.typography.fontWeightMedium,
    '&:hover': { textDecoration: 'underline' },
  }),
  second: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
});
