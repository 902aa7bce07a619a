import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { HORIZONS } from '../../shared/metrics';

export interface ForecastOptions {
  /** The axis goes on to the end of the forecast, whatever the dashboard's range ends at. */
  readonly extend: boolean;
  readonly legend: boolean;
  readonly titles: boolean;
  /** More charts than this are not drawn. */
  readonly maxCharts: number;
  /** The value axis as close as the values allow, rather than from 0. */
  readonly fit: boolean;
  /** Thresholds for frames that bring none. */
  readonly warning?: number;
  readonly critical?: number;
  /** Prometheus series: shows what was forecast this long before. Empty: not. */
  readonly pastLead: string;
}

export const FORECAST_DEFAULTS: ForecastOptions = {
  extend: true,
  legend: true,
  titles: true,
  maxCharts: 12,
  fit: false,
  pastLead: '',
};

const MAX_CHARTS_LIMIT = 60;

export function addForecastOptions(builder: PanelOptionsEditorBuilder<ForecastOptions>): void {
  builder
    .addBooleanSwitch({
      path: 'extend',
      name: 'Extend to the end of the forecast',
      description:
        'Shows the hours to come although the time range ends now. A range chosen by hand is kept.',
      defaultValue: FORECAST_DEFAULTS.extend,
    })
    .addBooleanSwitch({
      path: 'fit',
      name: 'Fit the value axis to the values',
      description: 'Off: percentages from 0 to 100, other metrics from 0, so that charts can be compared.',
      defaultValue: FORECAST_DEFAULTS.fit,
    })
    .addBooleanSwitch({ path: 'legend', name: 'Legend', defaultValue: FORECAST_DEFAULTS.legend })
    .addBooleanSwitch({
      path: 'titles',
      name: 'Titles of charts',
      description: 'Metric and server above each chart, the server linked to its page.',
      defaultValue: FORECAST_DEFAULTS.titles,
    })
    .addNumberInput({
      path: 'maxCharts',
      name: 'Charts at most',
      defaultValue: FORECAST_DEFAULTS.maxCharts,
      settings: { min: 1, max: MAX_CHARTS_LIMIT, integer: true },
    })
    .addNumberInput({
      path: 'warning',
      name: 'Warning threshold',
      description: 'For series that bring no thresholds of their own, as those of Prometheus.',
      settings: { placeholder: 'None' },
    })
    .addNumberInput({ path: 'critical', name: 'Critical threshold', settings: { placeholder: 'None' } })
    .addSelect({
      path: 'pastLead',
      name: 'Earlier forecast',
      description:
        'Prometheus series over a range: what was forecast this long before, to hold against what came.',
      defaultValue: FORECAST_DEFAULTS.pastLead,
      settings: {
        options: [
          { value: '', label: 'Not shown' },
          ...HORIZONS.map(({ name, label }) => ({ value: name, label: `${label} before` })),
        ],
      },
    });
}
