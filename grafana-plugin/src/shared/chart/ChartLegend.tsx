import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { TEST_ID } from '../../panels/testIds';
import { chartColors } from './chartConfig';
import { Swatch, type SwatchKind } from './Swatch';
import { type ForecastSeries, LAYERS, type LayerName, layerLabel } from './series';

export interface ChartLegendProps {
  readonly layers: readonly LayerName[];
  readonly hidden: ReadonlySet<LayerName>;
  /** Gives layers names of its own. */
  readonly series?: Pick<ForecastSeries, 'layerLabels'>;
  readonly onToggle: (layer: LayerName) => void;
}

const SWATCHES: Readonly<Record<LayerName, readonly SwatchKind[]>> = {
  actual: ['actual'],
  yhat: ['yhat'],
  band: ['band'],
  past: ['past'],
  thresholds: ['warning', 'critical'],
};

/** What the lines are; each is a switch that shows and hides its layer in all charts. */
export const ChartLegend = ({ layers, hidden, series, onToggle }: ChartLegendProps) => {
  const styles = useStyles2(getStyles);
  const colors = chartColors(useTheme2());
  return (
    <ul className={styles.legend} aria-label="Layers of the chart" data-testid={TEST_ID.legend}>
      {LAYERS.filter(({ name }) => layers.includes(name))
        .map(({ name }) => ({
          name,
          label: name === 'thresholds' ? 'Warning, critical' : layerLabel(name, series),
        }))
        .map(({ name, label }) => (
          <li key={name}>
            <button
              type="button"
              className={styles.item}
              aria-pressed={!hidden.has(name)}
              title={hidden.has(name) ? `Show: ${label}` : `Hide: ${label}`}
              onClick={() => onToggle(name)}
            >
              {SWATCHES[name].map((kind) => (
                <Swatch key={kind} kind={kind} colors={colors} />
              ))}
              {label}
            </button>
          </li>
        ))}
    </ul>
  );
};

/** With a new set, so that charts see the change. */
export function toggled(hidden: ReadonlySet<LayerName>, layer: LayerName): ReadonlySet<LayerName> {
  const next = new Set(hidden);
  if (!next.delete(layer)) next.add(layer);
  return next;
}

const getStyles = (theme: GrafanaTheme2) => ({
  legend: css({
    listStyle: 'none',
    margin: 0,
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(1),
    maxHeight: 52,
    overflowY: 'auto',
  }),
  item: css({
    ...theme.typography.bodySmall,
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    minHeight: 24,
    padding: theme.spacing(0, 0.5),
    border: 0,
    borderRadius: theme.shape.radius.default,
    background: 'transparent',
    color: theme.colors.text.primary,
    '&[aria-pressed="false"]': { color: theme.colors.text.secondary, textDecoration: 'line-through' },
    '&[aria-pressed="false"] svg': { opacity: 0.4 },
    '&:hover': { background: theme.colors.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}` },
  }),
});
