import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, type IconName, useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';

export interface PanelMessageProps {
  readonly title: string;
  /** What it means or what to do, a sentence. */
  readonly children?: ReactNode;
  readonly icon?: IconName;
  readonly action?: ReactNode;
  /** `alert` for what went wrong. */
  readonly role?: 'status' | 'alert';
}

/** What a panel says in place of a picture: nothing there, not yet, or what went wrong. */
export const PanelMessage = ({ title, children, icon, action, role = 'status' }: PanelMessageProps) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.frame} role={role}>
      {icon !== undefined && <Icon name={icon} size="xl" className={styles.icon} />}
      <div className={styles.title}>{title}</div>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({
    height: '100%',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: theme.spacing(0.5),
    padding: theme.spacing(1),
    textAlign: 'center',
    overflow: 'auto',
  }),
  icon: css({ color: theme.colors.text.secondary }),
  title: css({ ...theme.typography.body, fontWeight: theme.typography.fontWeightMedium }),
  text: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    maxWidth: '60ch',
  }),
});
