import type { PanelOptionsEditorBuilder } from '@grafana/data';
import { LEVELS } from '../../shared/levels';

export type GroupBy = 'profile' | 'level' | 'none';
export type SortBy = 'risk' | 'name';
export type ColorBy = 'level' | 'risk';

export interface FleetOptions {
  readonly groupBy: GroupBy;
  readonly sortBy: SortBy;
  readonly colorBy: ColorBy;
  /** Part of the names to show; template variables are filled in. Empty: all. */
  readonly filter: string;
  /** Levels to show. Empty: all, and the servers without a score. */
  readonly levels: readonly string[];
  readonly legend: boolean;
  /** More servers than this are not drawn; those at most risk are. */
  readonly maxServers: number;
}

export const FLEET_DEFAULTS: FleetOptions = {
  groupBy: 'profile',
  sortBy: 'risk',
  colorBy: 'level',
  filter: '',
  levels: [],
  legend: true,
  maxServers: 2_000,
};

const MAX_SERVERS_LIMIT = 10_000;

export function addFleetOptions(builder: PanelOptionsEditorBuilder<FleetOptions>): void {
  builder
    .addRadio({
      path: 'groupBy',
      name: 'Group by',
      defaultValue: FLEET_DEFAULTS.groupBy,
      settings: {
        options: [
          { value: 'profile', label: 'Profile' },
          { value: 'level', label: 'Level' },
          { value: 'none', label: 'Nothing' },
        ],
      },
    })
    .addRadio({
      path: 'sortBy',
      name: 'Sort by',
      defaultValue: FLEET_DEFAULTS.sortBy,
      settings: {
        options: [
          { value: 'risk', label: 'Risk' },
          { value: 'name', label: 'Name' },
        ],
      },
    })
    .addRadio({
      path: 'colorBy',
      name: 'Colour',
      description: 'The level is told by a shape too, and the risk scale can be read by colour-blind people.',
      defaultValue: FLEET_DEFAULTS.colorBy,
      settings: {
        options: [
          { value: 'level', label: 'Level' },
          { value: 'risk', label: 'Risk, 0 to 100' },
        ],
      },
    })
    .addTextInput({
      path: 'filter',
      name: 'Names with',
      description: 'Shows servers whose name has this in it. Template variables can be used.',
      defaultValue: FLEET_DEFAULTS.filter,
    })
    .addMultiSelect({
      path: 'levels',
      name: 'Levels',
      description: 'None chosen: all of them.',
      settings: { options: LEVELS.map(({ name, label }) => ({ value: name, label })) },
    })
    .addBooleanSwitch({
      path: 'legend',
      name: 'Legend with counts',
      defaultValue: FLEET_DEFAULTS.legend,
    })
    .addNumberInput({
      path: 'maxServers',
      name: 'Servers at most',
      defaultValue: FLEET_DEFAULTS.maxServers,
      settings: { min: 1, max: MAX_SERVERS_LIMIT, integer: true },
    });
}
