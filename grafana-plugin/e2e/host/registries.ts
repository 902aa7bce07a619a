import {
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  type FieldConfigPropertyItem,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { uniqBy } from 'lodash';

/** Editors that option builders ask for; panels are not edited in the preview. */
const EDITORS = [
  'boolean',
  'color',
  'dashboard-uid',
  'field-color',
  'field-name',
  'fieldColor',
  'links',
  'mappings',
  'multi-select',
  'number',
  'radio',
  'select',
  'slider',
  'stats-picker',
  'strings',
  'text',
  'thresholds',
  'timezone',
  'unit',
];

const NoEditor = () => null;

const STANDARD_FIELD_CONFIG = [
  ['displayName', 'Display name', displayNameOverrideProcessor],
  ['description', 'Description', stringOverrideProcessor],
  ['unit', 'Unit', unitOverrideProcessor],
  ['min', 'Min', numberOverrideProcessor],
  ['max', 'Max', numberOverrideProcessor],
  ['fieldMinMax', 'Field min/max', booleanOverrideProcessor],
  ['decimals', 'Decimals', numberOverrideProcessor],
  ['noValue', 'No value', stringOverrideProcessor],
  ['color', 'Color scheme', identityOverrideProcessor],
  ['links', 'Data links', dataLinksOverrideProcessor],
  ['actions', 'Actions', dataLinksOverrideProcessor],
  ['mappings', 'Value mappings', valueMappingsOverrideProcessor],
  ['thresholds', 'Thresholds', thresholdsOverrideProcessor],
  ['filterable', 'Filterable', booleanOverrideProcessor],
] as const;

/** The registries of @grafana/data that a host has to fill: field options, option editors, transformations. */
export function installRegistries(): void {
  standardEditorsRegistry.setInit(() => EDITORS.map((id) => ({ id, name: id, editor: NoEditor })));
  standardFieldConfigEditorRegistry.setInit(() =>
    STANDARD_FIELD_CONFIG.map(
      ([id, name, process]): FieldConfigPropertyItem => ({
        id,
        path: id,
        name,
        editor: NoEditor,
        override: NoEditor,
        process: process as FieldConfigPropertyItem['process'],
        shouldApply: () => true,
        settings: {},
      }),
    ),
  );
  standardTransformersRegistry.setInit(() =>
    // Some are listed under two names.
    uniqBy(Object.values(standardTransformers), 'id').map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      description: transformation.description ?? '',
      editor: NoEditor,
      imageDark: '',
      imageLight: '',
      transformation: () => Promise.resolve(transformation),
    })),
  );
}
