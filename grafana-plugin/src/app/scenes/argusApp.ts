import { SceneApp } from '@grafana/scenes';
import { alertsPage } from '../alerts/alertsPage';
import { fleetPage } from '../fleet/fleetPage';
import { modelsPage } from '../models/modelsPage';
import { replayPage } from '../replay/replayPage';
import { serverPage } from '../server/serverPage';

/**
 * All pages of the app over one data source.
 * @param dataSourceUid what the panels on the pages ask
 */
export function argusApp(dataSourceUid: string): SceneApp {
  const fleet = fleetPage(dataSourceUid);
  return new SceneApp({
    name: 'argus-app',
    pages: [fleet, serverPage(dataSourceUid, fleet), alertsPage(), modelsPage(), replayPage()],
    urlSyncOptions: { updateUrlOnInit: true, createBrowserHistorySteps: true },
  });
}
