import { EmbeddedScene, SceneAppPage } from '@grafana/scenes';
import { PAGE, pageUrl } from '../../shared/routes';
import { timeControls, weekRange } from '../scenes/controls';
import { UrlFilters } from '../scenes/UrlFilters';
import { AlertsView } from './AlertsView';

export function alertsPage(): SceneAppPage {
  return new SceneAppPage({
    title: 'Alerts',
    subTitle: 'Which servers are expected to get into trouble, how soon, and what became of earlier alerts.',
    url: pageUrl('alerts'),
    routePath: `${PAGE.alerts}/*`,
    $timeRange: weekRange(),
    controls: timeControls(),
    getScene: () => new EmbeddedScene({ body: new AlertsView({ filters: new UrlFilters() }) }),
  });
}
