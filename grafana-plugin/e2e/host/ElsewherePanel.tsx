import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

const getStyles = (theme: GrafanaTheme2) => ({
  note: css({
    display: 'grid',
    placeContent: 'center',
    height: '100%',
    textAlign: 'center',
    color: theme.colors.text.secondary,
  }),
});

/** What the preview shows for a panel that belongs to Grafana itself. */
export const ElsewherePanel = ({ id }: { readonly id: string }) => (
  <div className={useStyles2(getStyles).note}>Shown in Grafana only: the “{id}” panel is part of it.</div>
);
