import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { ALL_SECTIONS, type ShownSections } from './view/ExplanationView';

export interface ExplanationOptions {
  readonly show: ShownSections;
}

export const EXPLANATION_DEFAULTS: ExplanationOptions = { show: ALL_SECTIONS };

const SECTIONS = [
  { key: 'drivers', name: 'What drives the risk' },
  { key: 'heat', name: 'When, and which metric' },
  { key: 'attention', name: 'Where the network looked' },
  { key: 'counterfactuals', name: 'What would bring it down' },
  { key: 'whatIf', name: 'What if' },
] as const;

export function addExplanationOptions(builder: PanelOptionsEditorBuilder<ExplanationOptions>): void {
  for (const { key, name } of SECTIONS)
    builder.addBooleanSwitch({
      path: `show.${key}`,
      name,
      defaultValue: ALL_SECTIONS[key],
      category: ['Sections'],
    });
}
