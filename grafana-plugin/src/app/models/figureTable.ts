import type { GrafanaTheme2 } from '@grafana/data';

/** A table of figures: one line a row, digits below each other. */
export const figureTable = (theme: GrafanaTheme2) => ({
  width: '100%',
  '& th, & td': {
    padding: theme.spacing(0.5, 1),
    textAlign: 'left' as const,
    whiteSpace: 'nowrap' as const,
    fontWeight: theme.typography.fontWeightRegular,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    fontVariantNumeric: 'tabular-nums',
  },
  '& thead th': { color: theme.colors.text.secondary, ...theme.typography.bodySmall },
});
