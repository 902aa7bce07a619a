import { PanelPlugin } from '@grafana/data';
import { FleetPanel } from './FleetPanel';
import { addFleetOptions, type FleetOptions } from './options';

export const plugin = new PanelPlugin<FleetOptions>(FleetPanel).setPanelOptions(addFleetOptions);
