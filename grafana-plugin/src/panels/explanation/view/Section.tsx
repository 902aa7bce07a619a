import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { type ReactNode, useId } from 'react';

export interface SectionProps {
  readonly title: string;
  /** What the figures are and are not, in a sentence. */
  readonly note?: string | null;
  /** The title is for screen readers alone. */
  readonly isTitleHidden?: boolean;
  readonly children: ReactNode;
}

/** One part of an explanation. No landmark: a dashboard may hold several explanations. */
export const Section = ({ title, note, isTitleHidden = false, children }: SectionProps) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <article aria-labelledby={id} className={styles.section}>
      <h3 id={id} className={isTitleHidden ? 'sr-only' : styles.title}>
        {title}
      </h3>
      {children}
      {typeof note === 'string' && note !== '' && <p className={styles.note}>{note}</p>}
    </article>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  section: css({ minWidth: 0 }),
  title: css({
    ...theme.typography.body,
    fontWeight: theme.typography.fontWeightMedium,
    margin: theme.spacing(0, 0, 0.75),
  }),
  note: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    margin: theme.spacing(0.75, 0, 0),
  }),
});
