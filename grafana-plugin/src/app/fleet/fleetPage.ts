import {
  EmbeddedScene,
  SceneAppPage,
  SceneDataTransformer,
  SceneQueryRunner,
  VizPanel,
} from '@grafana/scenes';
import { DATA_SOURCE_TYPE, FLEET_PANEL_ID } from '../../constants';
import type { ArgusQuery } from '../../datasource/types';
import { PAGE, pageUrl } from '../../shared/routes';
import { presentRange, refreshControl } from '../scenes/controls';
import { UrlFilters } from '../scenes/UrlFilters';
import { FleetView } from './FleetView';
import { onlyMatching } from './matchingRows';

/** The risk map of the servers that the filters let through. */
function riskMap(dataSourceUid: string, filters: UrlFilters): VizPanel {
  const query: ArgusQuery = { refId: 'A', queryType: 'fleet' };
  const data = new SceneDataTransformer({
    $data: new SceneQueryRunner({
      datasource: { type: DATA_SOURCE_TYPE, uid: dataSourceUid },
      queries: [query],
    }),
    transformations: [onlyMatching(filters)],
  });
  data.addActivationHandler(() => {
    const subscription = filters.subscribeToState(() => data.reprocessTransformations());
    return () => subscription.unsubscribe();
  });
  return new VizPanel({
    pluginId: FLEET_PANEL_ID,
    title: 'Risk map',
    description: 'Each server by its risk, grouped by profile. A click opens the server.',
    $data: data,
  });
}

export function fleetPage(dataSourceUid: string): SceneAppPage {
  return new SceneAppPage({
    title: 'Fleet',
    subTitle: 'Which servers will get into trouble in the next eight hours, how sure that is, and why.',
    url: pageUrl('fleet'),
    routePath: `${PAGE.fleet}/*`,
    $timeRange: presentRange(),
    controls: [refreshControl()],
    getScene: () => {
      const filters = new UrlFilters();
      return new EmbeddedScene({ body: new FleetView({ filters, map: riskMap(dataSourceUid, filters) }) });
    },
  });
}
