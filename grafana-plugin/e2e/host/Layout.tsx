import { css } from '@emotion/css';
import type { GrafanaTheme2, NavModelItem } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';
import { useLocation } from 'react-router';
import { bootData } from './bootData';

const SIDEBAR_PX = 200;

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({
    display: 'flex',
    flexDirection: 'column',
    minHeight: '100%',
    color: theme.colors.text.primary,
  }),
  top: css({
    position: 'sticky',
    top: 0,
    zIndex: theme.zIndex.navbarFixed,
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1, 3),
    alignItems: 'center',
    justifyContent: 'space-between',
    padding: theme.spacing(0.75, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  banner: css({ color: theme.colors.warning.text, fontWeight: theme.typography.fontWeightMedium }),
  switches: css({ display: 'flex', gap: theme.spacing(2), alignItems: 'center' }),
  choice: css({
    display: 'flex',
    gap: theme.spacing(1),
    alignItems: 'center',
    color: theme.colors.text.secondary,
  }),
  choiceLink: css({
    color: theme.colors.text.secondary,
    textDecoration: 'underline',
    '&[aria-current="true"]': { color: theme.colors.text.primary, textDecoration: 'none' },
  }),
  body: css({ display: 'flex', flex: 1, minHeight: 0 }),
  nav: css({
    flex: `0 0 ${SIDEBAR_PX}px`,
    padding: theme.spacing(2, 1),
    background: theme.colors.background.primary,
    borderRight: `1px solid ${theme.colors.border.weak}`,
    [theme.breakpoints.down('md')]: { display: 'none' },
    ul: { listStyle: 'none', margin: 0, paddingLeft: theme.spacing(1.5) },
    '& > ul': { paddingLeft: 0 },
    a: {
      display: 'block',
      padding: theme.spacing(0.5, 1),
      borderRadius: theme.shape.radius.default,
      color: theme.colors.text.secondary,
    },
    'a:hover': { background: theme.colors.action.hover, color: theme.colors.text.primary },
    'a[aria-current="page"]': { background: theme.colors.action.selected, color: theme.colors.text.primary },
  }),
  content: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }),
});

type Styles = ReturnType<typeof getStyles>;

const Choice = (props: {
  readonly styles: Styles;
  readonly label: string;
  readonly name: 'role' | 'theme';
  readonly values: readonly string[];
  readonly current: string;
}) => {
  const { pathname, search } = useLocation();
  const hrefOf = (value: string) => {
    const query = new URLSearchParams(search);
    query.set(props.name, value);
    return `${pathname}?${query.toString()}`;
  };
  return (
    <span className={props.styles.choice}>
      {props.label}
      {props.values.map((value) => (
        <a
          key={value}
          className={props.styles.choiceLink}
          href={hrefOf(value)}
          aria-current={value === props.current}
        >
          {value}
        </a>
      ))}
    </span>
  );
};

const NavList = ({ items }: { readonly items: readonly NavModelItem[] }) => {
  const { pathname } = useLocation();
  return (
    <ul>
      {items.map(({ id, text, url = '/', children }) => (
        <li key={id ?? text}>
          <a href={url} aria-current={url === pathname && children === undefined ? 'page' : undefined}>
            {text}
          </a>
          {children !== undefined && children.length > 0 && <NavList items={children} />}
        </li>
      ))}
    </ul>
  );
};

/** Header with the note that this is a preview, navigation, and the page. */
export const Layout = ({ children }: { readonly children: ReactNode }) => {
  const styles = useStyles2(getStyles);
  const { orgRole, theme } = bootData.user;
  return (
    <div className={styles.frame}>
      <header className={styles.top}>
        <span className={styles.banner}>
          Preview without Grafana: the built plugin on a running backend. Nothing is saved.
        </span>
        <span className={styles.switches}>
          <Choice
            styles={styles}
            label="Role"
            name="role"
            values={['Viewer', 'Editor', 'Admin']}
            current={orgRole}
          />
          <Choice styles={styles} label="Theme" name="theme" values={['light', 'dark']} current={theme} />
        </span>
      </header>
      <div className={styles.body}>
        <nav className={styles.nav} aria-label="Main">
          <NavList items={bootData.navTree} />
        </nav>
        <div className={styles.content}>{children}</div>
      </div>
    </div>
  );
};
