import { PanelPlugin } from '@grafana/data';
import { ExplanationPanel } from './ExplanationPanel';
import { addExplanationOptions, type ExplanationOptions } from './options';

export const plugin = new PanelPlugin<ExplanationOptions>(ExplanationPanel).setPanelOptions(
  addExplanationOptions,
);
