import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';

export interface FactProps {
  readonly label: string;
  readonly value: ReactNode;
  /** What it is measured against, or more about it. */
  readonly second?: ReactNode;
}

/** A figure with its name. */
export const Fact = ({ label, value, second }: FactProps) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.fact}>
      <div className={styles.small}>{label}</div>
      <div className={styles.value}>{value}</div>
      {second === undefined ? null : <div className={styles.small}>{second}</div>}
    </div>
  );
};

/** Figures side by side, as many as the width allows. */
export const Facts = ({ children }: { readonly children: ReactNode }) => {
  const styles = useStyles2(getStyles);
  return <div className={styles.facts}>{children}</div>;
};

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(136px, 1fr))',
    gap: theme.spacing(1),
  }),
  fact: css({
    padding: theme.spacing(1.5),
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    minWidth: 0,
  }),
  value: css({
    ...theme.typography.h4,
    margin: theme.spacing(0.25, 0),
    fontVariantNumeric: 'tabular-nums',
    overflowWrap: 'anywhere',
  }),
  small: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
});
