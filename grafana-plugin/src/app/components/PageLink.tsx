import { css } from '@emotion/css';
import { type GrafanaTheme2, locationUtil } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';

interface Props {
  /** A path below Grafana's root. */
  readonly href: string;
  readonly children: ReactNode;
}

/** A link to another page of Grafana inside a sentence. */
export const PageLink = ({ href, children }: Props) => {
  const styles = useStyles2(getStyles);
  return (
    <a href={locationUtil.assureBaseUrl(href)} className={styles.link}>
      {children}
    </a>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  link: css({
    color: theme.colors.text.link,
    textDecoration: 'underline',
    '&:hover': { textDecoration: 'none' },
  }),
});
