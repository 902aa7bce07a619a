import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Portal, useStyles2 } from '@grafana/ui';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

export interface CardRow {
  readonly mark?: ReactNode;
  readonly name: string;
  readonly value: ReactNode;
}

export interface FloatingCardProps {
  /** The point it belongs to, in CSS pixels of the window. */
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly subtitle?: string;
  readonly rows: readonly CardRow[];
  readonly footer?: ReactNode;
}

const DISTANCE = 12;

/** A tooltip beside a point, kept within the window. It repeats what a screen reader hears elsewhere and takes no clicks. */
export const FloatingCard = ({ x, y, title, subtitle, rows, footer }: FloatingCardProps) => {
  const styles = useStyles2(getStyles);
  const card = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the size follows from what is shown
  useLayoutEffect(() => {
    const box = card.current?.getBoundingClientRect();
    if (box !== undefined && (box.width !== size.width || box.height !== size.height))
      setSize({ width: box.width, height: box.height });
  }, [title, rows, footer]);
  const left = beside(x, size.width, globalThis.innerWidth);
  const top = beside(y, size.height, globalThis.innerHeight);
  return (
    <Portal>
      <div
        ref={card}
        className={styles.card}
        style={{ transform: `translate(${left}px, ${top}px)` }}
        aria-hidden
      >
        <div className={styles.head}>
          <div className={styles.title}>{title}</div>
          {subtitle !== undefined && <div className={styles.subtitle}>{subtitle}</div>}
        </div>
        <div className={styles.rows}>
          {rows.map(({ mark, name, value }) => (
            <div key={name} className={styles.row}>
              <span className={styles.name}>
                {mark}
                {name}
              </span>
              <span className={styles.value}>{value}</span>
            </div>
          ))}
        </div>
        {footer !== undefined && <div className={styles.footer}>{footer}</div>}
      </div>
    </Portal>
  );
};

function beside(point: number, size: number, limit: number): number {
  const after = point + DISTANCE;
  return Math.max(4, after + size <= limit - 4 ? after : point - DISTANCE - size);
}

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({
    position: 'fixed',
    top: 0,
    left: 0,
    zIndex: theme.zIndex.tooltip,
    pointerEvents: 'none',
    maxWidth: 380,
    minWidth: 180,
    background: theme.colors.background.elevated,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    boxShadow: theme.shadows.z2,
    ...theme.typography.bodySmall,
  }),
  head: css({
    padding: theme.spacing(1),
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  title: css({ fontWeight: theme.typography.fontWeightMedium, overflowWrap: 'anywhere' }),
  subtitle: css({ color: theme.colors.text.secondary }),
  rows: css({ padding: theme.spacing(0.75, 1), display: 'grid', gap: theme.spacing(0.25) }),
  row: css({ display: 'flex', justifyContent: 'space-between', gap: theme.spacing(2) }),
  name: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    color: theme.colors.text.secondary,
  }),
  value: css({
    fontVariantNumeric: 'tabular-nums',
    fontWeight: theme.typography.fontWeightMedium,
    textAlign: 'right',
    overflowWrap: 'anywhere',
  }),
  footer: css({
    padding: theme.spacing(0.75, 1),
    borderTop: `1px solid ${theme.colors.border.weak}`,
    color: theme.colors.text.secondary,
  }),
});
