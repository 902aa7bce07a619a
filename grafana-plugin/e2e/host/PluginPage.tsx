import { css, cx } from '@emotion/css';
import { type GrafanaTheme2, PageLayoutType } from '@grafana/data';
import type { PluginPageProps } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { bootData } from './bootData';

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ flex: 1, display: 'flex', flexDirection: 'column', minWidth: 0 }),
  standard: css({
    margin: theme.spacing(0, 0, 0, 0),
    padding: theme.spacing(3, 4),
    background: theme.colors.background.primary,
  }),
  canvas: css({ padding: theme.spacing(2), background: theme.colors.background.canvas }),
  head: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1, 3),
    alignItems: 'center',
    justifyContent: 'space-between',
    marginBottom: theme.spacing(1),
  }),
  title: css({ margin: 0, display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  subTitle: css({ color: theme.colors.text.secondary, marginBottom: theme.spacing(2) }),
  info: css({ display: 'flex', gap: theme.spacing(3), dl: { margin: 0 } }),
});

/** Text of the navigation entry that the address belongs to. */
function useNavigationTitle(): string {
  const { pathname } = useLocation();
  const entries = bootData.navTree.flatMap((item) => item.children ?? []);
  const entry = entries.find(({ url = '' }) => url !== '' && pathname.startsWith(url));
  return entry?.text ?? bootData.navTree[0]?.text ?? '';
}

/** The frame Grafana gives an app's page: title, what stands under and beside it, and the content. */
export const PluginPage = (props: PluginPageProps) => {
  const styles = useStyles2(getStyles);
  const navigationTitle = useNavigationTitle();
  const title = props.pageNav?.text ?? navigationTitle;
  const subTitle = props.subTitle ?? props.pageNav?.subTitle;
  const custom = props.layout === PageLayoutType.Custom;
  useEffect(() => {
    document.title = `${title} - Argus - preview`;
  }, [title]);
  if (custom) return <main className={styles.page}>{props.children}</main>;
  const canvas = props.layout === PageLayoutType.Canvas;
  return (
    <main className={cx(styles.page, canvas ? styles.canvas : styles.standard)}>
      <div className={styles.head}>
        {props.renderTitle === undefined ? (
          <h1 className={styles.title}>{title}</h1>
        ) : (
          props.renderTitle(title)
        )}
        <div className={styles.info}>
          {props.info?.map(({ label, value }) => (
            <dl key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </dl>
          ))}
          {props.actions}
        </div>
      </div>
      {subTitle !== undefined && <div className={styles.subTitle}>{subTitle}</div>}
      {props.children}
    </main>
  );
};
