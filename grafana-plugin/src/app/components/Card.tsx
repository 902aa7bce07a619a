import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { ErrorBoundaryAlert, Text, useStyles2 } from '@grafana/ui';
import { type ReactNode, useId } from 'react';

interface Props {
  readonly title: string;
  /** What is to know about it, below the title. */
  readonly description?: ReactNode;
  /** To the right of the title. */
  readonly actions?: ReactNode;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** One part of a page under its heading. An error in it stays in it. */
export const Card = ({ title, description, actions, testId, children }: Props) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id} data-testid={testId}>
      <div className={styles.head}>
        <div className={styles.heading}>
          <Text element="h2" variant="h5" id={id}>
            {title}
          </Text>
          {description === undefined ? null : <div className={styles.description}>{description}</div>}
        </div>
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </div>
      <ErrorBoundaryAlert title={`“${title}” cannot be shown`} style="alertbox">
        {children}
      </ErrorBoundaryAlert>
    </section>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    padding: theme.spacing(2),
    minWidth: 0,
  }),
  head: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(1.5),
  }),
  heading: css({ minWidth: 0, flex: '1 1 240px' }),
  description: css({ color: theme.colors.text.secondary, marginTop: theme.spacing(0.25), maxWidth: '90ch' }),
  actions: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
});
