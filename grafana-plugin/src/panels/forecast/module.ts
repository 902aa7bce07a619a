import { FieldConfigProperty, PanelPlugin } from '@grafana/data';
import { ForecastPanel } from './ForecastPanel';
import { addForecastOptions, type ForecastOptions } from './options';

export const plugin = new PanelPlugin<ForecastOptions>(ForecastPanel)
  .setPanelOptions(addForecastOptions)
  .useFieldConfig({
    disableStandardOptions: [
      FieldConfigProperty.Thresholds,
      FieldConfigProperty.Color,
      FieldConfigProperty.Mappings,
      FieldConfigProperty.NoValue,
    ],
  });
